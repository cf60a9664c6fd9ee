import { sha256 } from "../../../runtime/sha256.ts";
import type { Reading } from "../../../workload/read.ts";
import type { TemplateImage } from "../../../workload/templates.ts";

/** What tells later whether the object still is what was judged. */
export interface ObjectState {
  /** sha256 of the specifications of its pods; undefined where it is too large to be read. */
  readonly template: string | undefined;
  readonly images: readonly TemplateImage[];
}

/** When it is first asked for: an object that is let through unjudged has none. */
export function describeOnce(reading: Reading): () => ObjectState {
  let state: ObjectState | undefined;
  return () => (state ??= toState(reading));
}

function toState({ templates }: Reading): ObjectState {
  const { text, images = [] } = templates() ?? {};
  return { template: text === undefined ? undefined : `sha256:${sha256(text)}`, images };
}
