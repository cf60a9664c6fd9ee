import type { Logger } from "pino";
import type { AuditOptions } from "../../audit/audit-objects.ts";
import type { AuditConfig } from "../../config/audit-config.ts";
import { pause } from "../../runtime/pause.ts";
import type { KubeClient } from "../cluster/client.ts";
import { describeFailure, KubeError } from "../cluster/kube-error.ts";
import { createLeaseApi } from "../cluster/leader-election/lease.ts";
import { runLeaderTask } from "../cluster/leader-election/leader-task.ts";
import type { Events } from "../events/raise-events.ts";
import { runAuditPass, type PassOptions, type PassSummary } from "./audit-pass.ts";
import { createKnownProblems, type KnownProblems } from "./changes.ts";
import { writeFindings, type ReportOutcome } from "./write-findings.ts";
import { findReportKind } from "./report-kind.ts";

/** Who is told of audits. */
export interface AuditObserver {
  /** One has come to its end, at this time by `Date`. */
  finished(summary: PassSummary, durationMs: number): void;
  reported(outcome: ReportOutcome): void;
  /** Something could not be done, in one line: the audit goes on, or is tried again. */
  failed(stage: AuditStage, problem: string): void;
  /** This replica audits no longer: what it found is another's to tell. */
  ended(): void;
}

/** What of an audit can fail: asking the cluster what there is, or writing reports. */
export type AuditStage = "list" | "report";

/** What looking again at what runs needs. */
export interface ContinuousAuditOptions extends Pick<AuditOptions, "judge" | "kinds" | "controllers"> {
  readonly client: KubeClient;
  readonly config: AuditConfig;
  readonly log: Logger;
  readonly observer: AuditObserver;
  /** Undefined where none are raised. */
  readonly events: Pick<Events, "raise"> | undefined;
  /** What the policies in force read, and since when there are which; undefined while no review could be answered either. */
  inForce(): Pick<AuditOptions, "keys" | "policyTimes"> | undefined;
}

/** Audits that follow one another, by the one replica that is elected. */
export interface ContinuousAudit {
  /** What is wrong, one line each. */
  details(): readonly string[];
  /** Ends the one that is under way between two objects, and lets another replica follow. */
  stop(): Promise<void>;
}

/** Until the gate can serve; after an audit that could not even begin. */
const firstWaitMs = 1_000;
const retryMs = 60_000;

/** Takes part in the election, and audits while it is elected. Never rejects: what goes wrong is told, and tried again. */
export function startContinuousAudit(options: ContinuousAuditOptions): ContinuousAudit {
  const { client, log, config } = options;
  const stopped = new AbortController();
  const state: State = { ...options, known: createKnownProblems(), problems: [] };
  let running: Promise<void> = Promise.resolve();
  const task = runLeaderTask({
    lease: createLeaseApi(client, config.lease.namespace, config.lease.name),
    name: config.lease.name,
    task: "audit what runs",
    log,
    elected(term) {
      const signal = AbortSignal.any([term, stopped.signal]);
      running = running.then(() => keepAuditing(state, signal));
    },
  });
  return {
    details: () => [...state.problems, ...[task.problem()].filter((one) => one !== undefined)],
    async stop() {
      stopped.abort();
      await running;
      await task.stop();
    },
  };
}

interface State extends ContinuousAuditOptions {
  readonly known: KnownProblems;
  problems: readonly string[];
}

async function keepAuditing(state: State, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await pause(await auditOnce(state, signal), signal);
  state.problems = [];
  state.observer.ended();
}

/** One audit; how long to wait for the next, in milliseconds. */
async function auditOnce(state: State, signal: AbortSignal): Promise<number> {
  const { observer, config } = state;
  const inForce = state.inForce();
  if (inForce === undefined) return firstWaitMs;
  const startMs = performance.now();
  const problems = new Set<string>();
  const fail: Fail = (stage, problem) => {
    observer.failed(stage, problem);
    if (problems.size < maxProblems) problems.add(`audit: ${problem}`);
  };
  try {
    const pass = await preparePass(state, inForce, fail, signal);
    const summary = await runAuditPass(pass, signal);
    if (summary === undefined) return 0;
    for (const { resource, message } of summary.unlisted) fail("list", `${resource} cannot be listed: ${message}`);
    observer.finished(summary, performance.now() - startMs);
    return config.intervalMs;
  } catch (cause) {
    if (signal.aborted) return 0;
    if (!(cause instanceof KubeError)) state.log.error({ err: cause }, "an audit failed");
    fail("list", cause instanceof KubeError ? cause.message : "internal error");
    return Math.min(config.intervalMs, retryMs);
  } finally {
    state.problems = [...problems];
  }
}

type Fail = (stage: AuditStage, problem: string) => void;

/** For whoever reads readiness: as many problems of one audit are told. */
const maxProblems = 8;

async function preparePass(
  state: State,
  inForce: Pick<AuditOptions, "keys" | "policyTimes">,
  fail: Fail,
  signal: AbortSignal,
): Promise<PassOptions> {
  const { config, client, events, known, observer } = state;
  const reportKind = config.reports ? await findReportKind(client, signal) : undefined;
  const reported = (outcome: ReportOutcome, cause?: unknown): void => {
    observer.reported(outcome);
    if (outcome === "failed") fail("report", `reports cannot be written: ${describeFailure(cause)}`);
  };
  const writing = { client, reportKind, known, events, reported };
  return {
    ...state,
    ...inForce,
    objectsPerSecond: config.objectsPerSecond,
    excludedNamespaces: config.excludedNamespaces,
    write: (audit, until) => writeFindings(writing, audit, until),
  };
}
