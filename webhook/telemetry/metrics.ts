import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { reasonsOf } from "../../policies/decision.ts";
import type { PolicySet } from "../../policies/policy.ts";
import type { ReviewResult } from "../admission/gate.ts";
import type { ReviewHead } from "../admission/review.ts";
import { gateVersion } from "../../runtime/version.ts";
import { policyHosts } from "./registry-hosts.ts";

/** The gate's metrics. Every label takes its values from a closed set: nothing that a user can name becomes a series. */
export interface Metrics {
  readonly registry: Registry;
  /** A review was answered with a verdict. */
  reviewed(review: ReviewHead, verdict: ReviewResult, durationSeconds: number): void;
  /** A review was answered at one of the other paths. */
  answered(path: string, allowed: boolean): void;
  /** A request was refused before it was a review: by HTTP status. */
  refused(status: number): void;
  cacheHit(): void;
  cacheMiss(): void;
  /** A registry, or where it sent the gate, was asked. No status: it gave no answer. */
  registryAsked(host: string, status: number | undefined): void;
  /** A registry, or its token service, gives no answers, or gives some again. */
  registrySilent(host: string, silent: boolean): void;
  /** It was not asked for that. */
  registryNotAsked(host: string): void;
  policiesLoaded(set: PolicySet): void;
  policiesFailed(): void;
  /** A certificate is in force, until then (milliseconds since 1970). */
  certificateInstalled(notAfterMs: number): void;
  certificateRefused(): void;
}

export interface MetricsParts {
  /** Kinds that the gate reads; all others are one. */
  knowsKind(group: string, kind: string): boolean;
  /** Reviews under way. */
  inFlight(): number;
  /** Those of them that wait for a registry or the cluster. */
  waiting(): number;
  /** Hosts besides those of the policies in force; all others are one. */
  readonly hosts: readonly string[];
}

/** What every process has, under the names that every dashboard knows: `process_*` and `nodejs_*`. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}

export function createMetrics({ knowsKind, inFlight, waiting, hosts }: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Counter<Label> =>
    new Counter({ name: `assaygate_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> =>
    new Gauge({ name: `assaygate_${name}`, help, labelNames, registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ): Histogram<Label> => new Histogram({ name: `assaygate_${name}`, help, labelNames, buckets, registers });

  const requests = counter("admission_requests_total", "Reviews answered, by decision.", [
    "operation",
    "kind",
    "decision",
    "basis",
    "dry_run",
  ]);
  const reasons = counter("admission_reasons_total", "Reasons found, by code.", ["reason", "decision"]);
  const policyReviews = counter("policy_reviews_total", "Reviews that a policy was about, by what it came to.", [
    "policy",
    "mode",
    "outcome",
  ]);
  const unjudged = counter(
    "unjudged_accelerator_workloads_total",
    "Workloads with an accelerator, or perhaps one, that no policy was about; dry runs left out.",
    ["kind", "accelerator"],
  );
  const others = counter("plain_reviews_total", "Reviews of policies, exceptions and namespaces, by path.", [
    "path",
    "allowed",
  ]);
  const exceptions = counter("exceptions_used_total", "Workloads that an exception let in, dry runs left out.", [
    "exception",
  ]);
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
  const underWay = new Gauge({
    name: "assaygate_admission_in_flight",
    help: "Reviews being read and judged, those that wait among them.",
    collect() {
      this.set(inFlight());
    },
    registers: [],
  });
  registry.registerMetric(underWay);
  const waitingNow = new Gauge({
    name: "assaygate_admission_waiting",
    help: "Reviews that wait for a registry or the API server.",
    collect() {
      this.set(waiting());
    },
    registers: [],
  });
  registry.registerMetric(waitingNow);
  const refusals = counter("http_refused_total", "Requests that were not read as reviews, by status.", ["status"]);
  const registryRequests = counter("registry_requests_total", "Requests to registries, by host and status.", [
    "host",
    "status",
  ]);
  const silence = gauge("registry_silent", "1 while a registry gives no answers and is not asked, by host.", ["host"]);
  const unasked = counter(
    "registry_requests_not_sent_total",
    "Requests that were not sent because the registry gives no answers, by host.",
    ["host"],
  );
  const hits = counter("evidence_cache_hits_total", "Evidence answered from the cache.");
  const misses = counter("evidence_cache_misses_total", "Evidence that had to be fetched.");
  const policies = gauge("policies", "Policies in force.");
  const generation = gauge("policy_set_generation", "How many policy sets were put in force since the start.");
  const policySet = gauge("policy_set_info", "1, labelled with the digest of the policy set in force.", ["digest"]);
  const loaded = gauge("policy_load_timestamp_seconds", "When the policy set in force was loaded.");
  const failures = counter(
    "policy_load_failures_total",
    "Policy sets that were refused; the last good one stayed in force.",
  );
  const expiry = gauge("certificate_expiry_timestamp_seconds", "When the serving certificate in force expires.");
  const certificateFailures = counter(
    "certificate_load_failures_total",
    "Serving certificates that were refused; the last good one stayed in force.",
  );
  gauge("build_info", "1, labelled with the version.", ["version"]).set({ version: gateVersion }, 1);

  let knownHosts = new Set(hosts);
  let policyNames: readonly string[] = [];
  let exceptionNames: readonly string[] = [];

  return {
    registry,
    reviewed(review, { decision, cached, durationMs, unjudgedAccelerator = "none" }, durationSeconds) {
      const kind = knowsKind(review.kind.group, review.kind.kind) ? review.kind.kind : "other";
      const { verdict } = decision;
      requests.inc({
        operation: review.operation,
        kind,
        decision: verdict,
        basis: decision.basis,
        dry_run: review.dryRun ? "true" : "false",
      });
      // A rehearsal is counted above, but sets off no alarm.
      if (!review.dryRun) {
        for (const exception of decision.exceptions) exceptions.inc({ exception });
        for (const reason of reasonsOf(decision)) reasons.inc({ reason, decision: verdict });
        if (unjudgedAccelerator !== "none" && verdict === "admit")
          unjudged.inc({ kind, accelerator: unjudgedAccelerator });
        for (const { name, mode, outcome } of decision.policies) policyReviews.inc({ policy: name, mode, outcome });
      }
      duration.observe({ decision: verdict, cached: cached ? "true" : "false" }, durationSeconds);
      stages.observe(stageLabels.read, durationMs.read / 1000);
      stages.observe(stageLabels.collect, durationMs.collect / 1000);
      stages.observe(stageLabels.decide, durationMs.decide / 1000);
    },
    answered: (path, allowed) => others.inc({ path, allowed: String(allowed) }),
    refused: (status) => refusals.inc({ status: String(status) }),
    cacheHit: () => hits.inc(),
    cacheMiss: () => misses.inc(),
    registryAsked(host, status) {
      registryRequests.inc({ host: knownHosts.has(host) ? host : "other", status: boundedStatus(status) });
    },
    registrySilent: (host, silent) => silence.set({ host: knownHosts.has(host) ? host : "other" }, silent ? 1 : 0),
    registryNotAsked: (host) => unasked.inc({ host: knownHosts.has(host) ? host : "other" }),
    policiesLoaded(set) {
      policies.set(set.policies.length);
      generation.inc();
      policySet.reset();
      policySet.set({ digest: set.digest }, 1);
      loaded.setToCurrentTime();
      knownHosts = new Set([...hosts, ...policyHosts(set)]);
      const names = set.policies.map(({ name }) => name);
      forgetExceptions(exceptions, exceptionNames, set);
      exceptionNames = set.exceptions.map(({ name }) => name);
      forget(policyReviews, new Set(policyNames).difference(new Set(names)));
      policyNames = names;
    },
    policiesFailed: () => failures.inc(),
    certificateInstalled: (notAfterMs) => expiry.set(notAfterMs / 1000),
    certificateRefused: () => certificateFailures.inc(),
  };
}

/** Made once: every review has all three. */
const stageLabels = { read: { stage: "read" }, collect: { stage: "collect" }, decide: { stage: "decide" } } as const;

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Series of policies that are no more, or a cluster whose policies come and go would grow without end. */
function forget(counter: Counter<"policy" | "mode" | "outcome">, names: ReadonlySet<string>): void {
  for (const policy of names)
    for (const mode of ["Enforce", "Warn", "Audit"])
      for (const outcome of ["pass", "fail", "error"]) counter.remove({ policy, mode, outcome });
}

function forgetExceptions(counter: Counter<"exception">, earlier: readonly string[], { exceptions }: PolicySet): void {
  const present = new Set(exceptions.map(({ name }) => name));
  for (const exception of earlier) if (!present.has(exception)) counter.remove({ exception });
}

const usualStatuses = new Set([200, 301, 302, 303, 307, 308, 400, 401, 403, 404, 429, 500, 502, 503, 504]);

/** A registry can answer with any number. */
function boundedStatus(status: number | undefined): string {
  if (status === undefined) return "none";
  return usualStatuses.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}
