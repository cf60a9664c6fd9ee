import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeServingCertificate } from "../../certs/self-signed.ts";
import { startProgram, type Child } from "../../scripts/child-process.ts";
import { writeLayout } from "../../test/support/artifacts.ts";
import { readProcessorMs } from "../../test/support/process-figures.ts";
import { signedArtifacts, signedPolicy } from "./signed-reviews.ts";

/** A program that answers reviews, and how it is run. */
export interface Subject {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly flags: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
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
const certificate = await makeServingCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, new Date());

/** The least that any webhook in Node can do, with Node's own settings. */
export const bareHandler: Subject = {
  name: "bare",
  file: join(root, "bench/beside/bare-server.ts"),
  args: ["tls.crt", "tls.key"],
  flags: [],
  environment: {},
};

/** The gate of a checkout, bundled by its own script, with the flags and the environment that its image gives Node. */
export async function buildGate(name: string, checkout: string): Promise<Subject> {
  const folder = resolve(checkout);
  const file = join(folder, "dist", "assaygate.mjs");
  execFileSync(process.execPath, [join(folder, "scripts/build.ts"), "--outfile", file], {
    cwd: folder,
    stdio: "ignore",
  });
  const { nodeFlags, nodeEnvironment = {} } = (await import(join(folder, "scripts/node-flags.ts"))) as {
    readonly nodeFlags: readonly string[];
    // Older checkouts have none.
    readonly nodeEnvironment?: NodeJS.ProcessEnv;
  };
  return { name, file, args: ["serve", "--config", "config.json"], flags: nodeFlags, environment: nodeEnvironment };
}

/** Starts a subject on one core, as a pod does: with a configuration and a certificate, and the signed evidence of the bench. */
export async function startSubject({ name, file, args, ...given }: Subject, core: number): Promise<RunningSubject> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-bench-"));
  await writeHome(folder);
  const child = startProgram(file, args, folder, { ...given, core });
  const { url } = JSON.parse(await child.line(/"msg":"ready"|^\{"url"/)) as { url: string };
  const pid = pidOf(child);
  const readyProcessorMs = readProcessorMs(pid);
  return {
    name,
    pid,
    url,
    ca: certificate.ca,
    readyProcessorMs,
    async [Symbol.asyncDispose]() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What every subject finds in its folder. */
async function writeHome(folder: string): Promise<void> {
  const loopback = { host: "127.0.0.1", port: 0 };
  const config = {
    listen: loopback,
    health: loopback,
    tls: { certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key") },
    policies: { directory: join(folder, "policies") },
    layout: join(folder, "evidence"),
  };
  mkdirSync(config.policies.directory);
  writeFileSync(join(config.policies.directory, "policy.json"), signedPolicy);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(config.tls.certFile, certificate.cert);
  writeFileSync(config.tls.keyFile, certificate.key);
  await writeLayout(config.layout, signedArtifacts);
}

function pidOf({ process: { pid } }: Child): number {
  if (pid === undefined) throw new Error("the program did not start");
  return pid;
}
