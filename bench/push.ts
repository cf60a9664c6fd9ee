import { spawn } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFlags } from "../scripts/node-flags.ts";
import { locatedPath as componentPath } from "../scripts/components/locate.ts";
import { startDockerRegistry } from "../test/support/docker-registry.ts";

/** How long two programs took for the same files, and the most memory that ours held. */
export interface Transfer {
  readonly what: string;
  readonly oursMs: number;
  readonly orasMs: number;
  readonly oursRssMiB: number;
}

interface Ran {
  readonly ms: number;
  readonly rssMiB: number;
}

/**
 * Pushes and pulls one folder with one large file, and one with many small ones, with assaygate and with oras, into the same
 * real registry, taking turns. oras gets every file as a layer of its own, too, and sends it as it is; ours is an archive in
 * gzip, with a digest more to compute.
 */
export async function measureTransfers(
  bundle: string,
  largeBytes: number,
  smallFiles: number,
  rounds: number,
): Promise<Transfer[]> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-bench-"));
  const registry = await startDockerRegistry();
  try {
    const large = join(folder, "large");
    const small = join(folder, "small");
    writeLarge(large, largeBytes);
    const names = writeSmall(small, smallFiles);
    return [
      ...(await compare(
        registry.host,
        bundle,
        large,
        ["large.bin"],
        rounds,
        `one file of ${largeBytes / 1024 ** 2} MiB`,
      )),
      ...(await compare(registry.host, bundle, small, names, rounds, `${smallFiles} small files`)),
    ];
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(
  host: string,
  bundle: string,
  folder: string,
  names: readonly string[],
  rounds: number,
  what: string,
): Promise<Transfer[]> {
  const pushes: { ours: Ran; oras: Ran }[] = [];
  const pulls: { ours: Ran; oras: Ran }[] = [];
  for (let round = 0; round < rounds; round++) {
    // A repository of its own each time, so that nothing is there already.
    const name = `${host}/bench/${createHash("sha1").update(`${what} ${round}`).digest("hex")}`;
    const [ours, theirs] = [`${name}/ours`, `${name}/oras`];
    const out = mkdtempSync(join(tmpdir(), "assaygate-bench-out-"));
    try {
      const pushed = await run(
        process.execPath,
        [
          ...nodeFlags,
          bundle,
          "push",
          folder,
          "--to",
          `${ours}:v1`,
          "--plain-http",
          "--allow-many-files",
          "-o",
          "json",
        ],
        folder,
      );
      const { digest } = JSON.parse(pushed.said) as { digest: string };
      const orasPushed = await run(
        componentPath("oras"),
        ["push", "--plain-http", "--no-tty", `${theirs}:v1`, ...names],
        folder,
      );
      pushes.push({ ours: pushed, oras: orasPushed });
      const pulled = await run(
        process.execPath,
        [...nodeFlags, bundle, "pull", `${ours}@${digest}`, "--plain-http", "-o", join(out, "ours")],
        folder,
      );
      const orasPulled = await run(
        componentPath("oras"),
        ["pull", "--plain-http", "--no-tty", `${theirs}:v1`, "-o", join(out, "oras")],
        folder,
      );
      pulls.push({ ours: pulled, oras: orasPulled });
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  }
  return [transfer(`push ${what}`, pushes), transfer(`pull ${what}`, pulls)];
}

/** The best round of each: what else ran on the machine only ever makes it slower. */
function transfer(what: string, rounds: readonly { ours: Ran; oras: Ran }[]): Transfer {
  return {
    what,
    oursMs: Math.min(...rounds.map(({ ours }) => ours.ms)),
    orasMs: Math.min(...rounds.map(({ oras }) => oras.ms)),
    oursRssMiB: Math.max(...rounds.map(({ ours }) => ours.rssMiB)),
  };
}

async function run(program: string, args: readonly string[], cwd: string): Promise<Ran & { readonly said: string }> {
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

/** Random, as what is compressed already looks. */
function writeLarge(folder: string, bytes: number): void {
  mkdirSync(folder);
  const file = openSync(join(folder, "large.bin"), "w");
  const piece = Buffer.alloc(16 * 1024 * 1024);
  for (let left = bytes; left > 0; left -= piece.byteLength) {
    randomFillSync(piece);
    writeSync(file, piece, 0, Math.min(left, piece.byteLength));
  }
  closeSync(file);
}

function writeSmall(folder: string, count: number): string[] {
  mkdirSync(folder);
  return Array.from({ length: count }, (_, at) => {
    const name = `sample-${at}.json`;
    const sample = { id: at, prompt: `What is ${at} plus ${at * 3}?`, answer: at * 4, log: "ok ".repeat(300) };
    writeFileSync(join(folder, name), JSON.stringify(sample));
    return name;
  });
}
