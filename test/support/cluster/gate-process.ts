import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { nodeFlags } from "../../../scripts/node-flags.ts";
import type { Json } from "../artifacts.ts";
import { issue, makeCa } from "../certificates.ts";
import { startProgram, type Program } from "./program.ts";

export interface GateProcessOptions {
  /** The bundled gate. */
  readonly bundle: string;
  /** Where its folder is made; its log stays there when it ends. */
  readonly parent: string;
  /** Policy and exception documents, by file name. */
  readonly policies: Readonly<Record<string, Json>>;
  /** Merged over the tests' own configuration; relative paths start at the gate's folder. */
  readonly config?: Json;
  readonly env?: NodeJS.ProcessEnv;
}

/** The bundled gate as a process of its own, as an image would run it. */
export interface GateProcess extends AsyncDisposable {
  /** Where reviews go, without a path. */
  readonly url: string;
  readonly healthUrl: string;
  /** PEM of the authority that signed its certificate. */
  readonly ca: string;
  /** Holds config.yaml, policies/ and gate.log. */
  readonly folder: string;
  readonly policyFolder: string;
  readonly program: Program;
  /** Everything logged, parsed. */
  log(): Promise<readonly Json[]>;
  /** Stops it as a pod is stopped: SIGTERM. */
  stop(): Promise<void>;
  /** Stops it as a node fails: SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a gate on free loopback ports, with a certificate for 127.0.0.1, and waits until it is ready. */
export async function startGateProcess(options: GateProcessOptions): Promise<GateProcess> {
  const { bundle, parent, policies, config = {}, env = {} } = options;
  const folder = await mkdtemp(join(parent, "gate-"));
  const policyFolder = join(folder, "policies");
  await mkdir(policyFolder);
  await writeAll(policyFolder, policies);
  const ca = await writeConfig(folder, config);
  const program = startProgram(
    process.execPath,
    [...nodeFlags, bundle, "serve", "--config", join(folder, "config.yaml")],
    join(folder, "gate.log"),
    env,
  );
  const log = async (): Promise<readonly Json[]> => entriesIn(await program.said());
  try {
    const { url, healthUrl } = await program.until("says that it is ready", async () => addressesIn(await log()));
    await program.until("is ready", async () => (await fetch(`${healthUrl}/readyz`)).ok);
    return {
      url,
      healthUrl,
      ca,
      folder,
      policyFolder,
      program,
      log,
      stop: program.terminate,
      kill: program.stop,
      [Symbol.asyncDispose]: program.stop,
    };
  } catch (error) {
    await program.stop();
    throw error;
  }
}

/** Returns the authority that signed the certificate, PEM. */
async function writeConfig(folder: string, config: Json): Promise<string> {
  const ca = await makeCa("assaygate test gate");
  const { cert, key } = await issue(ca, { dns: ["localhost"], ip: ["127.0.0.1"] });
  const loopback = { host: "127.0.0.1", port: 0 };
  const tls = { certFile: "tls.crt", keyFile: "tls.key" };
  const policies = { directory: "policies", reloadMs: 20 };
  const own = { listen: loopback, health: loopback, tls, policies, drainMs: 0 };
  await writeAll(folder, { "tls.crt": cert, "tls.key": key, "config.yaml": { ...own, ...config } });
  return ca.cert;
}

async function writeAll(folder: string, files: Readonly<Record<string, Json | string>>): Promise<void> {
  await Promise.all(
    Object.entries(files).map(([name, content]) =>
      writeFile(join(folder, name), typeof content === "string" ? content : stringify(content)),
    ),
  );
}

/** The log's JSON lines; the gate also says a line for people, and its last line may not be whole yet. */
function entriesIn(text: string): readonly Json[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Json);
}

function addressesIn(log: readonly Json[]): { url: string; healthUrl: string } | undefined {
  const ready = log.find(({ msg }) => msg === "ready");
  return ready === undefined ? undefined : { url: String(ready["url"]), healthUrl: String(ready["healthUrl"]) };
}
