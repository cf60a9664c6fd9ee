/** Resolves when it is the caller's turn. */
export type TakeTurn = () => Promise<void>;

/**
 * Turns for long work that is done in short steps: one in each pass of the event loop, first come, first served, so that what
 * arrives meanwhile waits for one step at most, however many there are that work.
 */
export function createTurns(): TakeTurn {
  const waiting: (() => void)[] = [];
  const next = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length === 1) setImmediate(next);
    });
}
