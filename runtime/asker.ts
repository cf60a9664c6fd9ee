/** One piece of work that somebody asked for, such as a review. The object is its identity. */
export interface Asker {
  /** On whose behalf, such as a namespace: what is shared is shared between these first. */
  readonly tenant: string;
}

const askers = new WeakMap<AbortSignal, Set<Asker>>();

/** Says who waits for what ends with the signal, besides those who do already. */
export function nameAsker(signal: AbortSignal, asker: Asker): void {
  const known = askers.get(signal);
  if (known === undefined) askers.set(signal, new Set([asker]));
  else known.add(asker);
}

/** Who waits for what ends with the signal. One that nobody was named for has an asker of its own, of no tenant. */
export function listAskers(signal: AbortSignal): ReadonlySet<Asker> {
  const known = askers.get(signal) ?? new Set([{ tenant: "" }]);
  askers.set(signal, known);
  return known;
}
