import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { component } from "../support/components.ts";
import { root, type Step } from "./documents.ts";

/** What a command printed, both streams together, and how it ended. */
export interface Ran {
  readonly text: string;
  readonly status: number;
}

/** Something like a fresh checkout, in which commands may leave things behind. */
export interface Checkout extends AsyncDisposable {
  /** Runs the steps in one shell, one after the other. */
  run(steps: readonly Step[]): Promise<Ran[]>;
  /** Starts a command and waits until it says `ready:`. It is stopped with the checkout. */
  serve(command: string): Promise<void>;
}

const left = new Set(["assaygate.d", "coverage", "dist", "docs", ".git"]);
const mark = "assaygate-step-ends";

/** Ports that documents name are exchanged for free ones. `variables` are added to what a person's shell has. */
export async function openCheckout(variables: NodeJS.ProcessEnv = {}): Promise<Checkout> {
  const folder = makeFolder();
  const ports = new Map([
    ["8443", await freePort()],
    ["8080", await freePort()],
  ]);
  const withPorts = (text: string): string => text.replaceAll(/8443|8080/g, (port) => String(ports.get(port)));
  const options = { cwd: folder, env: { ...environment(), ...variables } };
  const started: ReturnType<typeof spawn>[] = [];

  return {
    async run(steps) {
      const script = steps.map(({ command }) => `${withPorts(command)}\nprintf '\\n${mark} %s\\n' $?`);
      const text = await shell(["exec 2>&1 </dev/null", ...script].join("\n"), options);
      return text
        .split(new RegExp(`\n${mark} ([0-9]+)\n`))
        .slice(0, -1)
        .flatMap((part, at, parts) => (at % 2 === 0 ? [{ text: part, status: Number(parts[at + 1]) }] : []));
    },
    serve(command) {
      // Detached: a group of its own, so that npm and what it starts can be stopped together.
      const child = spawn("bash", ["-c", withPorts(command)], { ...options, detached: true });
      started.push(child);
      return saysReady(child, command);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(started.map(stop));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-docs-"));
  for (const name of readdirSync(root).filter((entry) => !left.has(entry)))
    symlinkSync(join(root, name), join(folder, name));
  cpSync(join(root, "docs"), join(folder, "docs"), { recursive: true });
  return folder;
}

function saysReady(child: ChildProcessWithoutNullStreams, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      if (/^ready:/m.test(said)) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", (status) => reject(new Error(`${command} ended with ${status}:\n${said}`)));
  });
}

/** As a person's shell would have it: nothing of the npm that runs the tests, this Node first, then the components. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_OPTIONS$|COLOR/.test(name));
  const oras = component("oras");
  const folders = [dirname(process.execPath), ...("path" in oras ? [dirname(oras.path)] : []), process.env["PATH"]];
  return { ...Object.fromEntries(own), PATH: folders.join(delimiter) };
}

function shell(script: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile("bash", ["-c", script], { ...options, timeout: 60_000 }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
  });
}

async function stop(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.removeAllListeners("exit");
  process.kill(-child.pid, "SIGTERM");
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(address)));
    });
  });
}
