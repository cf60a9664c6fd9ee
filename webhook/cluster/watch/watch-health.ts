import type { Logger } from "pino";
import type { KubeMetrics } from "../metrics.ts";
import type { LiveResource, WatchObserver } from "./watch.ts";

/** Certificates and expiry dates are judged by this machine's clock. */
const maxClockSkewMs = 30_000;

/** Counts failures of a watch, and logs each reason once until the resource can be read again. */
export function createWatchObserver(
  resource: string,
  metrics: Pick<KubeMetrics, "watchFailed">,
  log: Logger,
  changed: () => void,
): WatchObserver {
  let reported: string | undefined;
  return {
    opened() {
      if (reported !== undefined) log.info({ resource }, "the cluster can be read again");
      reported = undefined;
    },
    changed,
    failed({ message }) {
      metrics.watchFailed(resource);
      if (reported === message) return;
      reported = message;
      log.warn(
        { resource, reason: message },
        "the cluster cannot be read; the gate keeps what it knows and tries again",
      );
    },
  };
}

/** Why the gate cannot serve yet: a resource that was never listed, and what to do about it. */
export function explainUnlisted(watches: readonly LiveResource<unknown>[]): string | undefined {
  const unlisted = watches.find((live) => live.items() === undefined);
  return unlisted && `${unlisted.name} were never listed: ${adviseOn(unlisted)}`;
}

/** Watches that were listed and are interrupted or silent now, one line each. */
export function listWatchProblems(watches: readonly LiveResource<unknown>[], staleAfterMs: number): string[] {
  return watches.flatMap((live) => listProblems(live, staleAfterMs));
}

function adviseOn(live: LiveResource<unknown>): string {
  const problem = live.problem();
  if (problem === undefined) return "the API server has not answered yet";
  if (problem.status !== 404) return problem.message;
  return `${problem.message}: install the custom resource definitions in deploy/crds`;
}

function listProblems(live: LiveResource<unknown>, staleAfterMs: number): string[] {
  const problem = live.problem();
  const ageMs = live.ageMs();
  if (live.items() === undefined || (problem === undefined && ageMs <= staleAfterMs)) return [];
  const age = `${Math.round(ageMs / 1_000)} s`;
  const state = ageMs > staleAfterMs ? `stale: no sign of life for ${age}` : `interrupted ${age} ago`;
  return [`watch on ${live.name} is ${state}${problem === undefined ? "" : `: ${problem.message}`}`];
}

/** A clock that is too far from the API server's, by how much it is ahead; none where that is not known. */
export function listClockProblems(aheadMs: number | undefined): string[] {
  if (aheadMs === undefined || Math.abs(aheadMs) <= maxClockSkewMs) return [];
  const side = aheadMs > 0 ? "ahead of" : "behind";
  return [
    `this machine's clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${side} the API server's: dates of evidence, exceptions and certificates are judged by it`,
  ];
}
