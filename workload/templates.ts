import type { Pod } from "./pod.ts";
import { writeJson } from "./json/write-json.ts";

/** The pods of an object, as it writes them: what tells whether it still is what was judged. */
export interface PodTemplates {
  /**
   * Their specifications, as a JSON list in the order of the object, and their keys in the order in which they were sent.
   * Undefined: they are nested too deep to be written.
   */
  readonly text: string | undefined;
  /** The images of all their containers. */
  readonly images: readonly TemplateImage[];
}

/** An image, as it stands. */
export interface TemplateImage {
  /** JSON path of the reference. */
  readonly field: string;
  readonly reference: string;
}

/** What identifies the pods of an object. */
export function describeTemplates(pods: readonly Pod[]): PodTemplates {
  return {
    text: writeJson(pods.map(({ fields }) => fields)),
    images: pods.flatMap(({ containers }) =>
      containers.flatMap(({ path, fields: { image } }) =>
        typeof image === "string" ? [{ field: `${path}.image`, reference: image }] : [],
      ),
    ),
  };
}
