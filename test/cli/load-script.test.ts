import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { loadScript } from "../../cli/load-script.ts";
import type { ExitCode } from "../../cli/io.ts";
import { Collector, now } from "./program.ts";

let folder: string;
let kept: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-script-"));
  kept = join(folder, "check.code");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A script that prints its name and ends with `code`. */
async function write(name: string, code: ExitCode = 0): Promise<string> {
  const file = join(folder, `commands-${name}.cjs`);
  await writeFile(
    file,
    `(function(require,module){module.exports={run:async(args,io)=>{io.out.write("${name}");return ${code}}}})`,
  );
  return file;
}

/** What the script printed. */
async function run(file: string): Promise<string> {
  const out = new Collector();
  const io = {
    in: Readable.from([]),
    out,
    err: out,
    env: {},
    cwd: folder,
    now: () => now,
    untilStopped: async () => {},
    interrupted: () => new AbortController().signal,
  };
  await loadScript(file, kept)?.run([], io);
  return out.text;
}

/** Another number for each file that was written. */
async function findKept(): Promise<number> {
  return (await stat(kept)).ino;
}

it("keeps what was compiled, for its owner, and takes it the next time", async () => {
  const script = await write("A");
  expect(await run(script)).toBe("A");
  const first = await findKept();
  expect((await stat(kept)).mode & 0o777).toBe(0o600);
  expect(await run(script)).toBe("A");
  expect(await findKept()).toBe(first);
  expect(await readdir(folder)).toEqual(["check.code", "commands-A.cjs"]);
});

it.each<[string, (content: Buffer) => Buffer]>([
  ["that were changed", (content) => content.with(content.length - 1, (content.at(-1) ?? 0) ^ 1) as Buffer],
  ["that end early", (content) => content.subarray(0, content.length - 1)],
  ["that are not there", () => Buffer.alloc(0)],
])("does not take bytes %s", async (_, change) => {
  const script = await write("A");
  await run(script);
  const [first, content] = [await findKept(), await readFile(kept)];
  await writeFile(kept, change(content));
  expect(await run(script)).toBe("A");
  expect(await findKept()).not.toBe(first);
  expect(await readFile(kept)).toEqual(content);
});

it("does not take what belongs to another script of the same length", async () => {
  await run(await write("A"));
  expect(await run(await write("B"))).toBe("B");
});

it("keeps nothing of a command line that nothing was done for", async () => {
  expect(await run(await write("A", 2))).toBe("A");
  await expect(findKept()).rejects.toThrow("ENOENT");
});

it("runs all the same where nothing can be kept", async () => {
  kept = join(folder, "nowhere", "check.code");
  expect(await run(await write("A"))).toBe("A");
  expect(await readdir(folder)).toEqual(["commands-A.cjs"]);
});

it("runs all the same where a file is in the place of the folder", async () => {
  const script = await write("A");
  kept = join(script, "check.code");
  expect(await run(script)).toBe("A");
});

it("is nothing without the script", () => {
  expect(loadScript(join(folder, "commands-A.cjs"), kept)).toBeUndefined();
});
