import { listAskers, nameAsker } from "./asker.ts";
import { createPlaces, type PlacesOptions, type Ticket } from "./places.ts";
import { waitUnlessAborted } from "./unless-aborted.ts";

/** How many flights there are at once, and how long each may take. */
export interface FlightOptions {
  /** For flights in the air; the others wait for their turn inside their time. */
  readonly places: PlacesOptions;
  /** The time of one flight, whoever waits for it. Then it rejects with TimeUp. */
  readonly timeoutMs: number;
}

/** One task, which all who ask for the same key share. */
export interface Flight<T> {
  /** Names what the flight is for: who asks for the same shares it. */
  readonly key: string;
  /** Whose places it takes, such as a registry's. */
  readonly owner: string;
  /** The signal of whoever asks. It does not end the flight, but says who they are: see asker.ts. */
  readonly asked: AbortSignal;
  /** The signal is the flight's own, and has for askers all who share it. */
  run(signal: AbortSignal): Promise<T>;
}

/** Starts the flight, or joins the one that is under way for its key. */
export type SingleFlight<T> = (flight: Flight<T>) => Promise<T>;

interface UnderWay<T> {
  readonly result: Promise<T>;
  readonly signal: AbortSignal;
  readonly ticket: Ticket;
}

/**
 * One task per key at a time, shared by all who ask for it. It runs under its own deadline, so that nobody's leaving harms
 * those who stay, and nobody's patience is another's limit.
 */
export function createSingleFlight<T>({ places, timeoutMs }: FlightOptions): SingleFlight<T> {
  const flights = new Map<string, UnderWay<T>>();
  const takePlace = createPlaces(places);

  const start = ({ key, owner, asked, run }: Flight<T>): UnderWay<T> => {
    const deadline = new AbortController();
    const { signal } = deadline;
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    join(signal, asked);
    const ticket = takePlace(owner, listAskers(asked), signal);
    const runInTurn = async (): Promise<T> => {
      try {
        const release = await ticket.taken;
        try {
          return await waitUnlessAborted(run(signal), signal);
        } finally {
          release();
        }
      } finally {
        clearTimeout(timer);
        flights.delete(key);
      }
    };
    return { result: runInTurn(), signal, ticket };
  };

  return (flight) => {
    const underWay = flights.get(flight.key);
    if (underWay !== undefined) {
      join(underWay.signal, flight.asked);
      for (const asker of listAskers(flight.asked)) underWay.ticket.addAsker(asker);
      return underWay.result;
    }
    const started = start(flight);
    flights.set(flight.key, started);
    return started.result;
  };
}

function join(flight: AbortSignal, asked: AbortSignal): void {
  for (const asker of listAskers(asked)) nameAsker(flight, asker);
}
