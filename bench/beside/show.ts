import { median } from "../median.ts";

/** The median of several rounds, and between which figures it lies: `0.71 (0.69 to 0.75)`. */
export function show(figures: readonly number[], digits: number): string {
  const [least, most] = [Math.min(...figures), Math.max(...figures)];
  return `${median(figures).toFixed(digits)} (${least.toFixed(digits)} to ${most.toFixed(digits)})`;
}
