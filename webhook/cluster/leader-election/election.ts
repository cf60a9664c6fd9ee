/**
 * The rules of an election by Lease, without clock, timer or network: what a contender may conclude from a Lease that it read.
 * They are those of client-go's leaderelection.
 * https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
 */

/** What an election reads of a Lease. */
export interface LeaseView {
  /** Empty where the last holder released it. */
  readonly holder: string;
  /** How long the holder may stay silent. */
  readonly durationMs: number;
  readonly transitions: number;
  /** Anything that differs after each write by a holder. */
  readonly version: string;
}

/** The Lease as it was seen last, and since when it has been the same, by the contender's own monotonic clock. */
export interface ObservedRecord {
  readonly version: string;
  readonly sinceMs: number;
}

/** What a contender does about a Lease. */
export type Move =
  /** Somebody else holds it. */
  | { readonly do: "wait" }
  /** There is none. */
  | { readonly do: "create" }
  /** It is ours. */
  | { readonly do: "renew"; readonly transitions: number }
  /** It is free. */
  | { readonly do: "take"; readonly transitions: number };

/**
 * What to do about a Lease, and what to remember of it. The times that are written in a Lease are never read: another's clock
 * may be wrong, so what counts is for how long nobody has been seen to write.
 */
export function decideNextMove(
  me: string,
  lease: LeaseView | undefined,
  last: ObservedRecord | undefined,
  nowMs: number,
): { readonly move: Move; readonly observed: ObservedRecord | undefined } {
  if (lease === undefined) return { move: { do: "create" }, observed: undefined };
  const observed = last?.version === lease.version ? last : { version: lease.version, sinceMs: nowMs };
  if (lease.holder === me) return { move: { do: "renew", transitions: lease.transitions }, observed };
  const isSilent = nowMs - observed.sinceMs > lease.durationMs;
  if (lease.holder !== "" && !isSilent) return { move: { do: "wait" }, observed };
  return { move: { do: "take", transitions: lease.transitions + 1 }, observed };
}
