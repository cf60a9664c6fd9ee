import { isDeepStrictEqual } from "node:util";
import { has } from "../policies/policy.ts";
import type { ReadKeys } from "../policies/read-keys.ts";
import type { Metadata } from "../policies/workload.ts";
import type { Kind } from "./kinds/kinds.ts";
import { placesOf, valuesOf } from "./path.ts";
import { metadataOf } from "./pods.ts";
import { asFields, type Fields, isFields } from "./shape.ts";

/**
 * Whether two states of one object are the same in everything that a decision can read: pod specifications, the fields that
 * name models, and the given labels and annotations. Replicas, status and `kubectl rollout restart` make no difference;
 * images, arguments, variables, volumes and placement do. Compared raw, so that what the reader skips counts too (T41, T47).
 *
 * Throws a WorkloadError where an object is not of the shape its kind promises.
 */
export function sameWorkload(before: unknown, after: unknown, kind: Kind, keys: ReadKeys): boolean {
  return isDeepStrictEqual(readable(asFields(before, ""), kind, keys), readable(asFields(after, ""), kind, keys));
}

function readable(object: Fields, kind: Kind, keys: ReadKeys) {
  return {
    pods: kind.templates.map((path) =>
      placesOf(object, path).map(({ fields }) => without(fields["spec"], writtenByScheduler)),
    ),
    fields: kind.compared.map(({ path, except }) => valuesOf(object, path).map(({ value }) => without(value, except))),
    metadata: metadataOf(object, kind).map((metadata) => marksOf(metadata, keys)),
  };
}

/** In a Pod. In a template it would change nothing that a decision reads. */
const writtenByScheduler: ReadonlySet<string> = new Set(["nodeName"]);

function without(value: unknown, keys: ReadonlySet<string>): unknown {
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
}

function marksOf({ path, labels, annotations }: Metadata, keys: ReadKeys) {
  return [path, pick(labels, keys.labels), pick(annotations, keys.annotations)];
}

function pick(map: Metadata["labels"], keys: ReadonlySet<string>): (string | undefined)[] {
  return [...keys].map((key) => (has(map, key) ? map[key] : undefined));
}
