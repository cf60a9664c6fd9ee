import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeFlags } from "../scripts/node-flags.ts";

/** Memory of a gate that is asked for ever new digests, read when what is dead has been collected. */
export interface MemoryGrowth {
  readonly digests: number;
  /** In the heap, and what hangs on it outside: after the first 50,000 digests, and at the end. */
  readonly heldEarlyMiB: number;
  readonly heldLateMiB: number;
  /** After the first 150,000, and the most that was seen from there. */
  readonly rssEarlyMiB: number;
  readonly rssHighestMiB: number;
  readonly entries: number;
  readonly bytes: number;
}

/** What a process holds that puts so many distinct digests through its evidence cache, early and late. */
export async function measureMemory(digests: number): Promise<MemoryGrowth> {
  const args = [...nodeFlags, "--expose-gc", join(import.meta.dirname, "memory-child.ts"), String(digests)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return { digests, ...(JSON.parse(stdout) as Omit<MemoryGrowth, "digests">) };
}
