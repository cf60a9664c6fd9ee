import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { reasonsOf } from "../../policies/decision.ts";
import type { Verdict } from "../admission/gate.ts";
import type { Review } from "../admission/review.ts";
import { gateVersion } from "../version.ts";

/** The gate's metrics. Every label takes its values from a closed set: nothing that a user can name becomes a series. */
export interface Metrics {
  readonly registry: Registry;
  /** A review was answered with a verdict. */
  reviewed(review: Review, verdict: Verdict, durationSeconds: number): void;
  /** A request was refused before it was a review: by HTTP status. */
  refused(status: number): void;
  enter(): void;
  leave(): void;
  cacheHit(): void;
  cacheMiss(): void;
  policiesLoaded(count: number): void;
  policiesFailed(): void;
}

export function createMetrics(knowsKind: (group: string, kind: string) => boolean): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "assaygate_admission_requests_total",
    help: "Reviews answered, by decision.",
    labelNames: ["operation", "kind", "decision", "basis", "dry_run"] as const,
    registers,
  });
  const reasons = new Counter({
    name: "assaygate_admission_reasons_total",
    help: "Reasons found, by code.",
    labelNames: ["reason", "decision"] as const,
    registers,
  });
  const duration = new Histogram({
    name: "assaygate_admission_duration_seconds",
    help: "Time from the whole request to the answer.",
    labelNames: ["decision", "cached"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const inFlight = new Gauge({ name: "assaygate_admission_in_flight", help: "Reviews being judged.", registers });
  const refusals = new Counter({
    name: "assaygate_http_refused_total",
    help: "Requests that were no readable review, by status.",
    labelNames: ["status"] as const,
    registers,
  });
  const hits = new Counter({
    name: "assaygate_evidence_cache_hits_total",
    help: "Evidence answered from the cache.",
    registers,
  });
  const misses = new Counter({
    name: "assaygate_evidence_cache_misses_total",
    help: "Evidence that had to be fetched.",
    registers,
  });
  const policies = new Gauge({ name: "assaygate_policies", help: "Policies in force.", registers });
  const loaded = new Gauge({
    name: "assaygate_policy_load_timestamp_seconds",
    help: "When the policy set in force was loaded.",
    registers,
  });
  const failures = new Counter({
    name: "assaygate_policy_load_failures_total",
    help: "Policy sets that were refused; the last good one stayed in force.",
    registers,
  });
  new Gauge({
    name: "assaygate_build_info",
    help: "1, labelled with the version.",
    labelNames: ["version"] as const,
    registers,
  }).set({ version: gateVersion }, 1);

  return {
    registry,
    reviewed(review, { decision, cached }, durationSeconds) {
      const { group, kind } = review.kind;
      requests.inc({
        operation: review.operation,
        kind: knowsKind(group, kind) ? kind : "other",
        decision: decision.decision,
        basis: decision.basis,
        dry_run: String(review.dryRun),
      });
      for (const reason of reasonsOf(decision)) reasons.inc({ reason, decision: decision.decision });
      duration.observe({ decision: decision.decision, cached: String(cached) }, durationSeconds);
    },
    refused: (status) => refusals.inc({ status: String(status) }),
    enter: () => inFlight.inc(),
    leave: () => inFlight.dec(),
    cacheHit: () => hits.inc(),
    cacheMiss: () => misses.inc(),
    policiesLoaded(count) {
      policies.set(count);
      loaded.setToCurrentTime();
    },
    policiesFailed: () => failures.inc(),
  };
}
