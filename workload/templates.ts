import type { Pod } from "./pods.ts";

/** The pods of an object, as it writes them: what tells whether it still is what was judged. */
export interface PodTemplates {
  /** Their specifications, as a JSON list in the order of the object, and their keys in the order in which they were sent. */
  readonly text: string;
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
    text: JSON.stringify(pods.map(({ fields }) => fields)),
    images: pods.flatMap(({ containers }) =>
      containers.flatMap(({ path, fields: { image } }) =>
        typeof image === "string" ? [{ field: `${path}.image`, reference: image }] : [],
      ),
    ),
  };
}
