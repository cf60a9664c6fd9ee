import { createHash, randomUUID } from "node:crypto";
import { cp, lstat, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getComponentsFolder } from "../../../scripts/components/locate.ts";

/** Tests ask whether results are of the last day. */
const keptMs = 12 * 60 * 60_000;

/** What an evaluator's run depends on: it runs anew when any of it is another. */
export interface RunKey {
  /** The path of the evaluator's program. */
  readonly program: string;
  /** The code that runs it and the code that it runs, as files. */
  readonly sources: readonly string[];
  /** Arguments, inputs, documented commands. */
  readonly inputs: unknown;
}

/**
 * Fills `folder` with what a real evaluator writes: `run` has it written there, or it was written by the same run in the last
 * twelve hours and is copied. Evaluators take minutes, and write the same every time but for times and identifiers; what is
 * done with their files is what the tests are about. `~/.cache/assaygate/evaluator-runs` may be removed at any time.
 */
export async function keepRun(
  key: RunKey,
  folder: string,
  run: () => Promise<void>,
  runs = join(dirname(getComponentsFolder()), "evaluator-runs"),
): Promise<void> {
  const kept = join(runs, await digestOf(key));
  if (await isFresh(kept)) {
    await cp(kept, folder, { recursive: true, verbatimSymlinks: true });
    return;
  }
  await run();
  await mkdir(runs, { recursive: true });
  await removeOld(runs);
  const whole = join(runs, `.${randomUUID()}`);
  await cp(folder, whole, { recursive: true, verbatimSymlinks: true });
  // Another process may have kept the same run meanwhile.
  await rename(whole, kept).catch(() => rm(whole, { recursive: true }));
}

/** A program that is installed anew is another. */
async function digestOf({ program, sources, inputs }: RunKey): Promise<string> {
  const { ino, mtimeMs } = await lstat(program);
  const texts = await Promise.all(sources.map((file) => readFile(file, "utf8")));
  return createHash("sha256")
    .update(JSON.stringify([program, ino, mtimeMs, texts, inputs]))
    .digest("hex");
}

async function isFresh(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs < keptMs;
}

async function removeOld(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    if (!(await isFresh(join(runs, name)))) await rm(join(runs, name), { recursive: true, force: true });
  }
}
