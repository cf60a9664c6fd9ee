import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** What an evaluator's run came to. */
export interface ToolRun {
  readonly code: number;
  /** Both of its outputs. */
  readonly said: string;
}

const timeoutMs = 240_000;

/** Runs a program in `folder`, with a home of its own there and nothing of this process's environment but the path. */
export async function runTool(
  folder: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ToolRun> {
  const home = join(folder, ".home");
  await mkdir(home, { recursive: true });
  const own = { PATH: process.env["PATH"], HOME: home, HF_HUB_OFFLINE: "1", HF_DATASETS_OFFLINE: "1", ...env };
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { cwd: folder, env: own, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
        resolve({ code, said: out + err });
      },
    );
  });
}

/** Throws what the program said where its exit code is not this one. */
export function expectCode({ code, said }: ToolRun, wanted: number): void {
  if (code !== wanted) throw new Error(`exit code ${code} and not ${wanted}: ${said.slice(-3000)}`);
}
