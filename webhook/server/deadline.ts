import type { Deadline } from "../../evidence/search.ts";
import { nameAsker } from "../../runtime/asker.ts";

/** The API server rounds its remaining time up to whole seconds: the last one may not be there. */
const roundingMs = 1_000;
const minTimeoutMs = 250;

/** A deadline whose timer starts only when somebody waits: a review answered from memory makes none. */
export interface ReviewDeadline extends Deadline {
  /** Whom the review waits for, as far as it has come. */
  listAwaited(): readonly string[];
  clear(): void;
}

/** Of whose object a review is, and when it began, by the monotonic clock. */
export interface ReviewOf {
  readonly tenant?: string;
  readonly startMs?: number;
}

/**
 * The time for one review: `maxMs`, or less where the API server says so in the `timeout` of the request's URL.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#timeouts
 */
export function createDeadline(
  url: string,
  maxMs: number,
  { tenant = "", startMs = performance.now() }: ReviewOf = {},
): ReviewDeadline {
  const endMs = startMs + Math.max(Math.min(maxMs, requestedMs(url) - roundingMs), minTimeoutMs);
  let running: { controller: AbortController; timer: NodeJS.Timeout; whom: Set<string> } | undefined;
  const start = (): NonNullable<typeof running> => {
    const controller = new AbortController();
    nameAsker(controller.signal, { tenant });
    const leftMs = Math.max(endMs - performance.now(), 0);
    return { controller, timer: setTimeout(() => controller.abort(), leftMs), whom: new Set() };
  };
  return {
    signal(whom) {
      running ??= start();
      running.whom.add(whom);
      return running.controller.signal;
    },
    listAwaited: () => [...(running?.whom ?? [])],
    clear: () => clearTimeout(running?.timer),
  };
}

/** `?timeout=10s`, a Go duration as the API server writes it; Infinity when it says nothing readable. */
function requestedMs(url: string): number {
  const match = /[?&]timeout=(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:&|$)/.exec(url);
  if (match === null || (match[1] === undefined && match[2] === undefined)) return Infinity;
  return Number(match[1] ?? 0) * 60_000 + Number(match[2] ?? 0) * 1_000;
}
