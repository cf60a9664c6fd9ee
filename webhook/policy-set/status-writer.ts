import type { Logger } from "pino";
import type { KubeClient } from "../cluster/client.ts";
import { hasStatus, KubeError } from "../cluster/kube-error.ts";
import type { KubeMetrics } from "../cluster/metrics.ts";
import { toStatusPath, type Condition, type PolicyObject } from "../cluster/resources.ts";
import { evaluateReady, mergeCondition, type SetState } from "./ready-condition.ts";

/** What writing statuses needs. */
export interface StatusWriterOptions {
  readonly client: KubeClient;
  readonly metrics: KubeMetrics;
  readonly log: Logger;
  objects(): readonly PolicyObject[];
  state(): SetState;
  /** True on the one replica that writes. Asked before each write. */
  leading(): boolean;
}

/** Writes what became of each policy and exception into its status. */
export interface StatusWriter {
  /** Writes what has changed, now or after the round that is under way. */
  refresh(): void;
  /** Why the last round could not write; undefined when it could. */
  problem(): string | undefined;
  stop(): void;
}

/** Expiry is a matter of time, and leadership changes in silence: both are seen at the next round. */
const roundMs = 15_000;
/** After a round in which something could not be written; it doubles, up to a minute. */
const firstRetryMs = 1_000;
const maxRetryMs = 60_000;

/**
 * Keeps the condition Ready of policies and exceptions. A write carries the version it was made from, so that it never
 * overwrites what another replica or person wrote since; after a conflict the watch brings the newer object, and the next
 * round judges that. Where an object already says what is so, nothing is written.
 */
export function createStatusWriter(options: StatusWriterOptions): StatusWriter {
  const stopped = new AbortController();
  let problem: string | undefined;
  let isRunning = false;
  let again = false;
  let retryMs = firstRetryMs;
  let retry: NodeJS.Timeout | undefined;

  const runRounds = async (): Promise<void> => {
    while (again && !stopped.signal.aborted) {
      again = false;
      const found = await writeStatuses(options, stopped.signal);
      if (found !== undefined && found !== problem) options.log.warn({ reason: found }, "status cannot be written");
      problem = found;
    }
    isRunning = false;
    clearTimeout(retry);
    retryMs = problem === undefined ? firstRetryMs : Math.min(retryMs * 2, maxRetryMs);
    if (problem !== undefined && !stopped.signal.aborted) retry = setTimeout(refresh, retryMs).unref();
  };
  const refresh = (): void => {
    again = true;
    if (isRunning || stopped.signal.aborted) return;
    isRunning = true;
    void runRounds();
  };
  const timer = setInterval(refresh, roundMs).unref();
  return {
    refresh,
    problem: () => problem,
    stop() {
      stopped.abort();
      clearInterval(timer);
      clearTimeout(retry);
    },
  };
}

/** One round over all objects: the last thing that went wrong, in words; undefined where nothing did. */
async function writeStatuses(options: StatusWriterOptions, stopped: AbortSignal): Promise<string | undefined> {
  const state = options.state();
  let problem: string | undefined;
  for (const object of options.objects()) {
    const ready = evaluateReady(object, state);
    const conditions = ready && mergeCondition(ready, object, state.now);
    if (conditions === undefined) continue;
    if (!options.leading() || stopped.aborted) break;
    problem = (await writeStatus(options, object, conditions, stopped)) ?? problem;
  }
  return problem;
}

/** What went wrong, in words; undefined where nothing did that will not mend itself. */
async function writeStatus(
  { client, metrics, log }: StatusWriterOptions,
  object: PolicyObject,
  conditions: readonly Condition[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { generation: observedGeneration, resourceVersion, file } = object;
  try {
    const status = { observedGeneration, conditions };
    await client.mergePatch(toStatusPath(object), { metadata: { resourceVersion }, status }, signal);
    metrics.statusWritten("written");
    return undefined;
  } catch (cause) {
    if (signal.aborted) return undefined;
    // Changed or deleted since: the watch will say so.
    if (hasStatus(cause, 404, 409)) {
      metrics.statusWritten("conflict");
      return undefined;
    }
    metrics.statusWritten("failed");
    if (!(cause instanceof KubeError)) log.error({ err: cause }, "status writer failed");
    const reason = cause instanceof KubeError ? cause.message : "internal error";
    return `the status of ${file.path} cannot be written: ${reason}`;
  }
}
