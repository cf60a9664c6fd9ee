import type { ReadKeys } from "../policies/decision/read-keys.ts";
import type { Keys } from "../policies/expression.ts";
import { has, type Metadata, type StringMap, type Workload } from "../policies/workload.ts";
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
  if (!haveSameMarks(before.workload.metadata, after.workload.metadata, keys)) return false;
  if (!isSameJson(readBy(before.workload, keys), readBy(after.workload, keys))) return false;
  const isWhole = before.workload.tooLarge === undefined && after.workload.tooLarge === undefined;
  if (!isWhole) return isSameJson(substance(before.object), substance(after.object));
  return isSameJson(before.whatRuns(), after.whatRuns());
}

function readBy(workload: Workload, { flags }: ReadKeys) {
  const { references, models, hardware, images, tooLarge } = workload;
  return {
    flags: workload.arguments.filter(({ name }) => flags.has(name)),
    references,
    models,
    hardware,
    images,
    tooLarge,
  };
}

/** Labels and annotations, of which the object's own count for more. One by one: an object may have many thousand templates. */
function haveSameMarks(before: readonly Metadata[], after: readonly Metadata[], keys: ReadKeys): boolean {
  const { labels, annotations, own } = keys;
  const [ownBefore, ownAfter] = [before[0], after[0]];
  if (before.length !== after.length) return false;
  if (ownBefore && ownAfter && !areSameMarks(ownBefore, ownAfter, own.labels, own.annotations)) return false;
  return before.every((one, at) => {
    const other = after[at];
    return other !== undefined && areSameMarks(one, other, labels, annotations);
  });
}

function areSameMarks(one: Metadata, other: Metadata, ofLabels: Keys, ofAnnotations: Keys): boolean {
  return (
    one.path === other.path &&
    areSameValues(one.labels, other.labels, ofLabels) &&
    areSameValues(one.annotations, other.annotations, ofAnnotations)
  );
}

function areSameValues(one: StringMap, other: StringMap, keys: Keys): boolean {
  if (keys === "all") return isSameJson(one, other);
  for (const key of keys) if (getOwn(one, key) !== getOwn(other, key)) return false;
  return true;
}

function getOwn(map: StringMap, key: string): string | undefined {
  return has(map, key) ? map[key] : undefined;
}

function substance(object: unknown): unknown {
  return isFields(object) ? { ...object, metadata: undefined, status: undefined } : object;
}
