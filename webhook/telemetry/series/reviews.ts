import { listReasons } from "../../../policies/decision.ts";
import type { PolicySet } from "../../../policies/policy.ts";
import type { ReviewResult } from "../../admission/gate.ts";
import type { ReviewHead } from "../../admission/review.ts";
import { type Instruments, secondsBuckets } from "./instruments.ts";

/** What is counted of reviews. */
export interface ReviewSeries {
  /** A review was answered with a verdict. */
  reviewed(review: ReviewHead, result: ReviewResult, durationSeconds: number): void;
  /** A review was answered at one of the other paths. */
  answered(path: string, allowed: boolean): void;
  /** A request was refused before it was a review: by HTTP status. */
  refused(status: number): void;
  /** Lets go of the series of policies and exceptions that are no more. */
  keepOnly(set: PolicySet): void;
}

/** What the gauges and labels of reviews are read from. */
export interface ReviewFacts {
  /** Kinds that the gate reads; all others are one. */
  knowsKind(group: string, kind: string): boolean;
  /** Reviews under way. */
  inFlight(): number;
  /** Those of them that wait for a registry or the cluster. */
  waiting(): number;
}

/** The metrics of reviews. */
export function createReviewSeries(
  instruments: Instruments,
  { knowsKind, inFlight, waiting }: ReviewFacts,
): ReviewSeries {
  const verdicts = createVerdictSeries(instruments);
  const observeTimes = createTimeSeries(instruments);
  const { counter, liveGauge } = instruments;
  liveGauge("admission_in_flight", "Reviews being read and judged, those that wait among them.", inFlight);
  liveGauge("admission_waiting", "Reviews that wait for a registry or the API server.", waiting);
  const others = counter("plain_reviews_total", "Reviews of policies, exceptions and namespaces, by path.", [
    "path",
    "allowed",
  ]);
  const refusals = counter("http_refused_total", "Requests that were not read as reviews, by status.", ["status"]);
  return {
    reviewed(review, result, durationSeconds) {
      const isKnown = knowsKind(review.kind.group, review.kind.kind);
      verdicts.count(review, isKnown ? review.kind.kind : "other", result);
      observeTimes(result, durationSeconds);
    },
    answered: (path, allowed) => others.inc({ path, allowed: String(allowed) }),
    refused: (status) => refusals.inc({ status: String(status) }),
    keepOnly: verdicts.keepOnly,
  };
}

interface VerdictSeries {
  count(review: ReviewHead, kind: string, result: ReviewResult): void;
  keepOnly(set: PolicySet): void;
}

function createVerdictSeries(instruments: Instruments): VerdictSeries {
  const { counter } = instruments;
  const requests = counter("admission_requests_total", "Reviews answered, by decision.", [
    "operation",
    "kind",
    "decision",
    "basis",
    "dry_run",
  ]);
  const reasons = counter("admission_reasons_total", "Reasons found, by code.", ["reason", "decision"]);
  const unjudged = counter(
    "unjudged_accelerator_workloads_total",
    "Workloads with an accelerator, or perhaps one, that no policy was about; dry runs left out.",
    ["kind", "accelerator"],
  );
  const named = createNamedSeries(instruments);
  return {
    count({ operation, dryRun }, kind, { decision: concluded, unjudgedAccelerator = "none" }) {
      const { verdict: decision, basis } = concluded;
      requests.inc({ operation, kind, decision, basis, dry_run: dryRun ? "true" : "false" });
      // A rehearsal is counted above, but sets off no alarm.
      if (dryRun) return;
      for (const reason of listReasons(concluded)) reasons.inc({ reason, decision });
      if (unjudgedAccelerator !== "none" && decision === "admit")
        unjudged.inc({ kind, accelerator: unjudgedAccelerator });
      named.count(concluded);
    },
    keepOnly: named.keepOnly,
  };
}

interface NamedSeries {
  count(decision: ReviewResult["decision"]): void;
  keepOnly(set: PolicySet): void;
}

/** By the names of policies and exceptions: a cluster in which those come and go would grow without end. */
function createNamedSeries({ counter }: Instruments): NamedSeries {
  const byPolicy = counter("policy_reviews_total", "Reviews that a policy was about, by what it came to.", [
    "policy",
    "mode",
    "outcome",
  ]);
  const byException = counter("exceptions_used_total", "Workloads that an exception let in, dry runs left out.", [
    "exception",
  ]);
  let policyNames: ReadonlySet<string> = new Set();
  let exceptionNames: ReadonlySet<string> = new Set();
  return {
    count({ policies, exceptions }) {
      for (const exception of exceptions) byException.inc({ exception });
      for (const { name, mode, outcome } of policies) byPolicy.inc({ policy: name, mode, outcome });
    },
    keepOnly({ policies, exceptions }) {
      const [earlierPolicies, earlierExceptions] = [policyNames, exceptionNames];
      policyNames = new Set(policies.map(({ name }) => name));
      exceptionNames = new Set(exceptions.map(({ name }) => name));
      for (const exception of earlierExceptions.difference(exceptionNames)) byException.remove({ exception });
      for (const policy of earlierPolicies.difference(policyNames))
        for (const mode of ["Enforce", "Warn", "Audit"])
          for (const outcome of ["pass", "fail", "error"]) byPolicy.remove({ policy, mode, outcome });
    },
  };
}

/** Made once: every review has all three. */
const stageLabels = { read: { stage: "read" }, collect: { stage: "collect" }, decide: { stage: "decide" } } as const;

function createTimeSeries({ histogram }: Instruments): (result: ReviewResult, durationSeconds: number) => void {
  const duration = histogram(
    "admission_duration_seconds",
    "Time from the request's head to the answer.",
    ["decision", "cached"],
    secondsBuckets,
  );
  const stages = histogram(
    "admission_stage_duration_seconds",
    "Time for one stage of a review.",
    ["stage"],
    [0.000_05, 0.000_1, 0.000_25, 0.000_5, ...secondsBuckets],
  );
  return ({ decision: { verdict: decision }, cached, durationMs }, durationSeconds) => {
    duration.observe({ decision, cached: cached ? "true" : "false" }, durationSeconds);
    stages.observe(stageLabels.read, durationMs.read / 1000);
    stages.observe(stageLabels.collect, durationMs.collect / 1000);
    stages.observe(stageLabels.decide, durationMs.decide / 1000);
  };
}
