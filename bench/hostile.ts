/**
 * The section *hostile* of `npm run bench`, by itself with `npx node bench/hostile.ts`: what one who means harm, or one registry
 * that is broken, does to everybody else. Each row is a ratio in one run.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeFlags } from "../scripts/node-flags.ts";
import { hostileShapes } from "../test/support/hostile-shapes/shapes.ts";
import { measureHangingRegistry } from "./hanging-registry.ts";
import { measureHolds, permitted, permittedMs } from "./hold.ts";
import { median } from "./median.ts";

export interface HostileRow {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  readonly met: boolean;
}

export async function measureHostile(quick: boolean): Promise<HostileRow[]> {
  return [...(await holds(quick)), await peakMemory(quick), await hangingRegistry(quick ? 300 : 1_000)];
}

/** What the shapes cost, each by itself in this process. */
async function holds(quick: boolean): Promise<HostileRow[]> {
  const all = await measureHolds(quick ? [32 * 1024, 96 * 1024] : [32 * 1024, 96 * 1024, 3_000_000], 3);
  const worst = mostBy(all, (hold) => hold.holdMs / permitted(hold));
  const perStep = median(all.map(({ readMs, steps }) => readMs / steps));
  const dearest = mostBy(all, ({ readMs, steps }) => readMs / steps);
  const dear = dearest.readMs / dearest.steps / perStep;
  return [
    {
      what: `${all.length} reviews of ${hostileShapes.length} hostile shapes: how long one holds the event loop, against parsing its JSON`,
      measured: `at most ${(worst.holdMs / worst.parseMs).toFixed(1)}×  (${worst.holdMs.toFixed(1)} against ${worst.parseMs.toFixed(1)} ms: ${worst.shape})`,
      wanted: `≤ 4×, or ${permittedMs} ms`,
      met: worst.holdMs <= permitted(worst),
    },
    {
      what: "time for each counted step of reading them, against the median",
      measured: `at most ${dear.toFixed(1)}×  (${dearest.shape})`,
      wanted: "≤ 20×",
      met: dear <= 20,
    },
  ];
}

function mostBy<T>(all: readonly T[], by: (one: T) => number): T {
  const [first, ...rest] = all;
  if (first === undefined) throw new Error("nothing was measured");
  return rest.reduce((most, one) => (by(one) > by(most) ? one : most), first);
}

async function peakMemory(quick: boolean): Promise<HostileRow> {
  const peakMiB = async (whose: string): Promise<number> => {
    const child = join(import.meta.dirname, "hostile-memory-child.ts");
    const args = [...nodeFlags, "--max-old-space-size=340", child, quick ? "300000" : "3000000", whose];
    return Number((await promisify(execFile)(process.execPath, args)).stdout) / 1024;
  };
  const harmlessMiB = await peakMiB("harmless");
  const hostileMiB = await peakMiB("hostile");
  return {
    what: "peak RSS after a review of each of them, against as many harmless ones of the same size",
    measured: `${(hostileMiB / harmlessMiB).toFixed(2)}×  (${hostileMiB.toFixed(0)} against ${harmlessMiB.toFixed(0)} MiB)`,
    wanted: "≤ 64 MiB more",
    met: hostileMiB <= harmlessMiB + 64,
  };
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
