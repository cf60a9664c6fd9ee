import { selectPolicies } from "../../policies/decision/decide.ts";
import { admitWithoutJudging } from "../../policies/decision/unjudged.ts";
import { listKeysRead, type ReadKeys } from "../../policies/decision/read-keys.ts";
import type { PolicySet } from "../../policies/policy.ts";
import type { StringMap, Workload } from "../../policies/workload.ts";
import { WorkloadTooLarge } from "../../workload/budget.ts";
import type { Kind } from "../../workload/kinds/kinds.ts";
import { outlineWorkload, readAccelerator, readObject, type Reading, type WorkloadInput } from "../../workload/read.ts";
import { WorkloadError } from "../../workload/shape.ts";
import { isSameReading } from "../../workload/unchanged.ts";
import { describeOnce, type ObjectState } from "./readings/object-state.ts";
import { withoutBookkeeping } from "./readings/reading-memory.ts";
import type { Review } from "./review.ts";
import { decideUnmatchedObject, type EarlyAnswer, type Judgeable, type TriageDependencies } from "./triage.ts";

/** A workload, read from an object that can be read again. */
export interface ReadableWorkload {
  readonly workload: Workload;
  /** What it was read from: for another reading, when more is known. */
  readonly input: WorkloadInput;
  /** Names of the config maps that the reading asked for. */
  readonly configMaps: ReadonlySet<string>;
}

/** A workload that has to be judged by evidence. */
export interface JudgeableWorkload extends ReadableWorkload {
  readonly state: ObjectState;
}

/**
 * The answers for which the object is looked at: no policy is about it, or nothing that a decision reads has changed. Which
 * policies are about it can depend on the labels of its namespace. Undefined labels are not known, which leaves no policy out.
 */
export function triageWorkload(
  dependencies: TriageDependencies,
  set: PolicySet,
  { review, kind }: Judgeable,
  namespaceLabels: StringMap | undefined,
): EarlyAnswer | JudgeableWorkload {
  const asked = new Set<string>();
  const input = toInput(dependencies, review, kind, namespaceLabels, asked);
  const known = dependencies.readings?.find(input);
  const outline = known?.outline ?? outlineWorkload(input);
  const isUpdate = review.operation === "UPDATE";
  const isUnmatched = selectPolicies(outline, set.policies).length === 0;
  if (isUnmatched && (dependencies.settings.noMatch === "Admit" || !isUpdate))
    return answerUnmatched(dependencies, outline, input);
  const reading = known?.reading ?? readObject(input, outline);
  const configMaps = known?.configMaps ?? asked;
  const state = known?.state ?? describeOnce(reading);
  if (known === undefined) dependencies.readings?.keep(input, { outline, reading, configMaps, state });
  if (isUpdate && isUnchanged({ ...input, object: withoutBookkeeping(review.oldObject) }, reading, memoizedKeys(set)))
    return { decision: admitWithoutJudging(outline.object, "unchanged", dependencies.now()) };
  if (isUnmatched) return answerUnmatched(dependencies, outline, input);
  return { workload: reading.workload, input, configMaps, state: state() };
}

function toInput(
  { kinds, devices }: TriageDependencies,
  { object, kind, namespace, name }: Review,
  definition: Kind,
  namespaceLabels: StringMap | undefined,
  configMaps: Set<string>,
): WorkloadInput {
  const configMapKeys = (asked: string): undefined => {
    configMaps.add(asked);
  };
  const read = withoutBookkeeping(object);
  return { object: read, ...kind, namespace, name, namespaceLabels, kinds, definition, devices, configMapKeys };
}

/** Nothing of the object is read but whether it asks for an accelerator: for counting, not for judging. */
function answerUnmatched(dependencies: TriageDependencies, outline: Workload, input: WorkloadInput): EarlyAnswer {
  const decision = decideUnmatchedObject(dependencies, outline.object, outline.references.field);
  return { decision, unjudgedAccelerator: readAccelerator(input) };
}

/** An old object that cannot be read, or compared, proves nothing: the new one is judged as if it were created. */
function isUnchanged(before: WorkloadInput, after: Reading, keys: ReadKeys): boolean {
  try {
    return isSameReading(readObject({ ...before, configMapKeys: undefined }), after, keys);
  } catch (cause) {
    if (cause instanceof WorkloadError || cause instanceof WorkloadTooLarge) return false;
    throw cause;
  }
}

const keysOfSets = new WeakMap<PolicySet, ReadKeys>();

function memoizedKeys(set: PolicySet): ReadKeys {
  const keys = keysOfSets.get(set) ?? listKeysRead(set);
  keysOfSets.set(set, keys);
  return keys;
}
