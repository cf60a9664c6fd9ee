import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits for so many milliseconds; not at all for none or fewer. Ends early, and never rejects, when the signal aborts: whoever
 * has to tell the two apart asks the signal.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}
