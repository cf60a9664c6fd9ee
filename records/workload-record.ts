import type * as z from "zod";
import type { ReadKeys } from "../policies/decision/read-keys.ts";
import type { Keys } from "../policies/expression.ts";
import { has, type Metadata, type StringMap, type Workload } from "../policies/workload.ts";
import type { Immutable } from "./record-schema.ts";
import type { workloadRecord } from "./workload-schema.ts";

/** What was read of an object, as a record holds it. */
export type WorkloadRecord = Immutable<z.input<typeof workloadRecord>>;

/**
 * What was read of an object: all of it but labels, annotations and flags that no policy in force reads. Those may hold
 * secrets, and change no decision.
 */
export function toWorkloadRecord(workload: Workload, keys: ReadKeys): WorkloadRecord {
  if (!Object.isFrozen(workload)) return describeWorkload(workload, keys);
  const ofKeys = shared.get(keys) ?? new WeakMap<Workload, WorkloadRecord>();
  const known = ofKeys.get(workload) ?? Object.freeze(describeWorkload(workload, keys));
  shared.set(keys, ofKeys.set(workload, known));
  return known;
}

/** Of workloads that may come again: those are remembered, and frozen. */
const shared = new WeakMap<ReadKeys, WeakMap<Workload, WorkloadRecord>>();

function describeWorkload(workload: Workload, keys: ReadKeys): WorkloadRecord {
  const { metadata, namespaceLabels, references, models, hardware, images, tooLarge } = workload;
  const { discovered, listed, modelSignatures, modelIndexes } = workload;
  const { accelerator, classes, field, problem, couldNotLook } = hardware;
  return {
    keys: toKeyRecord(keys),
    metadata: metadata.map((one, at) => pickRead(one, keys, at === 0)),
    namespaceLabels: namespaceLabels && pick(namespaceLabels, keys.namespaceLabels),
    references,
    discovered,
    listed,
    modelSignatures,
    modelIndexes,
    models,
    arguments: workload.arguments.filter(({ name }) => keys.flags.has(name)),
    hardware: { accelerator, classes, field, problem, couldNotLook },
    images,
    tooLarge,
  };
}

function pickRead({ path, labels, annotations }: Metadata, keys: ReadKeys, isOwn: boolean): Metadata {
  if (!isOwn) return { path, labels: pick(labels, keys.labels), annotations: pick(annotations, keys.annotations) };
  return {
    path,
    labels: pick(labels, keys.labels, keys.own.labels),
    annotations: pick(annotations, keys.annotations, keys.own.annotations),
  };
}

function pick(map: StringMap, ...sets: readonly Keys[]): StringMap {
  const picked: Record<string, string> = {};
  for (const keys of sets) {
    if (keys === "all") return map;
    for (const key of keys) if (has(map, key)) picked[key] = map[key] ?? "";
  }
  return picked;
}

const keyRecords = new WeakMap<ReadKeys, WorkloadRecord["keys"]>();

/** The same for one policy set, and so made once. */
function toKeyRecord(keys: ReadKeys): WorkloadRecord["keys"] {
  const known = keyRecords.get(keys);
  if (known !== undefined) return known;
  const { labels, annotations, own, namespaceLabels, flags } = keys;
  const made = Object.freeze({
    labels: [...labels],
    annotations: [...annotations],
    ownLabels: listKeys(own.labels),
    ownAnnotations: listKeys(own.annotations),
    namespaceLabels: [...namespaceLabels],
    flags: [...flags],
  });
  keyRecords.set(keys, made);
  return made;
}

function listKeys(keys: Keys): string[] {
  return keys === "all" ? ["*"] : [...keys];
}
