/**
 * The section *hostile* of `npm run bench`, by itself with `npx node bench/hostile.ts`: what one who means harm, or one registry
 * that is broken, does to everybody else. Each row is a ratio in one run.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeFlags } from "../scripts/node-flags.ts";
import { hostileShapes } from "../test/support/hostile-shapes/shapes.ts";
import { measureHangingRegistry } from "./hostile/hanging-registry.ts";
import { measureHostileNeighbours } from "./hostile/neighbours.ts";
import { measureHolds, toPermittedMs, permittedMs } from "./hostile/hold.ts";
import { median } from "./median.ts";

/** One row of the table: a ratio in one run. */
export interface HostileRow {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  readonly met: boolean;
}

/** `program`: the gate's, bundled or not. */
export async function measureHostile(quick: boolean, program: string): Promise<HostileRow[]> {
  return [
    ...(await holds(quick)),
    await peakMemory(quick),
    await neighbours(quick ? 6 : 20, program),
    await hangingRegistry(quick ? 300 : 1_000),
  ];
}

/** What takes less to read is mostly what any reading takes, so that it says little about a step. */
const leastReadMs = 0.5;

/** What the shapes cost, each by itself in this process. */
async function holds(quick: boolean): Promise<HostileRow[]> {
  const all = await measureHolds(quick ? [32 * 1024, 96 * 1024] : [32 * 1024, 96 * 1024, 3_000_000], 3);
  const worst = mostBy(all, (hold) => hold.holdMs / toPermittedMs(hold));
  const read = all.filter(({ readMs }) => readMs >= leastReadMs);
  const perStep = median(read.map(({ readMs, steps }) => readMs / steps));
  const dearest = mostBy(read, ({ readMs, steps }) => readMs / steps);
  const dear = dearest.readMs / dearest.steps / perStep;
  return [
    {
      what: `${all.length} reviews of ${hostileShapes.length} hostile shapes: how long one holds the event loop, against parsing its JSON`,
      measured: `at most ${(worst.holdMs / worst.parseMs).toFixed(1)}×  (${worst.holdMs.toFixed(1)} against ${worst.parseMs.toFixed(1)} ms: ${worst.shape})`,
      wanted: `≤ 4×, or ${permittedMs} ms`,
      met: worst.holdMs <= toPermittedMs(worst),
    },
    {
      what: `time for each counted step of the ${read.length} that take ${leastReadMs} ms to read, against the median`,
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
    const child = join(import.meta.dirname, "hostile", "memory-child.ts");
    const args = [...nodeFlags, "--expose-gc", "--max-old-space-size=340", child, quick ? "300000" : "3000000", whose];
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

async function neighbours(seconds: number, program: string): Promise<HostileRow> {
  const { perSecond, aloneP99Ms, besideP99Ms, permittedHoldMs, lost } = await measureHostileNeighbours(
    seconds,
    program,
  );
  return {
    what: `20 hostile pods a second, one of 3 MiB every two seconds and 16 hostile artifacts: p99 of ${perSecond} harmless warm reviews a second, against without`,
    measured: `${(besideP99Ms / aloneP99Ms).toFixed(1)}×  (${besideP99Ms.toFixed(1)} against ${aloneP99Ms.toFixed(1)} ms; ${lost} lost)`,
    wanted: `≤ 3×, or one permitted hold more (${permittedHoldMs.toFixed(0)} ms); none lost`,
    met: besideP99Ms <= Math.max(3 * aloneP99Ms, aloneP99Ms + permittedHoldMs) && lost === 0,
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
  const rows = await measureHostile(true, join(import.meta.dirname, "../cli/main.ts"));
  for (const { what, measured, wanted, met } of rows)
    console.log(`${what}: ${measured}, wanted ${wanted}: ${met ? "yes" : "NO"}`);
  process.exitCode = rows.every(({ met }) => met) ? 0 : 1;
}
