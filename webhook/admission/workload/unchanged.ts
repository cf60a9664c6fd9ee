import { isDeepStrictEqual } from "node:util";
import { has } from "../../../policies/policy.ts";
import type { Metadata } from "../../../policies/workload.ts";
import type { Kind } from "./kinds.ts";
import { valuesOf } from "./path.ts";
import { metadataOf, podsOf } from "./pods.ts";
import { asFields, type Fields, isFields } from "./shape.ts";

/** The labels and annotations that some policy reads, beside those that the gate itself reads. */
export interface ReadKeys {
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
}

/**
 * Whether two states of one object are the same in everything that a decision can read: pods, the fields that name models,
 * and the given labels and annotations. Replicas, status and `kubectl rollout restart` make no difference; images, arguments,
 * variables, volumes and placement do. Compared raw, so that what the reader does not understand counts too (T41, T47).
 *
 * Throws a WorkloadError where an object is not of the shape its kind promises.
 */
export function sameWorkload(before: unknown, after: unknown, kind: Kind, keys: ReadKeys): boolean {
  return isDeepStrictEqual(readable(asFields(before, ""), kind, keys), readable(asFields(after, ""), kind, keys));
}

function readable(object: Fields, kind: Kind, keys: ReadKeys) {
  return {
    pods: podsOf(object, kind).map(({ path, fields, containers }) => [path, isOwn(kind) ? without(fields, boundByScheduler) : fields, containers]),
    fields: kind.compared.map(({ path, except }) => valuesOf(object, path).map(({ value }) => without(value, except))),
    metadata: metadataOf(object, kind).map((metadata) => [metadata.path, ...marks(metadata, keys)]),
  };
}

/** A Pod is its own template, and the scheduler writes its node. */
const boundByScheduler: ReadonlySet<string> = new Set(["nodeName"]);

function isOwn({ templates }: Kind): boolean {
  return templates.some(({ steps }) => steps.length === 0);
}

function without(value: unknown, keys: ReadonlySet<string>): unknown {
  if (keys.size === 0 || !isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key)));
}

function marks({ labels, annotations }: Metadata, keys: ReadKeys): unknown[] {
  return [pick(labels, keys.labels), pick(annotations, keys.annotations)];
}

function pick(map: Metadata["labels"], keys: ReadonlySet<string>): unknown[] {
  return [...keys].map((key) => (has(map, key) ? map[key] : undefined));
}
