import { hostname } from "node:os";
import type { Logger } from "pino";
import { describeFailure } from "../kube-error.ts";
import { makeIdentity, runLeaderElection } from "./leader.ts";
import type { LeaseApi } from "./lease.ts";

/** Something that one replica does for all of them. */
export interface LeaderTask {
  /** Whether this replica is the one, now. */
  leading(): boolean;
  /** Why it could not take part in the election, in one line; undefined where it could. */
  problem(): string | undefined;
  /** Leaves, so that another may follow at once. */
  stop(): Promise<void>;
}

/** What is done by the elected replica, and how it is elected. */
export interface LeaderTaskOptions {
  readonly lease: LeaseApi;
  /** The Lease's name, for the log. */
  readonly name: string;
  /** What the elected replica does, after "elected to". */
  readonly task: string;
  readonly log: Logger;
  /** This replica has become the one, until the signal aborts. */
  elected(term: AbortSignal): void;
}

/** Takes part in the election for a task, and says in the log when this replica is chosen, is no longer, or cannot take part. */
export function runLeaderTask({ lease, name, task, log, elected }: LeaderTaskOptions): LeaderTask {
  let problem: string | undefined;
  const leadership = runLeaderElection({
    lease,
    identity: makeIdentity(hostname()),
    elected(term) {
      log.info({ lease: name }, `elected to ${task}`);
      term.addEventListener("abort", () => log.info({ lease: name }, `no longer elected to ${task}`));
      elected(term);
    },
    answered: () => (problem = undefined),
    failed(cause) {
      const words = `Lease ${name}: ${describeFailure(cause)}`;
      if (words !== problem) log.warn({ problem: words }, "election failed; it is tried again");
      problem = words;
    },
  });
  return { leading: () => leadership.leading, problem: () => problem, stop: leadership.stop };
}
