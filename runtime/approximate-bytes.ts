/**
 * About what a parsed value costs in memory, in bytes, so that a cache can be bounded by more than its count. Counted high
 * rather than low: two bytes for each character, and something for every object, entry and number.
 */
export function measureApproximately(value: unknown): number {
  if (typeof value === "string") return 32 + 2 * value.length;
  if (typeof value !== "object" || value === null) return 16;
  const parts = value instanceof Map ? [...value].flat() : Object.entries(value).flat();
  return parts.reduce<number>((sum, part) => sum + measureApproximately(part), 64);
}
