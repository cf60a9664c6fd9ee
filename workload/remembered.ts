/** Enough for the names that a cluster's workloads use; longer texts are not what is written again and again. */
const maxEntries = 512;
const maxCharacters = 512;

/**
 * The same function, which remembers what it made of short texts: names of resources, products and references are the same in
 * one review after the other. `compute` must be pure, and what it gives must not be changed by anybody. What is remembered is
 * bounded, whoever writes the texts, and forgotten as a whole when there is too much of it.
 */
export function memoize<T>(compute: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = compute(text);
    if (text.length > maxCharacters) return value;
    if (known.size >= maxEntries) known.clear();
    known.set(text, value);
    return value;
  };
}
