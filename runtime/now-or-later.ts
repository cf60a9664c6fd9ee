/**
 * A value that is at hand, or a promise of it.
 *
 * A review whose evidence is remembered goes from its body to its answer without a turn of the event loop, together with the
 * others of its batch: docs/adr/0007-batches.md says what that is worth. So what may have to wait says which of the two it has.
 */
export type NowOrLater<T> = T | Promise<T>;

/** True for a value that is at hand. */
export function isNow<T>(value: NowOrLater<T>): value is T {
  return !(value instanceof Promise);
}

/** What `make` makes of the value: at once where it is at hand. Two values that do not need each other go through {@link both}. */
export function andThen<T, U>(value: NowOrLater<T>, make: (value: T) => NowOrLater<U>): NowOrLater<U> {
  return isNow(value) ? make(value) : value.then(make);
}

/** Both values, which are waited for at the same time: a rejection of either is a rejection of the whole, and never unhandled. */
export function both<A, B>(a: NowOrLater<A>, b: NowOrLater<B>): NowOrLater<readonly [A, B]> {
  return isNow(a) && isNow(b) ? [a, b] : Promise.all([a, b]);
}

/** All values in their order, as {@link both}. */
export function allOf<T>(values: readonly NowOrLater<T>[]): NowOrLater<readonly T[]> {
  return values.every(isNow) ? values : Promise.all(values.map(async (value) => value));
}

/** What the work comes to, or what `otherwise` makes of what it throws or rejects with. Holds nothing of the work while it waits. */
export function catchAll<T>(work: () => NowOrLater<T>, otherwise: (cause: unknown) => T): NowOrLater<T> {
  try {
    const value = work();
    return isNow(value) ? value : value.catch(otherwise);
  } catch (cause) {
    return otherwise(cause);
  }
}
