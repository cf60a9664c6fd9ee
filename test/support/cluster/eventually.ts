import { setTimeout as wait } from "node:timers/promises";

export interface Patience {
  /** How long to keep asking. */
  readonly deadlineMs?: number;
  /** How long to wait between two questions. */
  readonly pollMs?: number;
  /** Gives up at once, with this error, when it resolves. */
  readonly broken?: Promise<Error>;
}

/**
 * Asks again until the answer is neither undefined nor false, and returns it. An error counts as "not yet".
 *
 * Rejects after the deadline, naming `what` was awaited and the last error.
 */
export async function eventually<T>(
  what: string,
  ask: () => T | Promise<T>,
  { deadlineMs = 60_000, pollMs = 50, broken }: Patience = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = performance.now() + deadlineMs;
  let failure: Error | undefined;
  let last: unknown;
  void broken?.then((error) => {
    failure = error;
    return undefined;
  });
  while (performance.now() < deadline) {
    if (failure !== undefined) throw failure;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await wait(pollMs);
  }
  const reason = last instanceof Error ? `: ${last.message}` : "";
  throw new Error(`not within ${deadlineMs} ms: ${what}${reason}`, { cause: last });
}
