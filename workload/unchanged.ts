import type { Keys } from "../policies/language/map-keys.ts";
import { has } from "../policies/policy.ts";
import type { ReadKeys } from "../policies/decision/read-keys.ts";
import type { Metadata, StringMap, Workload } from "../policies/workload.ts";
import type { Reading } from "./read.ts";
import { isSameJson } from "./json/same-json.ts";
import { isFields } from "./shape.ts";

/**
 * Whether two readings of one object are the same in everything that a decision can rest on. A decision is a function of the
 * workload, of which policies read the labels, annotations and flags in `keys` and no others; so that equal workloads are
 * decided alike, whatever else was changed. What was not understood is compared as it is written ({@link Reading.whatRuns}),
 * and what was not read to its end is the same only where nothing but metadata and status was touched.
 */
export function isSameReading(before: Reading, after: Reading, keys: ReadKeys): boolean {
  if (!isSameJson(readBy(before.workload, keys), readBy(after.workload, keys))) return false;
  const isWhole = before.workload.tooLarge === undefined && after.workload.tooLarge === undefined;
  if (!isWhole) return isSameJson(substance(before.object), substance(after.object));
  return isSameJson(before.whatRuns(), after.whatRuns());
}

function readBy(workload: Workload, { labels, annotations, own, flags }: ReadKeys) {
  const { metadata, references, models, hardware, images, tooLarge } = workload;
  return {
    marks: metadata.map((one) => marksOf(one, labels, annotations)),
    own: marksOf(metadata[0], own.labels, own.annotations),
    flags: workload.arguments.filter(({ name }) => flags.has(name)),
    references,
    models,
    hardware,
    images,
    tooLarge,
  };
}

function marksOf({ path, labels, annotations }: Metadata, ofLabels: Keys, ofAnnotations: Keys) {
  return [path, pick(labels, ofLabels), pick(annotations, ofAnnotations)];
}

function pick(map: StringMap, keys: Keys): StringMap | (string | undefined)[] {
  return keys === "all" ? map : [...keys].map((key) => (has(map, key) ? map[key] : undefined));
}

function substance(object: unknown): unknown {
  return isFields(object) ? { ...object, metadata: undefined, status: undefined } : object;
}
