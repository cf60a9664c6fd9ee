/** A contender's time as leader. It ends by itself, by a monotonic clock, before anybody else may take over. */
export interface Term {
  isRunning(): boolean;
  /** The Lease was written at the request of this moment, by `performance.now()`: the term begins, or goes on. */
  prolong(sentMs: number): void;
  end(): void;
}

/** A term lasts for `renewDeadlineMs` after the last request that renewed it. `begun` gets a signal that aborts when it ends. */
export function createTerm(renewDeadlineMs: number, begun: (term: AbortSignal) => void): Term {
  let untilMs = -Infinity;
  let running: AbortController | undefined;
  let expiry: NodeJS.Timeout | undefined;
  const isRunning = (): boolean => performance.now() < untilMs;
  const end = (): void => {
    clearTimeout(expiry);
    untilMs = -Infinity;
    running?.abort();
    running = undefined;
  };
  return {
    isRunning,
    prolong(sentMs) {
      // Counted from before the request was sent: others count from when they see it, which is later.
      untilMs = sentMs + renewDeadlineMs;
      if (!isRunning()) return end();
      clearTimeout(expiry);
      expiry = setTimeout(end, untilMs - performance.now());
      if (running !== undefined) return;
      running = new AbortController();
      begun(running.signal);
    },
    end,
  };
}
