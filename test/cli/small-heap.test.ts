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
    gc({ type: "minor" });
    console.log(getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size, kept.length);
  `;
  const args = ["--expose-gc", "--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  return Number.parseInt(execFileSync(process.execPath, args, { encoding: "utf8" }), 10) / 1024 / 1024;
}

// V8 may hold a page or more besides, which it is about to clean up.
it.each([
  ["push", 1, 4],
  ["pull", 1, 4],
  ["audit", 8, 12],
  ["check", 16, 64],
])("%s holds what is new in %d to %d MiB, however much of it lives on", (command, least, most) => {
  const mib = measureYoungOf(command);
  expect(mib).toBeGreaterThanOrEqual(least);
  expect(mib).toBeLessThanOrEqual(most);
});
