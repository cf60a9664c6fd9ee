/**
 * For what may happen very often: writes the first of a kind, and then one in each span of time, which is told how many of its
 * kind went by unwritten.
 */
export type WriteSeldom = (kind: string, write: (unwritten: number) => void) => void;

/** More kinds than this are one together: their names may be anybody's. */
const maxKinds = 64;
const further = "further kinds";

/** `nowMs`: a clock that only moves on. */
export function createWriteSeldom(spanMs: number, nowMs: () => number): WriteSeldom {
  const kinds = new Map<string, { sinceMs: number; unwritten: number }>();
  return (name, write) => {
    const kind = kinds.has(name) || kinds.size < maxKinds ? name : further;
    const last = kinds.get(kind);
    const atMs = nowMs();
    if (last !== undefined && atMs - last.sinceMs < spanMs) return void (last.unwritten += 1);
    kinds.set(kind, { sinceMs: atMs, unwritten: 0 });
    write(last?.unwritten ?? 0);
  };
}
