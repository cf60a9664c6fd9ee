import { randomBytes } from "node:crypto";
import { pause } from "../../../runtime/pause.ts";
import { hasStatus } from "../kube-error.ts";
import { decideNextMove, type ObservedRecord } from "./election.ts";
import { toLeaseView, withHolder, type LeaseApi } from "./lease.ts";
import { createTerm, type Term } from "./term.ts";

/** A contender's place in an election. */
export interface Leadership {
  /**
   * Whether this process may do what only one replica should. It becomes false by itself, by a monotonic clock, before anybody
   * else may take over: also in a process that was stopped for a while.
   */
  readonly leading: boolean;
  /** Leaves the election; a leader first aborts its term, then releases the Lease, so that another may follow at once. */
  stop(): Promise<void>;
}

/** How an election is timed. All replicas must agree. */
export interface ElectionTiming {
  /** How long others wait for a silent leader. Whole seconds. */
  readonly leaseMs: number;
  /** How long a leader goes on without having renewed. Less than `leaseMs`. */
  readonly renewDeadlineMs: number;
  /** Between two tries. Less than `renewDeadlineMs`. */
  readonly retryMs: number;
}

/** client-go's defaults, which Kubernetes' own components use. */
const defaultTiming: ElectionTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** What a contender brings to an election. */
export interface LeaderElectionOptions {
  readonly lease: LeaseApi;
  /** This process's name in the Lease; see `newIdentity`. No two contenders may share one. */
  readonly identity: string;
  readonly timing?: ElectionTiming;
  /**
   * A term has begun; the signal aborts when it ends. What is not safe to do twice must check `leading` or carry a
   * resourceVersion: a request that is under way when a term ends may still arrive.
   */
  elected?(term: AbortSignal): void;
  /** A try came to its end, whoever holds the Lease now. */
  answered?(): void;
  /** A try failed, other than by losing to somebody else. It is tried again. */
  failed?(cause: unknown): void;
}

/** `<pod>_<random>`: the hostname is the pod's name, and two processes of one pod differ, too. */
export function makeIdentity(podName: string): string {
  return `${podName}_${randomBytes(8).toString("hex")}`;
}

/** Takes part in the election until it is stopped. Never throws; failures are told to `failed`. */
export function runLeaderElection(options: LeaderElectionOptions): Leadership {
  const { timing = defaultTiming } = options;
  const stopping = new AbortController();
  const term = createTerm(timing.renewDeadlineMs, (signal) => options.elected?.(signal));
  const contender: Contender = { ...options, timing, term, stopping: stopping.signal, observed: undefined };
  const running = keepTrying(contender);
  return {
    get leading() {
      return term.isRunning();
    },
    async stop() {
      term.end();
      stopping.abort();
      await running;
      term.end();
      await release(contender).catch((cause: unknown) => reportFailure(contender, cause));
    },
  };
}

interface Contender extends LeaderElectionOptions {
  readonly timing: ElectionTiming;
  readonly term: Term;
  readonly stopping: AbortSignal;
  /** What was seen of the Lease in the last try. */
  observed: ObservedRecord | undefined;
}

async function keepTrying(contender: Contender): Promise<void> {
  const { term, stopping, timing } = contender;
  while (!stopping.aborted) {
    try {
      await acquireOrRenew(contender);
      contender.answered?.();
    } catch (cause) {
      if (!stopping.aborted) reportFailure(contender, cause);
    }
    // Contenders do not come in step; a leader comes in time.
    await pause(term.isRunning() ? timing.retryMs : timing.retryMs * (1 + Math.random() / 5), stopping);
  }
}

async function acquireOrRenew(contender: Contender): Promise<void> {
  const { lease, identity, timing, term, stopping } = contender;
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(timing.renewDeadlineMs / 2)]);
  const found = await lease.read(signal);
  const { move, observed } = decideNextMove(
    identity,
    found && toLeaseView(found),
    contender.observed,
    performance.now(),
  );
  contender.observed = observed;
  if (move.do !== "renew") term.end();
  if (move.do === "wait") return;
  const transitions = move.do === "create" ? 0 : move.transitions;
  const held = withHolder(identity, found, { durationMs: timing.leaseMs, transitions, now: new Date() });
  const sentMs = performance.now();
  await (move.do === "create" ? lease.create(held, signal) : lease.replace(held, signal));
  if (!stopping.aborted) term.prolong(sentMs);
}

/** Says in the Lease that nobody holds it, where this contender does. */
async function release({ lease, identity, timing }: Contender): Promise<void> {
  const signal = AbortSignal.timeout(timing.retryMs);
  const found = await lease.read(signal);
  if (found?.spec?.holderIdentity !== identity) return;
  const transitions = found.spec.leaseTransitions ?? 0;
  await lease.replace(withHolder("", found, { durationMs: 1_000, transitions, now: new Date() }), signal);
}

/** That somebody else was quicker is not a failure. */
function reportFailure({ failed }: Contender, cause: unknown): void {
  if (!hasStatus(cause, 409)) failed?.(cause);
}
