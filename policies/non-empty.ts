/** At least one: the type for lists that would admit by being empty. */
export type NonEmpty<T> = readonly [T, ...T[]];
