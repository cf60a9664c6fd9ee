import type { StatedBound } from "./artifact.ts";
import { compareDecimals, parseDecimal, toDecimal, type Decimal } from "./decimal.ts";

/** Which way a bound holds a value. */
export type Side = "min" | "max";

/**
 * Whether the bounds prove that the metric's value is at least `bound` (`min`), or at most (`max`).
 *
 * A stated bound tells a threshold and a verdict, and no value. One that passed proves what follows from it and nothing beyond:
 * `>= t` and `> t` prove every minimum up to t, `<= t` and `< t` every maximum from t on. One that failed proves nothing here.
 */
export function isProved(bounds: readonly StatedBound[], side: Side, bound: number): boolean {
  const asked = toDecimal(bound);
  return listThresholds(bounds, side).some((threshold) => {
    const order = compareDecimals(threshold, asked);
    return side === "min" ? order >= 0 : order <= 0;
  });
}

/** What the bounds that passed say of the value, for messages: `>= 0.62`; undefined where none passed. */
export function describeBounds(bounds: readonly StatedBound[]): string | undefined {
  const passed = bounds.filter((bound) => bound.passed);
  return passed.length === 0
    ? undefined
    : passed.map(({ comparator, threshold }) => `${comparator} ${threshold}`).join(" and ");
}

/** Whether no value meets all bounds that passed: more than the most, or less than the least. Of one metric. */
export function isImpossible(bounds: readonly StatedBound[]): boolean {
  const passed = bounds.filter((bound) => bound.passed);
  return passed.some((low) => chooseSide(low) === "min" && passed.some((high) => excludes(low, high)));
}

function excludes(low: StatedBound, high: StatedBound): boolean {
  if (chooseSide(high) === "min") return false;
  const [from, to] = [parseDecimal(low.threshold), parseDecimal(high.threshold)];
  if (from === undefined || to === undefined) return true;
  const order = compareDecimals(from, to);
  return order > 0 || (order === 0 && (low.comparator === ">" || high.comparator === "<"));
}

function chooseSide({ comparator }: StatedBound): Side {
  return comparator === ">=" || comparator === ">" ? "min" : "max";
}

function listThresholds(bounds: readonly StatedBound[], side: Side): Decimal[] {
  return bounds
    .filter((bound) => bound.passed && chooseSide(bound) === side)
    .flatMap(({ threshold }) => parseDecimal(threshold) ?? []);
}
