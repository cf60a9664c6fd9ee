import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, sep } from "node:path";
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

  describe("run by its script", () => {
    const library = join(root, "policies/library");
    const lint = (script: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
      run(process.execPath, [script, "lint", ...args], { env: { XDG_CACHE_HOME: join(alone, "caches") } });
    const listKept = async (): Promise<string[]> =>
      (await readdir(join(alone, "caches/assaygate/compiled"))).filter((name) => name.endsWith(".code"));

    test("keeps compiled code of a command that did something, once", async () => {
      const file = join(alone, "assaygate.mjs");
      await lint(file, "--help");
      await expect(lint(file, "--none")).rejects.toMatchObject({ code: 2 });
      expect(await listKept()).toEqual([]);
      const first = await lint(file, library);
      expect(await listKept()).toEqual(["lint.code"]);
      const written = await stat(join(alone, "caches/assaygate/compiled/lint.code"));
      expect(await lint(file, library)).toEqual(first);
      expect((await stat(join(alone, "caches/assaygate/compiled/lint.code"))).mtimeMs).toBe(written.mtimeMs);
    });

    test("says the same by its modules, where the script is not", async () => {
      const image = await mkdtemp(join(tmpdir(), "assaygate-image-"));
      try {
        await cp(built, image, { recursive: true, filter: (source) => !source.endsWith(".cjs") });
        const expected = await lint(join(alone, "assaygate.mjs"), library);
        expect(await lint(join(image, "assaygate.mjs"), library)).toEqual(expected);
      } finally {
        await rm(image, { recursive: true, force: true });
      }
    });

    test("reads large libraries from its modules", async () => {
      const file = join(alone, "assaygate.mjs");
      const asked = run(process.execPath, [file, "inspect", `127.0.0.1:1/a/b@sha256:${"0".repeat(64)}`], {
        env: { XDG_CACHE_HOME: join(alone, "caches") },
      });
      await expect(asked).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining("connection refused") });
    });
  });

  /** The files that it is made of, from the folder of the checkout. */
  async function listSources(): Promise<string[]> {
    const maps = (await readdir(built, { recursive: true })).filter((name) => name.endsWith(".map"));
    const sources = await Promise.all(
      maps.map(async (name) => {
        const map = JSON.parse(await readFile(join(built, name), "utf8")) as { readonly sources: string[] };
        return map.sources.map((source) => relative(root, join(built, dirname(name), source)));
      }),
    );
    return sources.flat();
  }

  test("is made of files that the image's build has, too", async () => {
    const lines = (await readFile(join(root, ".dockerignore"), "utf8")).split("\n");
    const admitted = new Set(lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1)));
    const folders = (await listSources()).map((path) => path.split(sep)[0] ?? "").filter((name) => name !== "..");
    const own = new Set(folders.filter((name) => name !== "node_modules"));
    expect(own.size).toBeGreaterThan(5);
    expect([...own].filter((name) => !admitted.has(name))).toEqual([]);
  });

  test("leaves out zod's messages in other languages, which are half of zod", async () => {
    const locales = (await listSources()).filter((source) => source.includes("/zod/v4/locales/"));
    expect(new Set(locales.map((path) => basename(path)))).toEqual(new Set(["en.js", "index.js"]));
  });
});
