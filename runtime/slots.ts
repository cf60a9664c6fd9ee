import { deadlineExceeded } from "./until-aborted.ts";

/** Waits for a turn and takes it; the function it gives hands the turn on. Rejects with DEADLINE_EXCEEDED. */
export type TakeSlot = (signal: AbortSignal) => Promise<() => void>;

/** Turns for at most `count` holders at once, first come, first served. */
export function createSlots(count: number): TakeSlot {
  let free = count;
  const waiting = new Set<() => void>();

  const release = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else next();
  };
  const turn = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const take = (): void => {
        waiting.delete(take);
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        waiting.delete(take);
        reject(deadlineExceeded());
      };
      waiting.add(take);
      signal.addEventListener("abort", leave, { once: true });
    });

  return async (signal) => {
    if (signal.aborted) throw deadlineExceeded();
    if (free > 0) free -= 1;
    else await turn(signal);
    return release;
  };
}
