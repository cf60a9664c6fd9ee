/** How much there is to go through in plain data, whoever wrote it. */
export interface Extent {
  /** Values and keys, all together. */
  readonly values: number;
  /** Entries of the longest list or map. */
  readonly widest: number;
  /** Characters of the longest text, and of the one after it. */
  readonly longest: number;
  readonly second: number;
}

const none: Extent = { values: 0, widest: 0, longest: 0, second: 0 };
const known = new WeakMap<object, Extent>();

/** Of each object once, so it is for what does not change. */
export function extentOf(value: unknown): Extent {
  if (typeof value === "string") return { values: 1, widest: 0, longest: value.length, second: 0 };
  if (typeof value !== "object" || value === null) return { values: 1, widest: 0, longest: 0, second: 0 };
  const extent = known.get(value) ?? measure(value);
  known.set(value, extent);
  return extent;
}

export function joinExtents(a: Extent, b: Extent): Extent {
  return {
    values: a.values + b.values,
    widest: Math.max(a.widest, b.widest),
    longest: Math.max(a.longest, b.longest),
    second: Math.max(Math.min(a.longest, b.longest), a.second, b.second),
  };
}

function measure(value: object): Extent {
  const entries = value instanceof Map ? [...(value as Map<unknown, unknown>)] : Object.entries(value);
  const parts = Array.isArray(value) ? value : entries.flat();
  const inner = parts.map(extentOf).reduce(joinExtents, none);
  return { ...inner, widest: Math.max(inner.widest, Array.isArray(value) ? value.length : entries.length) };
}
