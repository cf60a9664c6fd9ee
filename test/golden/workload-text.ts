import type { Json } from "../support/builders/json.ts";
import { read } from "../support/builders/workload.ts";

/** What a golden workload is read as, as its file holds it. What is undefined is left out, as in JSON. */
export function workloadText(object: Json): string {
  return `${JSON.stringify(read(object), null, 2)}\n`;
}
