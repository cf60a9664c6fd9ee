/** How much may be under way. */
export interface InFlightLimits {
  readonly maxReviews: number;
  /** Of all bodies together. What they are parsed into takes several times as much. */
  readonly maxBytes: number;
}

/**
 * What is under way, and room for more. Memory is bounded by the bytes that came in, not by those that were announced, so
 * that a client which announces much and sends little keeps nobody out. Who waits for a registry has a place among those
 * that wait for it, and none among those that are read and judged: a registry that does not answer keeps nobody else out.
 */
export interface InFlight {
  /** Takes a place for one request; false when there is none. */
  enter(): boolean;
  /** Takes room for more bytes of a body; false when there is none. One request alone always has room. */
  take(bytes: number): boolean;
  /** Gives room back that `take` gave. */
  release(bytes: number): void;
  /** Gives a place back. */
  leave(): void;
  /**
   * Takes a place, and room for a body, among those that wait for all of these, or says for which there is none. Who has it
   * gives the place back that `enter` gave.
   */
  wait(whom: readonly string[], bytes: number): WaitingPlace | { readonly full: string };
  /** How many have a place, and how many of them wait. */
  count(): number;
  countWaiting(): number;
}

/** A place among those that wait. */
export interface WaitingPlace {
  /** Gives the place and the room back. */
  end(): void;
}

/** Those that wait for one registry. */
interface Queue {
  count: number;
  bytes: number;
}

/** Nothing under way. */
export function createInFlight(limits: InFlightLimits): InFlight {
  const { maxReviews, maxBytes } = limits;
  const queues = createQueues(limits);
  let count = 0;
  let held = 0;
  return {
    enter() {
      if (count >= maxReviews) return false;
      count += 1;
      return true;
    },
    take(bytes) {
      if (held + bytes > maxBytes && count > 1) return false;
      held += bytes;
      return true;
    },
    release(bytes) {
      held -= bytes;
    },
    leave() {
      count -= 1;
    },
    wait: queues.wait,
    count: () => count + queues.count(),
    countWaiting: queues.count,
  };
}

/** A queue for each registry, and one for all of them together. */
function createQueues({ maxReviews, maxBytes }: InFlightLimits): Pick<InFlight, "wait" | "count"> {
  const all: Queue = { count: 0, bytes: 0 };
  const queues = new Map<string, Queue>();
  /** For whom nobody waits there is always a place. For one registry no more wait than may be under way, with half the bytes. */
  const hasRoom = (whom: string, bytes: number): boolean => {
    const queue = queues.get(whom);
    if (queue === undefined) return true;
    if (queue.count >= maxReviews || all.count >= 2 * maxReviews) return false;
    return queue.bytes + bytes <= maxBytes / 2 && all.bytes + bytes <= maxBytes;
  };
  const add = (whom: string, reviews: number, bytes: number): void => {
    const queue = change(queues.get(whom) ?? { count: 0, bytes: 0 }, reviews, bytes);
    if (queue.count === 0) queues.delete(whom);
    else queues.set(whom, queue);
  };
  return {
    wait(whom, bytes) {
      const full = whom.find((one) => !hasRoom(one, bytes));
      if (full !== undefined) return { full };
      for (const one of whom) add(one, 1, bytes);
      change(all, 1, bytes);
      return {
        end() {
          for (const one of whom) add(one, -1, -bytes);
          change(all, -1, -bytes);
        },
      };
    },
    count: () => all.count,
  };
}

function change(queue: Queue, reviews: number, bytes: number): Queue {
  queue.count += reviews;
  queue.bytes += bytes;
  return queue;
}
