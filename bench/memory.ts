import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeFlags } from "../scripts/node-flags.ts";

/** RSS of a gate that is asked for ever new digests. */
export interface MemoryGrowth {
  readonly digests: number;
  readonly earlyMiB: number;
  readonly lateMiB: number;
  readonly entries: number;
  readonly bytes: number;
}

/** RSS of a process that has put so many distinct digests through its evidence cache, early and at the end. */
export async function measureMemory(digests: number): Promise<MemoryGrowth> {
  const args = [...nodeFlags, "--expose-gc", join(import.meta.dirname, "memory-child.ts"), String(digests)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return { digests, ...(JSON.parse(stdout) as Omit<MemoryGrowth, "digests">) };
}
