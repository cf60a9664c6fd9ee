import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const file = join(import.meta.dirname, "../../cli/small-heap.ts");

/** Of a process that holds on to much that is new: how large V8's two halves for it have become, in MiB. */
function measureYoungOf(command: string): number {
  const program = `
    import { getHeapSpaceStatistics } from "node:v8";
    import { limitHeap } from ${JSON.stringify(file)};
    limitHeap(${JSON.stringify(command)});
    const kept = [];
    for (let at = 0; at < 500_000; at += 1) kept.push({ at });
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size, kept.length);
  `;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  return Number.parseInt(execFileSync(process.execPath, args, { encoding: "utf8" }), 10) / 1024 / 1024;
}

it.each([
  ["push", 2],
  ["pull", 2],
  ["audit", 8],
])("%s holds what is new in %d MiB, however much of it lives on", (command, mib) => {
  expect(measureYoungOf(command)).toBe(mib);
});

it("other commands let it grow", () => expect(measureYoungOf("check")).toBeGreaterThan(8));
