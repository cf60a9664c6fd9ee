import { execFileSync } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requirePath as componentPath } from "../../scripts/components/locate.ts";
import { startDockerRegistry } from "../../test/support/docker-registry.ts";
import { median } from "../median.ts";
import { runMeasured, type Ran } from "./run-measured.ts";

/** How long two programs took for the same files, and the most memory that ours held. */
export interface Transfer {
  readonly what: string;
  /** Of our time to theirs. */
  readonly ratio: number;
  readonly oursMs: number;
  readonly orasMs: number;
  readonly oursRssMiB: number;
}

/**
 * Pushes and pulls one folder with one large file, and one with many small ones, with assaygate and with oras, into the same
 * real registry, taking turns. oras gets every file as a layer of its own, too, and sends it as it is; ours is an archive in
 * gzip, with a digest more to compute. Ours runs with Node's own defaults, without the image's flags.
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

/** A program that pushes and pulls the one folder. */
interface Tool {
  push(): Promise<Ran>;
  /** What `push` pushed last. */
  pull(out: string): Promise<Ran>;
}

interface Compared {
  readonly ours: Ran;
  readonly oras: Ran;
}

async function compare(
  host: string,
  bundle: string,
  folder: string,
  names: readonly string[],
  rounds: number,
  what: string,
): Promise<Transfer[]> {
  const pushes: Compared[] = [];
  const pulls: Compared[] = [];
  for (let round = 0; round < rounds; round++) {
    // A repository of its own each time, so that nothing is there already.
    const name = `${host}/bench/${createHash("sha1").update(`${what} ${round}`).digest("hex")}`;
    const [ours, theirs] = [createOurs(bundle, folder, `${name}/ours`), createOras(folder, `${name}/oras`, names)];
    const oursFirst = round % 2 === 0;
    pushes.push(
      await inTurn(
        oursFirst,
        () => settled(() => ours.push()),
        () => settled(() => theirs.push()),
      ),
    );
    const pullOurs = (): Promise<Ran> => intoFolder(folder, (out) => ours.pull(out));
    const pullTheirs = (): Promise<Ran> => intoFolder(folder, (out) => theirs.pull(out));
    // Not measured: a virtual machine gives free memory back to its host after a while, and whoever takes it first waits for it.
    await settled(oursFirst ? pullOurs : pullTheirs);
    pulls.push(await inTurn(oursFirst, pullOurs, pullTheirs));
  }
  return [transfer(`push ${what}`, pushes), transfer(`pull ${what}`, pulls)];
}

function createOurs(bundle: string, folder: string, repository: string): Tool {
  let digest = "";
  return {
    async push() {
      const options = ["--to", `${repository}:v1`, "--plain-http", "--allow-many-files", "-o", "json"];
      const pushed = await runMeasured(process.execPath, [bundle, "push", folder, ...options], folder);
      ({ digest } = JSON.parse(pushed.said) as { digest: string });
      return pushed;
    },
    pull: (out) =>
      runMeasured(process.execPath, [bundle, "pull", `${repository}@${digest}`, "--plain-http", "-o", out], folder),
  };
}

function createOras(folder: string, repository: string, names: readonly string[]): Tool {
  const options = ["--plain-http", "--no-tty", `${repository}:v1`];
  return {
    push: () => runMeasured(componentPath("oras"), ["push", ...options, ...names], folder),
    pull: (out) => runMeasured(componentPath("oras"), ["pull", ...options, "-o", out], folder),
  };
}

/** They take turns in who goes first. */
async function inTurn(oursFirst: boolean, ours: () => Promise<Ran>, oras: () => Promise<Ran>): Promise<Compared> {
  if (oursFirst) return { ours: await ours(), oras: await oras() };
  const theirs = await oras();
  return { ours: await ours(), oras: theirs };
}

/** What was written before is on the disk by then. */
function settled(measure: () => Promise<Ran>): Promise<Ran> {
  execFileSync("sync");
  return measure();
}

/**
 * What was pulled is emptied, and deleted with everything else at the end. ext4 does not use a file's place again for some seconds
 * after it was deleted, and looks at each of those before it makes a new one: whoever pulls next would pay for that.
 */
async function intoFolder(beside: string, pull: (out: string) => Promise<Ran>): Promise<Ran> {
  const out = join(mkdtempSync(`${beside}-out-`), "out");
  const ran = await pull(out);
  for (const name of readdirSync(out)) truncateSync(join(out, name));
  return ran;
}

/** Medians over the rounds: what else happens on the machine makes some of them slower, and not both programs alike. */
function transfer(what: string, rounds: readonly Compared[]): Transfer {
  return {
    what,
    ratio: median(rounds.map(({ ours, oras }) => ours.ms / oras.ms)),
    oursMs: median(rounds.map(({ ours }) => ours.ms)),
    orasMs: median(rounds.map(({ oras }) => oras.ms)),
    oursRssMiB: Math.max(...rounds.map(({ ours }) => ours.rssMiB)),
  };
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
