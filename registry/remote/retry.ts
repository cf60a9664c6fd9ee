import type { Clock } from "./clock.ts";
import { toDeadlineError, TransientError } from "./failure.ts";

/** First pause; each further one doubles. */
const basePauseMs = 100;
/** A review does not last longer, so a registry that asks for more is not waited for at all. */
const maxPauseMs = 10_000;

/** How many more tries there are for all requests together, each after a pause that its registry asked for. */
export interface Patience {
  left: number;
}

/**
 * The result of `attempt`, which is made again after each TransientError, at most `maxRetries` times, with the pause that
 * the registry asked for or a jittered one. Where it asked for one, `patience` may have more tries. The last error is thrown as it
 * is; `out-of-time` if the signal ends a pause.
 */
export async function withRetries<T>(
  name: string,
  maxRetries: number,
  clock: Clock,
  signal: AbortSignal,
  attempt: () => Promise<T>,
  patience?: Patience,
): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const pauseMs = error.retryAfterMs ?? backoffMs(retries);
      if (pauseMs > maxPauseMs) throw error;
      if (retries >= maxRetries && !(error.retryAfterMs !== undefined && takeOne(patience))) throw error;
      await clock.sleep(pauseMs, signal).catch((cause: unknown) => Promise.reject(toDeadlineError(name, cause)));
    }
  }
}

function takeOne(patience: Patience | undefined): boolean {
  if (patience === undefined || patience.left <= 0) return false;
  patience.left -= 1;
  return true;
}

/** Between half and all of the exponential pause, so that many reviews do not come back together. */
function backoffMs(retries: number): number {
  return Math.min(maxPauseMs, basePauseMs * 2 ** retries) * (0.5 + Math.random() / 2);
}

/** A date of HTTP, whose three forms begin with a day's name: other text that JavaScript takes for a date is none. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+$/;

/** `Retry-After` in milliseconds, from seconds or a date; undefined where it is missing or neither. RFC 9110, 10.2.3. */
export function parseRetryAfterMs(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== "string") return undefined;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000;
  const dateMs = httpDate.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
