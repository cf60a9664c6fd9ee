export interface InFlightLimits {
  readonly maxReviews: number;
  /** Of all bodies together. What they are parsed into takes several times as much. */
  readonly maxBytes: number;
}

/**
 * What is under way, and room for more. Memory is bounded by the bytes that came in, not by those that were announced, so
 * that a client which announces much and sends little keeps nobody out.
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
  /** How many have a place. */
  count(): number;
}

export function createInFlight({ maxReviews, maxBytes }: InFlightLimits): InFlight {
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
    count: () => count,
  };
}
