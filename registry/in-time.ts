import { TimeUp, waitUnlessAborted } from "../runtime/unless-aborted.ts";
import { makeDeadlineError } from "./errors.ts";

/** What the promise comes to, or `out-of-time` as soon as the signal aborts, or where its own time was up. */
export async function waitInTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await waitUnlessAborted(promise, signal);
  } catch (error) {
    throw error instanceof TimeUp ? makeDeadlineError({ cause: error }) : error;
  }
}
