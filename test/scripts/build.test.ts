import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import manifest from "../../package.json" with { type: "json" };

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const suite = existsSync(join(root, "cli/main.ts")) ? describe : describe.skip;

suite("the bundle, alone in a folder", () => {
  let built: string;
  let alone: string;

  beforeAll(async () => {
    built = await mkdtemp(join(tmpdir(), "assaygate-build-"));
    alone = await mkdtemp(join(tmpdir(), "assaygate-alone-"));
    const outfile = join(built, "assaygate.mjs");
    await run(process.execPath, [join(root, "scripts/build.ts"), "--outfile", outfile]);
    await cp(built, alone, { recursive: true });
  }, 60_000);
  afterAll(async () => {
    await rm(built, { recursive: true, force: true });
    await rm(alone, { recursive: true, force: true });
  });

  test("knows its version", async () => {
    const { stdout } = await run(process.execPath, ["assaygate.mjs", "--version"], { cwd: alone });
    expect(stdout.trim()).toBe(`assaygate ${manifest.version}`);
  });

  test("explains itself", async () => {
    const { stdout } = await run(process.execPath, ["assaygate.mjs", "--help"], { cwd: alone });
    expect(stdout).toContain("serve");
  });

  test("leaves out zod's messages in other languages, which are half of zod", async () => {
    const maps = (await readdir(join(alone, "chunks"))).filter((name) => name.endsWith(".map"));
    const sources = await Promise.all(
      maps.map(async (name) => {
        const map = JSON.parse(await readFile(join(alone, "chunks", name), "utf8")) as { readonly sources: string[] };
        return map.sources;
      }),
    );
    const locales = sources.flat().filter((source) => source.includes("/zod/v4/locales/"));
    expect(locales.map((path) => basename(path))).toEqual(["en.js"]);
  });
});
