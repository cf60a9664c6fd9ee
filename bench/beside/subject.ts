import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startProgram, type Child } from "../../scripts/child-process.ts";
import { writeLayout } from "../../test/support/artifacts.ts";
import { readProcessorMs } from "./process-figures.ts";
import { signedArtifacts, signedPolicy } from "./signed-reviews.ts";

/** A program that answers reviews, and how it is run. */
export interface Subject {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
}

/** A subject that answers. */
export interface RunningSubject extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly url: string;
  readonly ca: string;
  /** Processor time from its start until it was ready. */
  readonly readyProcessorMs: number;
}

const root = join(import.meta.dirname, "../..");
const serve = ["serve", "--port", "0", "--health-port", "0"];

/** The least that any webhook in Node can do, with Node's own settings. */
export const bareHandler: Subject = {
  name: "bare",
  file: join(root, "bench/bare-server.ts"),
  args: [],
  flags: [],
};

/** The gate of a checkout, bundled by its own script, with the flags that its image gives Node. */
export async function buildGate(name: string, checkout: string): Promise<Subject> {
  const folder = resolve(checkout);
  const file = join(folder, "dist", "assaygate.mjs");
  execFileSync(process.execPath, [join(folder, "scripts/build.ts"), "--outfile", file], {
    cwd: folder,
    stdio: "ignore",
  });
  const { nodeFlags } = (await import(join(folder, "scripts/node-flags.ts"))) as { nodeFlags: readonly string[] };
  return { name, file, args: serve, flags: nodeFlags };
}

/** Starts a subject on one core, over a folder with the signed evidence of the bench. */
export async function startSubject({ name, file, args, flags }: Subject, core: number): Promise<RunningSubject> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-bench-"));
  const home = join(folder, "assaygate.d");
  mkdirSync(join(home, "policies"), { recursive: true });
  writeFileSync(join(home, "policies", "policy.json"), signedPolicy);
  await writeLayout(join(home, "evidence"), signedArtifacts);
  const child = startProgram(file, args, folder, { flags, core });
  const ready = JSON.parse(await child.line(/"msg":"ready"|^\{"url"/)) as { url: string; ca?: string; caFile?: string };
  const pid = pidOf(child);
  const readyProcessorMs = readProcessorMs(pid);
  const ca = ready.ca ?? readFileSync(ready.caFile ?? "", "utf8");
  return {
    name,
    pid,
    url: ready.url,
    ca,
    readyProcessorMs,
    async [Symbol.asyncDispose]() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function pidOf({ process: { pid } }: Child): number {
  if (pid === undefined) throw new Error("the program did not start");
  return pid;
}
