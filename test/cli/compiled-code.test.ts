import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
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
    promisify(execFile)(process.execPath, [main, "version"], {
      cwd: folder,
      timeout: 10_000,
      env: { PATH: process.env["PATH"], ...env },
    });

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

  it.each([
    ["without a home", {}],
    ["with an empty one", { HOME: "" }],
    ["with one that is relative", { HOME: "here", XDG_CACHE_HOME: "caches" }],
  ])("is not taken from where the command runs, %s", async (_, env) => {
    const before = await readdir(folder);
    expect((await printVersion(env)).stderr).toBe("");
    expect(await readdir(folder)).toEqual(before);
  });

  it("is not taken from a folder of somebody else", async () => {
    const caches = join(folder, "theirs");
    await mkdir(caches);
    const source = pathToFileURL(join(import.meta.dirname, "../../cli/compiled-code.ts")).href;
    const script = `import { keepCompiledCode } from ${JSON.stringify(source)}; keepCompiledCode(process.env, process.getuid() + 1); await import(${JSON.stringify(pathToFileURL(main).href.replace("main.ts", "suggest.ts"))});`;
    const env = { PATH: process.env["PATH"], XDG_CACHE_HOME: caches };
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { env });
    expect(await readdir(caches)).toEqual([]);
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script.replace(" + 1", "")], { env });
    expect(await readdir(caches)).toEqual(["assaygate"]);
  });

  it("is kept where nobody else can write", async () => {
    const caches = join(folder, "own");
    await printVersion({ XDG_CACHE_HOME: caches });
    expect((await stat(join(caches, "assaygate", "compiled"))).mode & 0o777).toBe(0o700);
  });

  it("is not taken from a folder of one's own that others can write to, behind a link or not", async () => {
    const open = join(folder, "open");
    await mkdir(open);
    await chmod(open, 0o1777);
    const caches = join(folder, "linked");
    await mkdir(join(caches, "assaygate"), { recursive: true });
    await symlink(open, join(caches, "assaygate", "compiled"));
    for (const each of [open, caches]) expect((await printVersion({ XDG_CACHE_HOME: each })).stderr).toBe("");
    expect(await readdir(open)).toEqual([]);
  });

  it("is compiled anew where the folder cannot be made", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    for (const caches of [file, "/proc"]) {
      const { stdout, stderr } = await printVersion({ XDG_CACHE_HOME: caches });
      expect([stdout, stderr]).toEqual([expect.stringMatching(/^assaygate /), ""]);
    }
  });
});
