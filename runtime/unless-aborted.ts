/** The time was up before the work was done. Whoever waits says in words of its own what was waited for. */
export class TimeUp extends Error {
  override readonly name = "TimeUp";

  constructor(options?: ErrorOptions) {
    super("the time was up", options);
  }
}

/**
 * What the promise comes to, or a rejection with {@link TimeUp} as soon as the signal aborts. The work behind the promise goes
 * on: whoever started it ends it.
 */
export async function waitUnlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(new TimeUp({ cause: signal.reason }));
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
