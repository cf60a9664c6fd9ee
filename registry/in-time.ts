import { TimeUp, untilAborted } from "../runtime/until-aborted.ts";
import { deadlineExceeded } from "./errors.ts";

/** What the promise comes to, or `out-of-time` as soon as the signal aborts, or where its own time was up. */
export async function inTime<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await untilAborted(promise, signal);
  } catch (error) {
    throw error instanceof TimeUp ? deadlineExceeded({ cause: error }) : error;
  }
}
