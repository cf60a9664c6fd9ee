import { readdirSync, readFileSync } from "node:fs";

/** What a process holds. MiB. */
export interface MemoryFigures {
  readonly rssMiB: number;
  /** What no file stands behind: the part of RSS that the kernel cannot drop. */
  readonly anonymousMiB: number;
}

/**
 * Milliseconds of processor time that a process has taken, all its threads together. Of the kernel's scheduler, which counts
 * nanoseconds: `stat` counts in steps of 10 ms. https://docs.kernel.org/scheduler/sched-stats.html
 */
export function readProcessorMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** https://docs.kernel.org/filesystems/proc.html */
export function readMemory(pid: number): MemoryFigures {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const inMiB = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  return { rssMiB: inMiB("VmRSS"), anonymousMiB: inMiB("RssAnon") };
}

/** The id of the one process of Node's that was given this argument. */
export function findProcess(argument: string): number {
  const found = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isStartedWith(name, argument));
  if (found.length !== 1) throw new Error(`${found.length} processes were started with ${argument}`);
  return Number(found[0]);
}

function isStartedWith(pid: string, argument: string): boolean {
  try {
    const [program, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program === process.execPath && args.includes(argument);
  } catch {
    // It has ended.
    return false;
  }
}
