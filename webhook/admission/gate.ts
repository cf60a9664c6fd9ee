import type { Deadline } from "../../evidence/search.ts";
import { decide, type DecideSettings } from "../../policies/decision/decide.ts";
import type { Decision } from "../../policies/decision.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { andThen, catchAll, type NowOrLater } from "../../runtime/now-or-later.ts";
import { denyFailed, denyWithoutPolicies, isUnreadable } from "./deny.ts";
import { gather, type Facts, type GatherDependencies } from "./gather.ts";
import { createReadingMemory } from "./readings/reading-memory.ts";
import { toHead, type Review, type ReviewHead } from "./review.ts";
import { triageReview, type EarlyAnswer } from "./triage.ts";

/** Everything a gate is made of. Each is asked anew for each review, so that a reload takes effect at once and as a whole. */
export interface GateDependencies extends GatherDependencies {
  /** The policy set in force, undefined before the first; one call per review, so that one generation decides it. */
  policies(): PolicySet | undefined;
  /** Digest of what signatures are verified with; undefined where there is nothing of the kind. */
  trustDigest?(): string | undefined;
}

/** A decision with what a record needs besides. */
export interface ReviewResult extends EarlyAnswer {
  /** Digest of the policy set that decided. */
  readonly generation: string;
  readonly durationMs: { readonly read: number; readonly collect: number; readonly decide: number };
  /** True when the evidence was at hand and nothing was fetched. */
  readonly cached: boolean;
  /** What was judged, for the record; undefined for answers that need no evidence. */
  readonly facts?: DecisionFacts;
  /** What was thrown, when the gate itself failed: for the log, never for the answer. */
  readonly cause?: unknown;
}

/** All that a decision was made of. */
export interface DecisionFacts extends Pick<Facts, "workload" | "evidence" | "state"> {
  readonly set: PolicySet;
  readonly settings: DecideSettings;
  readonly trust: string | undefined;
}

/** The gate: from a review to what is decided about it. */
export interface Gate {
  /** Judges a review. Answers at once when all evidence is cached; never throws and never rejects: a failure is a denial. */
  judge(review: Review, deadline: Deadline): NowOrLater<ReviewResult>;
}

/**
 * Makes a gate. Of a review that is answered it holds at most what was read of a small object, and of the object under review
 * nothing more while it waits. With `readings: undefined` it holds nothing of it: for objects that are shown once.
 */
export function createGate(parts: GateDependencies): Gate {
  const dependencies: GateDependencies = { readings: createReadingMemory(), ...parts };
  return {
    judge(review, deadline) {
      const set = dependencies.policies();
      if (set === undefined) return toResult(denyWithoutPolicies(review, dependencies.now()));
      const failed = failWith(dependencies, set, toHead(review));
      return catchAll(() => judge(dependencies, set, review, deadline), failed);
    },
  };
}

/** Triage, gather, decide. */
function judge(
  dependencies: GateDependencies,
  set: PolicySet,
  review: Review,
  deadline: Deadline,
): NowOrLater<ReviewResult> {
  const startMs = dependencies.elapsedMs();
  const triaged = triageReview(dependencies, review);
  const gathered = "decision" in triaged ? triaged : gather(dependencies, set, triaged, deadline);
  return andThen(gathered, (known) => conclude(dependencies, set, startMs, known));
}

function conclude(
  { elapsedMs, now, settings, trustDigest }: GateDependencies,
  set: PolicySet,
  startMs: number,
  known: EarlyAnswer | Facts,
): ReviewResult {
  const gatheredMs = elapsedMs();
  const { policies, exceptions, digest } = set;
  if ("decision" in known) return { ...toResult(known.decision, digest, gatheredMs - startMs), ...known };
  const { workload, evidence, state, readMs, cached } = known;
  const decision = decide({ workload, evidence, policies, exceptions, now: now(), settings });
  const durationMs = { read: readMs - startMs, collect: gatheredMs - readMs, decide: elapsedMs() - gatheredMs };
  const facts = { workload, evidence, state, set, settings, trust: trustDigest?.() };
  return { decision, generation: digest, durationMs, cached, facts };
}

function toResult(decision: Decision, generation = "", readMs = 0): ReviewResult {
  return { decision, generation, durationMs: { read: readMs, collect: 0, decide: 0 }, cached: true };
}

/** By itself, so that what may be called after a long wait holds nothing but this. */
function failWith(dependencies: GateDependencies, { digest }: PolicySet, head: ReviewHead) {
  return (cause: unknown): ReviewResult => {
    const result = toResult(denyFailed(head, cause, dependencies.now()), digest);
    return isUnreadable(cause) ? result : { ...result, cause };
  };
}
