import { pause } from "./pause.ts";

/** The values, no faster than so many a second, and no more of them once the signal aborts. Nothing is taken ahead. */
export async function* limitRate<T>(
  values: AsyncIterable<T>,
  perSecond: number,
  signal: AbortSignal,
): AsyncGenerator<T> {
  for await (const value of values) {
    if (signal.aborted) return;
    const startMs = performance.now();
    yield value;
    // At least one pass of the event loop, so that what came in meanwhile is looked at first.
    await pause(Math.max(1_000 / perSecond - (performance.now() - startMs), 1), signal);
  }
}
