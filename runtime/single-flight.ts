import { createSlots } from "./slots.ts";
import { untilAborted } from "./until-aborted.ts";

export interface FlightOptions {
  /** Flights in the air at once; the others wait for their turn inside their time. */
  readonly maxAtOnce: number;
  /** The time of one flight, whoever waits for it. Then it rejects with DEADLINE_EXCEEDED. */
  readonly timeoutMs: number;
}

/** Starts the task under its key, or joins the one that is under way there. */
export type Share<T> = (key: string, task: (signal: AbortSignal) => Promise<T>) => Promise<T>;

/**
 * One task per key at a time, shared by all who ask for it. It runs under its own deadline, so that nobody's leaving harms
 * those who stay, and nobody's patience is another's limit.
 */
export function createSingleFlight<T>({ maxAtOnce, timeoutMs }: FlightOptions): Share<T> {
  const flights = new Map<string, Promise<T>>();
  const takeSlot = createSlots(maxAtOnce);

  const fly = async (task: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      const release = await takeSlot(deadline.signal);
      try {
        return await untilAborted(task(deadline.signal), deadline.signal);
      } finally {
        release();
      }
    } finally {
      clearTimeout(timer);
    }
  };

  return (key, task) => {
    const underWay = flights.get(key);
    if (underWay !== undefined) return underWay;
    const flight = fly(task);
    flights.set(key, flight);
    const land = (): void => void flights.delete(key);
    flight.then(land, land);
    return flight;
  };
}
