import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

const main = join(import.meta.dirname, "../../cli/main.ts");

describe("the code that Node compiles", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assaygate-compiled-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const printVersion = (env: Readonly<Record<string, string>>): Promise<{ stdout: string; stderr: string }> =>
    promisify(execFile)(process.execPath, [main, "version"], { env: { PATH: process.env["PATH"], ...env } });

  it("is kept under the user's caches", async () => {
    await printVersion({ HOME: folder });
    expect(await readdir(join(folder, ".cache", "assaygate", "compiled"))).toHaveLength(1);
    const caches = join(folder, "caches");
    await printVersion({ HOME: folder, XDG_CACHE_HOME: caches });
    expect(await readdir(join(caches, "assaygate", "compiled"))).toHaveLength(1);
  });

  it("is not kept where that is turned off", async () => {
    const caches = join(folder, "off");
    await printVersion({ XDG_CACHE_HOME: caches, NODE_DISABLE_COMPILE_CACHE: "1" });
    await expect(readdir(caches)).rejects.toThrow("ENOENT");
  });

  it("is compiled anew where the folder cannot be made", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const { stdout, stderr } = await printVersion({ XDG_CACHE_HOME: file });
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^assaygate /), ""]);
  });
});
