import type { PublishedConfiguration } from "../../certs/plan.ts";

/** For how long all webhook configurations have been seen to trust one authority, by a clock that nobody sets. */
export interface TrustClock {
  /** Looks at what is published now. Milliseconds; 0 where one of them does not trust it, or there is no authority. */
  measureMs(authority: string | undefined, published: readonly PublishedConfiguration[]): number;
  /** Nobody looked for a while: it begins anew. */
  reset(): void;
}

/** A clock that stands at 0 until the first measure. */
export function createTrustClock(): TrustClock {
  let trusted: { readonly authority: string; readonly sinceMs: number } | undefined;
  return {
    measureMs(authority, published) {
      const isEverywhere = published.every(({ bundles }) =>
        bundles.every(({ authorities }) => authorities.some(({ id }) => id === authority)),
      );
      if (authority === undefined || !isEverywhere) trusted = undefined;
      else if (trusted?.authority !== authority) trusted = { authority, sinceMs: performance.now() };
      return trusted === undefined ? 0 : performance.now() - trusted.sinceMs;
    },
    reset: () => void (trusted = undefined),
  };
}
