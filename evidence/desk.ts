import { waitInTime } from "../registry/in-time.ts";
import { listAskers } from "../runtime/asker.ts";
import { createPlaces } from "../runtime/places.ts";
import { createTurns, type TakeTurn } from "../runtime/turns.ts";

/**
 * What all reading of evidence in a process shares, so that it is bounded together: turns for its steps, and the few places for
 * artifacts of which more than `limits.smallBytes` is held. What is small never waits for a place.
 */
export interface Desk {
  readonly turn: TakeTurn;
  /** A place that is taken when it is first needed. `registry` names who may hold it up: none has more than one. */
  place(registry: string, signal: AbortSignal): Place;
}

/** A place at the desk, until it is disposed of. */
export interface Place extends Disposable {
  /** Waits for the place, once. Throws RegistryError, `out-of-time`. */
  take(): Promise<void>;
}

/** Each holds a layer, the same unpacked, and what was read of it: some 20 MiB at most. */
const placesInAll = 2;

/** A desk at which nobody reads yet. */
export function createDesk(): Desk {
  const ofRegistry = createPlaces({ own: 1, shared: 0 });
  const ofAll = createPlaces({ own: placesInAll, shared: 0 });
  return {
    turn: createTurns(),
    place: (registry, signal) =>
      lazyPlace(
        [
          () => ofRegistry(registry, listAskers(signal), signal).taken,
          () => ofAll("", listAskers(signal), signal).taken,
        ],
        signal,
      ),
  };
}

type Take = () => Promise<() => void>;

/** One of each, in this order. */
function lazyPlace(takes: readonly Take[], signal: AbortSignal): Place {
  const held: (() => void)[] = [];
  let isOver = false;
  let taking: Promise<void> | undefined;
  const takeAll = async (): Promise<void> => {
    for (const take of takes) {
      held.push(await waitInTime(take(), signal));
      if (isOver) return releaseAll();
    }
  };
  const releaseAll = (): void => {
    for (const release of held.splice(0).toReversed()) release();
  };
  return {
    take: () => (taking ??= takeAll()),
    [Symbol.dispose]: () => {
      isOver = true;
      releaseAll();
    },
  };
}
