import type { Logger } from "pino";
import type { PolicyFile, Problem } from "../../policies/language/document.ts";
import { showDuration } from "../../policies/language/duration.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { showProblem } from "../../config/load-config.ts";
import type { KubeMetrics } from "../cluster/metrics.ts";
import type { KubeClient } from "../cluster/client.ts";
import { hasStatus, KubeError } from "../cluster/kube-error.ts";
import { statusPath, type Condition, type PolicyObject } from "../cluster/resources.ts";

/** What a status is made from: the set in force and why a newer one is not. */
export interface SetState {
  readonly set: PolicySet | undefined;
  readonly inForce: readonly PolicyFile[];
  readonly problems: readonly Problem[];
  readonly now: Date;
  readonly maxExceptionMs: number;
}

type Ready = Pick<Condition, "status" | "reason" | "message">;

/** Whether the gate applies the object as it stands in the cluster, and if not, why; undefined where nobody has judged it yet. */
function readyOf({ kind, name, file }: PolicyObject, state: SetState): Ready | undefined {
  const { set, inForce, problems, now, maxExceptionMs } = state;
  const own = problems.filter((problem) => problem.file === file.path);
  if (own.length > 0) return { status: "False", reason: "Invalid", message: own.map(sayOwn).join("; ").slice(0, 4096) };
  if (!inForce.some(({ path, text }) => path === file.path && text === file.text)) return notApplied(problems);
  const expiresAt =
    kind === "EvaluationException"
      ? set?.exceptions.find((exception) => exception.name === name)?.expiresAt
      : undefined;
  const leftMs = expiresAt === undefined ? undefined : expiresAt.getTime() - now.getTime();
  if (leftMs !== undefined && leftMs <= 0)
    return { status: "False", reason: "Expired", message: `expired at ${expiresAt?.toISOString() ?? ""}` };
  if (leftMs !== undefined && leftMs > maxExceptionMs) {
    const limit = showDuration(maxExceptionMs);
    return { status: "False", reason: "TooFarAhead", message: `does nothing until ${limit} before expiresAt` };
  }
  return { status: "True", reason: "InForce", message: "the gate applies it as it is" };
}

/** One broken object keeps the whole new set from loading: the good ones say which one they wait for. */
function notApplied([first]: readonly Problem[]): Ready | undefined {
  if (first === undefined) return undefined;
  const message = `waits for a whole set without problems, the last good one stays in force: ${showProblem(first)}`;
  return { status: "False", reason: "NotApplied", message: message.slice(0, 4096) };
}

function sayOwn({ field, message }: Problem): string {
  return field === "" ? message : `${field}: ${message}`;
}

/** The conditions with this Ready among them, or undefined where the object already says so. */
function conditionsWith(ready: Ready, object: PolicyObject, now: Date): Condition[] | undefined {
  const { generation: observedGeneration, conditions } = object;
  const earlier = conditions.find(({ type }) => type === "Ready");
  if (
    earlier !== undefined &&
    object.observedGeneration === observedGeneration &&
    earlier.observedGeneration === observedGeneration &&
    earlier.status === ready.status &&
    earlier.reason === ready.reason &&
    earlier.message === ready.message
  )
    return undefined;
  const lastTransitionTime =
    earlier?.status === ready.status ? earlier.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, "Z");
  return [
    ...conditions.filter(({ type }) => type !== "Ready"),
    { type: "Ready", ...ready, observedGeneration, lastTransitionTime },
  ];
}

export interface StatusWriterParts {
  readonly client: KubeClient;
  readonly metrics: KubeMetrics;
  readonly log: Logger;
  objects(): readonly PolicyObject[];
  state(): SetState;
  /** True on the one replica that writes. Asked before each write. */
  leading(): boolean;
}

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
export function createStatusWriter(parts: StatusWriterParts): StatusWriter {
  const stopped = new AbortController();
  let problem: string | undefined;
  let running = false;
  let again = false;
  let retryMs = firstRetryMs;
  let retry: NodeJS.Timeout | undefined;

  const round = async (): Promise<void> => {
    const state = parts.state();
    let found: string | undefined;
    for (const object of parts.objects()) {
      const ready = readyOf(object, state);
      const conditions = ready && conditionsWith(ready, object, state.now);
      if (conditions === undefined) continue;
      if (!parts.leading() || stopped.signal.aborted) break;
      found = (await write(parts, object, conditions, stopped.signal)) ?? found;
    }
    if (found !== undefined && found !== problem) parts.log.warn({ reason: found }, "status cannot be written");
    problem = found;
  };
  const refresh = (): void => {
    again = true;
    if (running || stopped.signal.aborted) return;
    running = true;
    void (async () => {
      while (again && !stopped.signal.aborted) {
        again = false;
        await round();
      }
      running = false;
      clearTimeout(retry);
      retryMs = problem === undefined ? firstRetryMs : Math.min(retryMs * 2, maxRetryMs);
      if (problem !== undefined && !stopped.signal.aborted) retry = setTimeout(refresh, retryMs).unref();
    })();
  };
  const timer = setInterval(refresh, roundMs);
  timer.unref();
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

/** What went wrong, in words; undefined where nothing did that will not mend itself. */
async function write(
  { client, metrics, log }: StatusWriterParts,
  object: PolicyObject,
  conditions: readonly Condition[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const { generation: observedGeneration, resourceVersion, file } = object;
  try {
    const status = { observedGeneration, conditions };
    await client.mergePatch(statusPath(object), { metadata: { resourceVersion }, status }, signal);
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
