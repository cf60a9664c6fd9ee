import { decide, defaultSettings, selectPolicies } from "../../policies/decision/decide.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import type { EvidenceSet } from "../../policies/evidence.ts";
import type { PolicySet } from "../../policies/policy.ts";
import type { Workload } from "../../policies/workload.ts";
import type { ReadRecord } from "../record-schema.ts";
import { restoreEvidence } from "../restore-evidence.ts";
import { compareOutcomes, type Closeness, type Difference } from "./compare.ts";
import { compareEvidence, listUnavailable, withSignaturesOf } from "./compare-evidence.ts";
import { comparePolicies, listUnrecordedKeys, listUnrecordedLookUps } from "./compare-policies.ts";
import { readOutcome, toOutcome, type Outcome } from "./outcome.ts";
import type { RecordedPolicies } from "./recorded-policies.ts";

/**
 * Why a decision is another one. `record`: the record by itself does not come to what it says, because another version of the
 * gate wrote it, or somebody changed it. The others are what has changed since.
 */
export type Cause = "record" | "evidence" | "signatures" | "policies" | "time";

/** One change, and what it does to the decision, all earlier changes being made. */
export interface ReplayStep {
  readonly cause: Cause;
  /** What is not as it was. */
  readonly changes: readonly Difference[];
  /** What therefore was decided otherwise. */
  readonly differences: readonly Difference[];
}

/** What a record comes to, decided again. */
export interface Replay {
  readonly recorded: string;
  /** The verdict after every step; undefined where not a single one could be made. */
  readonly replayed: string | undefined;
  readonly steps: readonly ReplayStep[];
  /** Something differs, and not only because evidence could not be looked at. */
  readonly differs: boolean;
  /** What could not be looked at, in sentences. */
  readonly problems: readonly string[];
}

/** A record with all that is known to decide it again. */
export interface ReplayInput {
  readonly record: ReadRecord;
  readonly workload: Workload;
  readonly recorded: RecordedPolicies;
  /** The evidence as it is now; undefined where nobody looked. */
  readonly evidence: EvidenceSet | undefined;
  /** The policies of today; undefined where nobody asks for them. */
  readonly policies: PolicySet | undefined;
  /** Digest of what signatures are verified with now. */
  readonly trust?: string | undefined;
  /** Another time to judge by. */
  readonly now: Date | undefined;
}

interface Situation {
  readonly evidence: EvidenceSet;
  readonly policies: Pick<PolicySet, "policies" | "exceptions">;
  readonly now: Date;
}

/**
 * Decides again by what is recorded, then makes one change after the other: the evidence as it is now, its signatures, the
 * policies of today, another time. Throws a RecordError for a record that does not hold what it should.
 */
export function replay(input: ReplayInput): Replay {
  const walk = startWalk(input);
  const { record, recorded } = input;
  const isWhole = record.truncated?.["artifacts"] === undefined;
  const before = isWhole ? restoreEvidence(record.evidence) : input.evidence;
  const problems = [...listUnavailable(input.evidence ?? new Map()).values()];
  if (before === undefined)
    return walk.end(["what was read of the evidence was left out of the record: have it looked at"]);
  let situation: Situation = { evidence: before, policies: recorded, now: new Date(record.time) };
  if (recorded.missing.length === 0) {
    walk.take("record", [], situation, "values");
    situation = replayEvidence(walk, situation, input, isWhole);
  } else situation = { ...situation, evidence: input.evidence ?? before };
  if (input.policies === undefined)
    problems.push(...recorded.missing.map((one) => `${one} is not at hand: see --policies`));
  else situation = replayPolicies(walk, situation, input, input.policies, problems);
  if (input.now !== undefined && walk.hasStarted()) {
    const change = { where: "", field: "time", before: record.time, after: input.now.toISOString() };
    walk.take("time", [change], { ...situation, now: input.now }, "outcomes");
  }
  return walk.end(problems);
}

function replayEvidence(
  walk: Walk,
  situation: Situation,
  { record, evidence: now, trust }: ReplayInput,
  isWhole: boolean,
): Situation {
  if (now === undefined || !isWhole) return situation;
  const { evidence: before, policies } = situation;
  const { artifacts, signatures } = compareEvidence(before, now, policies.policies);
  walk.take("evidence", artifacts, { ...situation, evidence: withSignaturesOf(before, now) }, "values");
  const isTrusted = signatures.length === 0 || record.trust === trust;
  const changed = isTrusted ? [] : [{ where: "", field: "trust", before: record.trust, after: trust }];
  walk.take("signatures", [...changed, ...signatures], { ...situation, evidence: now }, "values");
  return { ...situation, evidence: now };
}

/** Other policies can ask for what neither the record nor its evidence holds: then nobody knows what they would say. */
function replayPolicies(
  walk: Walk,
  situation: Situation,
  { record, workload, evidence, recorded }: ReplayInput,
  set: PolicySet,
  problems: string[],
): Situation {
  const changes = comparePolicies(record, selectPolicies(workload, set.policies));
  const unrecorded = record.workload === undefined ? [] : listUnrecordedKeys(listKeysRead(set), record.workload.keys);
  const isSame = changes.length === 0 && recorded.missing.length === 0;
  if (!isSame && unrecorded.length > 0) {
    problems.push(`the policies given read what the record does not hold: ${unrecorded.join(", ")}`);
    return situation;
  }
  const unlooked = listUnrecordedLookUps(workload, set.policies);
  if (!isSame && unlooked.length > 0) {
    problems.push(`the policies given look for what nobody looked for then: ${unlooked.join(", ")}`);
    return situation;
  }
  if (!isSame && evidence === undefined) {
    problems.push("other policies may read more of the evidence than the record holds: have it looked at (--evidence)");
    return situation;
  }
  const next = { ...situation, policies: set };
  walk.take("policies", changes, next, "values");
  return next;
}

interface Walk {
  /** Decides in this situation, and notes what differs from the one before. */
  take(cause: Cause, changes: readonly Difference[], situation: Situation, closeness: Closeness): void;
  hasStarted(): boolean;
  end(problems: readonly string[]): Replay;
}

function startWalk({ record, workload, evidence: looked = new Map() }: ReplayInput): Walk {
  const unavailable = listUnavailable(looked);
  const { truncated = {}, settings = defaultSettings } = record;
  let last: Outcome = readOutcome(record);
  let isCut = truncated["findings"] !== undefined;
  let hasStarted = false;
  const steps: ReplayStep[] = [];
  return {
    take(cause, changes, { evidence, policies: { policies, exceptions }, now }, closeness) {
      const next = toOutcome(decide({ workload, evidence, policies, exceptions, now, settings }));
      const differences = compareOutcomes(last, next, closeness, isCut);
      if (changes.length > 0 || differences.length > 0) steps.push({ cause, changes, differences });
      [last, isCut, hasStarted] = [next, false, true];
    },
    hasStarted: () => hasStarted,
    end: (problems) => ({
      recorded: record.decision,
      replayed: hasStarted ? last.decision : undefined,
      steps,
      differs: steps.some((step) => isDifference(step, unavailable)),
      problems,
    }),
  };
}

/** What only comes from evidence that cannot be looked at does not count as a difference. */
function isDifference({ changes, differences }: ReplayStep, unavailable: ReadonlyMap<string, string>): boolean {
  if (differences.length === 0) return false;
  return changes.length === 0 || !changes.every(({ where }) => unavailable.has(where));
}
