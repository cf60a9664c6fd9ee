/**
 * What `make` makes of each value, in their order. So many values are taken ahead of the one that is waited for, so that what
 * each of them waits for is waited for at the same time; and not more, so that memory holds no more of them.
 */
export async function* mapInOrder<T, U>(
  values: AsyncIterable<T>,
  atOnce: number,
  make: (value: T) => Promise<U>,
): AsyncGenerator<U> {
  const made: Promise<U>[] = [];
  for await (const value of values) {
    const one = make(value);
    // It is waited for later: until then, a rejection is nobody's.
    one.catch(() => undefined);
    made.push(one);
    const first = made.length >= atOnce ? made.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const one of made) yield await one;
}
