/**
 * The section *hostile* of `npm run bench`, by itself with `node bench/hostile.ts`: what one who means harm, or one registry
 * that is broken, does to everybody else. Each row is a ratio in one run.
 */
import { measureHangingRegistry } from "./hanging-registry.ts";

export interface HostileRow {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  readonly met: boolean;
}

export async function measureHostile(quick: boolean): Promise<HostileRow[]> {
  return [await hangingRegistry(quick ? 300 : 1_000)];
}

async function hangingRegistry(count: number): Promise<HostileRow> {
  const { pods, references, aloneP99Ms, besideP99Ms, admitted, reviews } = await measureHangingRegistry(count);
  const ratio = besideP99Ms / aloneP99Ms;
  return {
    what: `a registry that hangs, with ${pods} pods of ${references} references: p99 of cold reviews at a healthy one, against without`,
    measured: `${ratio.toFixed(2)}×  (${besideP99Ms.toFixed(1)} against ${aloneP99Ms.toFixed(1)} ms; ${admitted} of ${reviews} admitted)`,
    wanted: "≤ 2×, all admitted",
    met: ratio <= 2 && admitted === reviews,
  };
}

if (import.meta.main) {
  const rows = await measureHostile(true);
  for (const { what, measured, wanted, met } of rows)
    console.log(`${what}: ${measured}, wanted ${wanted}: ${met ? "yes" : "NO"}`);
  process.exitCode = rows.every(({ met }) => met) ? 0 : 1;
}
