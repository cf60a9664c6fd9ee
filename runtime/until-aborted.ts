import { unavailable, type EvidenceError } from "../registry/errors.ts";

/**
 * What the promise comes to, or DEADLINE_EXCEEDED as soon as the signal aborts. The work behind the promise goes on: whoever
 * started it ends it.
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(deadlineExceeded());
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

export function deadlineExceeded(options?: ErrorOptions): EvidenceError {
  return unavailable("DEADLINE_EXCEEDED", "the time was up before the evidence was read", options);
}
