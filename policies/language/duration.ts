const unitMs = { w: 604_800_000, d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;
const msByUnit = new Map<string | undefined, number>(Object.entries(unitMs));

/** Milliseconds of a duration such as `30d` or `1d12h`. The schema has checked the form. */
export function parseDurationMs(text: string): number {
  let totalMs = 0;
  for (const [, count, unit] of text.matchAll(/([0-9]+)([wdhms])/g))
    totalMs += Number(count) * (msByUnit.get(unit) ?? 0);
  return totalMs;
}

/** A time span for a message, in its largest whole unit: `41 days`, `3 hours`. */
export function showDuration(ms: number): string {
  const [size, name] =
    ms >= 2 * unitMs.d ? [unitMs.d, "day"] : ms >= 2 * unitMs.h ? [unitMs.h, "hour"] : [unitMs.m, "minute"];
  const count = Math.floor(ms / size);
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
