import { randomBytes } from "node:crypto";
import { consider, type Sighting } from "./election.ts";
import { statusOf } from "../failure.ts";
import { heldBy, viewOf, type LeaseApi } from "./lease.ts";
import { pause } from "../../../runtime/pause.ts";

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

export interface ElectionParts {
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
export function newIdentity(podName: string): string {
  return `${podName}_${randomBytes(8).toString("hex")}`;
}

/** Takes part in the election until it is stopped. Never throws; failures are told to `failed`. */
export function contend(parts: ElectionParts): Leadership {
  const { lease, identity, timing = defaultTiming } = parts;
  const leaving = new AbortController();
  let sighting: Sighting | undefined;
  let heldUntilMs = -Infinity;
  let term: AbortController | undefined;
  let expiry: NodeJS.Timeout | undefined;
  const leading = (): boolean => performance.now() < heldUntilMs;

  const endTerm = (): void => {
    clearTimeout(expiry);
    heldUntilMs = -Infinity;
    term?.abort();
    term = undefined;
  };
  /** Counted from before the request was sent: others count from when they see it, which is later. */
  const hold = (sentMs: number): void => {
    heldUntilMs = sentMs + timing.renewDeadlineMs;
    if (!leading()) return endTerm();
    clearTimeout(expiry);
    expiry = setTimeout(endTerm, heldUntilMs - performance.now());
    if (term !== undefined) return;
    term = new AbortController();
    parts.elected?.(term.signal);
  };
  const attempt = async (): Promise<void> => {
    const signal = AbortSignal.any([leaving.signal, AbortSignal.timeout(timing.renewDeadlineMs / 2)]);
    const found = await lease.read(signal);
    const view = found && viewOf(found);
    const outcome = consider(identity, view, sighting, performance.now());
    sighting = outcome.sighting;
    const { move } = outcome;
    if (move.do !== "renew") endTerm();
    if (move.do === "wait") return;
    const transitions = move.do === "create" ? 0 : move.transitions;
    const held = heldBy(identity, found, { durationMs: timing.leaseMs, transitions, now: new Date() });
    const sentMs = performance.now();
    await (move.do === "create" ? lease.create(held, signal) : lease.replace(held, signal));
    if (!leaving.signal.aborted) hold(sentMs);
  };
  const release = async (): Promise<void> => {
    const signal = AbortSignal.timeout(timing.retryMs);
    const found = await lease.read(signal);
    if (found?.spec?.holderIdentity !== identity) return;
    const transitions = found.spec.leaseTransitions ?? 0;
    await lease.replace(heldBy("", found, { durationMs: 1_000, transitions, now: new Date() }), signal);
  };
  /** That somebody else was quicker is no failure. */
  const tell = (cause: unknown): void => {
    if (statusOf(cause) !== 409) parts.failed?.(cause);
  };
  const run = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      await attempt().then(parts.answered, (cause: unknown) => {
        if (!leaving.signal.aborted) tell(cause);
      });
      await pause(leading() ? timing.retryMs : timing.retryMs * (1 + Math.random() / 5), leaving.signal);
    }
  };
  const running = run();
  return {
    get leading() {
      return leading();
    },
    async stop() {
      endTerm();
      leaving.abort();
      await running;
      endTerm();
      await release().catch(tell);
    },
  };
}
