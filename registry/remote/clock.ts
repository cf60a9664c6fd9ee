import { pause } from "../../runtime/pause.ts";

/** Time as the HTTP layer sees it: what tokens expire by and what pauses last by. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rejects as soon as the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    await pause(ms, signal);
    signal.throwIfAborted();
  },
};
