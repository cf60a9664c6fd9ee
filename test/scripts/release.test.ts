import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import manifest from "../../package.json" with { type: "json" };

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const examples = join(root, "docs/examples");
const archive = `assaygate-${manifest.version}.tgz`;
const bill = `assaygate-${manifest.version}.cdx.json`;

describe("a release", () => {
  let folder: string;
  let out: string;
  /** As a user has it, who installs the package where nothing else is. */
  let home: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "assaygate-release-test-"));
    [out, home] = [join(folder, "out"), join(folder, "home")];
    await run(process.execPath, [join(root, "scripts/release.ts"), "--out", out]);
    await run("npm", ["install", "--prefix", home, "--offline", "--no-audit", "--no-fund", join(out, archive)]);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const assaygate = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run(join(home, "node_modules/.bin/assaygate"), args, { cwd: folder });

  test("is the package, its bill of materials, and their checksums", async () => {
    expect((await readdir(out)).toSorted()).toEqual(["SHA256SUMS", bill, archive].toSorted());
    const { stdout } = await run("sha256sum", ["--check", "SHA256SUMS"], { cwd: out });
    expect(stdout.trim().split("\n")).toEqual([`${bill}: OK`, `${archive}: OK`]);
  });

  test("says what is inside", async () => {
    const { bomFormat, components } = JSON.parse(await readFile(join(out, bill), "utf8")) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly name: string; readonly version: string }[];
    };
    expect(bomFormat).toBe("CycloneDX");
    const versions = Object.fromEntries(components.map(({ name, version }) => [name, version]));
    expect(versions).toMatchObject(manifest.dependencies);
    expect(Object.keys(versions)).not.toContain("jest");
  });

  test("brings no other package along, and runs no script when it is installed", async () => {
    expect(await readdir(join(home, "node_modules"))).toEqual([".bin", ".package-lock.json", "assaygate"]);
    const file = join(home, "node_modules/assaygate/package.json");
    const installed = JSON.parse(await readFile(file, "utf8")) as object;
    for (const key of ["scripts", "dependencies", "private"]) expect(installed).not.toHaveProperty(key);
  });

  test("checks a workload, publishes results and explains a code, from an empty folder", async () => {
    expect((await assaygate("version")).stdout.trim()).toBe(`assaygate ${manifest.version}`);
    expect((await assaygate("explain", "EVIDENCE_MISSING")).stdout).toContain("EVIDENCE_MISSING");
    const policies = ["--policies", join(examples, "policies"), "--evidence", `oci-layout:${examples}/evidence`];
    const { stdout } = await assaygate("check", "-f", join(examples, "deployment.yaml"), ...policies);
    expect(stdout).toContain("admitted");
    await mkdir(join(folder, "results"));
    await writeFile(join(folder, "results", "a.json"), "{}");
    const pushed = await assaygate("push", "results", "--to", `oci-layout:${folder}/layout`, "--tag", "nightly");
    expect(pushed.stdout).toMatch(/sha256:[0-9a-f]{64}/);
  });
});
