import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";

/** How long a program took, and the most memory that it held. */
export interface Ran {
  readonly ms: number;
  readonly rssMiB: number;
}

/** Runs a program to its end, which must be a good one: how long it took, and the most memory that it held. */
export async function runMeasured(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<Ran & { readonly said: string }> {
  const started = performance.now();
  const child = spawn(program, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let complained = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complained += text));
  let rssMiB = 0;
  const watch = setInterval(() => (rssMiB = Math.max(rssMiB, peakRssMiB(child.pid))), 20);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(" ")} ended with ${code}: ${complained}`);
  return { ms: performance.now() - started, rssMiB, said };
}

/** The kernel keeps the peak: nothing between two looks is missed but the very end. */
function peakRssMiB(pid: number | undefined): number {
  try {
    const [, kib = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kib) / 1024;
  } catch {
    return 0;
  }
}
