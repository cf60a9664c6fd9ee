/** At least one: the type for lists that would admit by being empty. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** For a list of which a schema has checked that it holds something: this says so to the type. Throws where it holds nothing. */
export function toNonEmpty<T>(list: readonly T[]): NonEmpty<T> {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error("an empty list got past the schema");
  return [first, ...rest];
}
