import type { ReadKeys } from "../policies/decision/read-keys.ts";
import type { Keys } from "../policies/expression.ts";
import type { StringMap, Workload } from "../policies/workload.ts";
import { sha256 } from "../runtime/sha256.ts";
import { WorkloadTooLarge } from "../workload/budget.ts";
import type { Devices } from "../workload/hardware/claims.ts";
import { readObject, type Reading } from "../workload/read.ts";
import { isFields, WorkloadError } from "../workload/shape.ts";
import { writeJson } from "../workload/json/write-json.ts";
import type { KindTable } from "../workload/kinds/kinds.ts";
import type { ClusterObject } from "./finding.ts";

/**
 * What an object runs, as much of it as is kept to compare a controller's child with it: some hundred bytes, whatever the object
 * holds.
 */
export interface RunState {
  /** Digest of the models, of where they can land, and of how the containers that count are started. */
  readonly run: string;
  /** The values of the labels and annotations that policies read, by their keys. */
  readonly marks: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What a decision reads of an object that asks for nothing of the cluster: undefined where it cannot be read to its end. */
export function readForAudit(
  { group, version, kind, namespace, name, object }: ClusterObject,
  kinds: KindTable,
  devices?: Devices,
): Reading | undefined {
  try {
    const about = { object, group, version, kind, namespace, name };
    const reading = readObject({ ...about, namespaceLabels: undefined, kinds, devices });
    return reading.workload.tooLarge === undefined ? reading : undefined;
  } catch (cause) {
    if (cause instanceof WorkloadError || cause instanceof WorkloadTooLarge) return undefined;
    throw cause;
  }
}

/** What the object runs, as it is compared. Undefined: it was not read to its end, or is nested deeper than is written. */
export function toRunState({ workload, whatRuns }: Reading, keys: ReadKeys): RunState | undefined {
  const { models, hardware, images = [], tooLarge } = workload;
  if (tooLarge !== undefined) return undefined;
  const run = writeJson([
    models.map(({ field: _1, container: _2, unreadable, ...model }) => [model, unreadable !== undefined]),
    [hardware.accelerator, hardware.classes],
    images.map(({ reference }) => reference),
    listStarts(whatRuns()),
  ]);
  return run === undefined ? undefined : { run: sha256(run), marks: collectMarks(workload, keys) };
}

/**
 * Whether a child runs what its owner does. Of what policies read in labels and annotations it may lack some, because they stand
 * on the owner alone, and have none that the owner lacks.
 */
export function isSameRun(owner: RunState, child: RunState): boolean {
  if (owner.run !== child.run) return false;
  return [...child.marks].every(([key, values]) => {
    const known = owner.marks.get(key);
    return known !== undefined && values.isSubsetOf(known);
  });
}

/**
 * How the containers that count are started. Volumes and mounts are left out: the API server adds some to each pod, and which
 * model lies in them is in the models.
 */
function listStarts(whatRuns: unknown): unknown[] {
  const pods = isFields(whatRuns) && Array.isArray(whatRuns["pods"]) ? whatRuns["pods"] : [];
  return pods.flat().map((container: unknown) => {
    const fields = isFields(container) && isFields(container["fields"]) ? container["fields"] : {};
    const { image, command, args, env, envFrom } = fields;
    return [image, command, args, listVariables(env), envFrom];
  });
}

/** A list of none is none. */
function listVariables(env: unknown): unknown {
  const own = Array.isArray(env) ? env.filter((one) => !isOfJob(one)) : [];
  return own.length === 0 ? undefined : own;
}

/** What the job controller adds to pods of an indexed job. https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode */
function isOfJob(variable: unknown): boolean {
  return isFields(variable) && variable["name"] === "JOB_COMPLETION_INDEX";
}

function collectMarks({ metadata }: Workload, keys: ReadKeys): RunState["marks"] {
  const marks = new Map<string, Set<string>>();
  const keep = (sort: string, map: StringMap, read: Keys): void => {
    for (const [key, value] of Object.entries(map)) {
      if (read !== "all" && !read.has(key)) continue;
      const id = `${sort} ${key}`;
      marks.set(id, (marks.get(id) ?? new Set()).add(value));
    }
  };
  for (const { labels, annotations } of metadata) {
    keep("label", labels, keys.labels);
    keep("annotation", annotations, keys.annotations);
  }
  return marks;
}
