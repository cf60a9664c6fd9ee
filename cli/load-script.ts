import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { Script } from "node:vm";
import type { ExitCode } from "./io.ts";
import type { run } from "./run.ts";

type Run = typeof run;

/** What a command line ends with that nothing was done for. */
const unusable: ExitCode = 2;

/**
 * The program of the build's script. V8 has the code that it compiled when the program last ran from `keptFile`; Node keeps only
 * what is compiled before anything runs, and compiles each function anew when it is called. Where there is nothing yet, or V8 does
 * not take it, because it or its flags have changed, the file is written when the program has run. Undefined without the script.
 */
export function loadScript(file: string, keptFile: string): { readonly run: Run } | undefined {
  const text = readIfThere(file)?.toString("latin1");
  if (text === undefined) return undefined;
  const kept = readKept(keptFile, file);
  const script = new Script(text, { filename: file, cachedData: kept });
  const { run } = evaluate(script, file);
  if (kept !== undefined && script.cachedDataRejected === false) return { run };
  return {
    async run(args, io) {
      const code = await run(args, io);
      if (code !== unusable) keep(keptFile, file, script.createCachedData());
      return code;
    },
  };
}

/** The script is a function of `require` and `module`, as `scripts/bundle/script.ts` makes it. */
function evaluate(script: Script, file: string): { readonly run: Run } {
  const module: { exports: { readonly run?: Run } } = { exports: {} };
  const wrapped: unknown = script.runInThisContext();
  if (typeof wrapped === "function") Reflect.apply(wrapped, undefined, [createRequire(file), module]);
  const { run } = module.exports;
  if (run === undefined) throw new Error(`${file} is not the program's script`);
  return { run };
}

/** V8 compares no more than versions, flags and the length of the script, so that content and script are in a digest. */
function seal(file: string, content: Buffer): Buffer {
  return createHash("sha256")
    .update(`${basename(file)}\n`)
    .update(content)
    .digest();
}

function readKept(keptFile: string, file: string): Buffer | undefined {
  const kept = readIfThere(keptFile);
  if (kept === undefined) return undefined;
  const content = kept.subarray(sealBytes);
  return seal(file, content).equals(kept.subarray(0, sealBytes)) ? content : undefined;
}

const sealBytes = 32;

/** Whole or not at all: another command may read the file meanwhile. That it cannot be written is no trouble of the command's. */
function keep(keptFile: string, file: string, content: Buffer): void {
  const own = `${keptFile}.${process.pid}`;
  try {
    writeFileSync(own, Buffer.concat([seal(file, content), content]), { mode: 0o600, flag: "wx" });
    renameSync(own, keptFile);
  } catch {
    removeIfThere(own);
  }
}

/** Where a file cannot be written, it may be that it cannot be removed either. */
function removeIfThere(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // It is in nobody's way.
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
