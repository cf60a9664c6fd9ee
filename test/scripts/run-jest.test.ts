import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import * as z from "zod";
import { runJest } from "../../scripts/run-jest.ts";
import type { Tally } from "../../scripts/tally.ts";
import { eventually } from "../support/cluster/eventually.ts";
import config from "../../jest.config.ts";

/** jest runs suites here that start processes, end them, and run out of time. */
jest.setTimeout(240_000);

/** After this time a suite that never ends is ended. */
const suiteLimitMs = 8_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "assaygate-run-jest-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is read of jest's report: https://jestjs.io/docs/configuration#testresultsprocessor-string. */
const report = z.object({
  testResults: z.array(z.object({ name: z.string(), status: z.string(), message: z.string() })),
});

interface Run {
  readonly tally: Tally;
  /** By name. */
  readonly suites: Readonly<Record<string, { readonly status: string; readonly message: string } | undefined>>;
  readonly output: string;
}

/** Runs suites, by name, as those of this checkout are run. A name that ends in `.ts` is another module's. */
async function run(sources: Readonly<Record<string, string>>, workers: number, ...options: string[]): Promise<Run> {
  const root = mkdtempSync(join(folder, "suites-"));
  mkdirSync(join(root, "test"));
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  for (const [name, source] of Object.entries(sources)) {
    const imports = 'import { expect, jest, test } from "@jest/globals";';
    if (name.endsWith(".ts")) writeFileSync(join(root, "test", name), source);
    else writeFileSync(join(root, "test", `${name}.test.ts`), `${imports}\n${source}\n`);
  }
  const reportFile = join(root, "report.json");
  const outputFile = join(root, "output.txt");
  const output = openSync(outputFile, "w");
  const args = ["--config", JSON.stringify(configFor(root)), `--maxWorkers=${workers}`, ...options];
  const tally = await runJest(args, reportFile, ["ignore", output, output]);
  closeSync(output);
  const text = existsSync(reportFile) ? readFileSync(reportFile, "utf8") : '{ "testResults": [] }';
  const { testResults } = report.parse(JSON.parse(text));
  const suites = Object.fromEntries(testResults.map((each) => [basename(each.name, ".test.ts"), each]));
  return { tally, suites, output: readFileSync(outputFile, "utf8") };
}

/** How the suites of this checkout run, elsewhere. */
function configFor(rootDir: string): object {
  const { projects: [project] = [], testTimeout, workerIdleMemoryLimit, coverageProvider } = config;
  if (typeof project !== "object") throw new Error("jest.config.ts has no projects");
  const { testEnvironment, runtime, transform, injectGlobals, testMatch } = project;
  const [environmentHere, runtimeHere] = [testEnvironment, runtime].map((path) =>
    String(path).replace("<rootDir>", join(import.meta.dirname, "../..")),
  );
  const settings = { transform, injectGlobals, testMatch, testTimeout, workerIdleMemoryLimit, coverageProvider };
  const options = { testEnvironment: environmentHere, testEnvironmentOptions: { suiteLimitMs }, runtime: runtimeHere };
  return { ...settings, ...options, rootDir };
}

const passes = 'test("passes", () => expect(1).toBe(1));';

/** What goes wrong, how, and what jest says of it. */
const faults: Readonly<Record<string, readonly [string, ...RegExp[]]>> = {
  fails: [
    'test("fails", () => {\n  const found: number = 1;\n  expect(found).toBe(2);\n});',
    /● fails$/m,
    /Expected: 2/,
    /at .*test\/fails\.test\.ts:4:17\)?$/m,
  ],
  throws: [
    `${passes}\nthrow new Error("thrown while it is loaded");`,
    /thrown while it is loaded/,
    /at test\/throws\.test\.ts:3:7$/m,
  ],
  isNoCode: ["const = 1;", /isNoCode\.test\.ts:2/, /SyntaxError/],
  lacksImport: ['import "./absent.ts";', /Cannot find module .*absent\.ts/],
  lacksTests: ["", /must contain at least one test/],
  waits: [
    `jest.setTimeout(200);\ntest("waits", () => new Promise(() => undefined));\n${passes}`,
    /● waits$/m,
    /Exceeded timeout of 200 ms/,
    /at test\/waits\.test\.ts:3:1$/m,
  ],
  hookWaits: [
    `import { beforeAll } from "@jest/globals";\nbeforeAll(() => new Promise(() => undefined), 200);\n${passes}`,
    /● passes$/m,
    /Exceeded timeout of 200 ms for a hook/,
  ],
  neverLoads: [`${passes}\nawait new Promise(() => undefined);`, /signal=SIGKILL/],
  exits: ['test("exits", () => process.exit(3));', /encountered 4 child process exceptions/],
  crashes: ['test("crashes", () => void process.kill(process.pid, "SIGSEGV"));', /signal=SIGSEGV/],
  rejects: [
    'test("passes by", async () => {\n  void Promise.reject(new Error("nobody looks"));\n' +
      "  await new Promise((resolve) => setImmediate(resolve));\n});",
    /● passes by$/m,
    /nobody looks/,
  ],
};

describe("suites in which something goes wrong", () => {
  const good = { good: passes, alsoGood: passes };
  let result: Run;
  beforeAll(async () => {
    result = await run(
      { ...good, ...Object.fromEntries(Object.entries(faults).map(([name, [code]]) => [name, code])) },
      2,
    );
  });

  it.each(Object.entries(faults))("%s: fails, and says why and where", (name, [, ...says]) => {
    const suite = result.suites[name];
    expect(suite?.status).toBe("failed");
    for (const pattern of says) expect(suite?.message).toMatch(pattern);
  });

  it("are all counted, and no other suite fails", () => {
    for (const name of Object.keys(good)) expect(result.suites[name]?.status).toBe("passed");
    expect(result.tally).toEqual({ passed: 3, failed: Object.keys(faults).length, skipped: 0 });
  });
});

/** Never gives control back, as a loop without an end would, and takes no processor time meanwhile. */
const block = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";

it("a suite that never gives control back is ended by name, and one that leaves a server open holds up nothing", async () => {
  const open =
    'import { createServer } from "node:http";\ntest("listens", (done) => void createServer().listen(0, done));';
  const { tally, suites, output } = await run({ open, blocks: `test("blocks", () => {\n  ${block}\n});` }, 1);
  expect(output).toContain("test/blocks.test.ts has not ended after 8 s: its process is killed");
  expect(suites["blocks"]?.message).toMatch(/signal=SIGKILL/);
  expect(tally).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

it("where jest itself is killed there is one failure, and the suites end, too", async () => {
  const pidFile = join(folder, "pid");
  const kills =
    `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(pidFile)}, String(process.pid));\n` +
    'test("kills", () => {\n  process.kill(process.ppid, "SIGKILL");\n' +
    `  ${block}\n});`;
  expect((await run({ kills }, 1)).tally).toEqual({ passed: 0, failed: 1, skipped: 0 });
  const pid = Number(readFileSync(pidFile, "utf8"));
  await eventually("the suite's process has ended", () => !isRunning(pid));
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it("suites of one process leave one another neither variables, nor folder, names and times", async () => {
  const leaves =
    "const { LEFT, PATH } = process.env;\nconst before = expect.getState().currentTestName;\nconst folder = process.cwd();\n" +
    'process.env["LEFT"] = "1";\ndelete process.env["PATH"];\nprocess.chdir("/");\n' +
    'test("is told", () => console.log(`process ${process.pid}`));\n' +
    'test("finds nothing", async () => {\n  await new Promise((resolve) => setTimeout(resolve, 50));\n' +
    '  expect({ LEFT, before, path: PATH !== undefined, moved: folder === "/" }).toEqual({ path: true, moved: false });\n});\n' +
    'test("sets a time for itself alone", () => jest.setTimeout(10));';
  const { tally, output } = await run({ first: leaves, second: leaves, third: leaves }, 1);
  expect(tally).toEqual({ passed: 9, failed: 0, skipped: 0 });
  expect(new Set(output.match(/process \d+/g)).size).toBe(1);
});

it("coverage says what ran of which module, by lines of its source", async () => {
  const lines = [
    "function rests(): number {",
    "  return 2;",
    "}",
    "export const runs = (): number => 1;",
    "export { rests };",
  ];
  const suite = `import { runs } from "./half.ts";\ntest("runs", () => expect(runs()).toBe(1));`;
  const where = ["--coverage", "--coverageReporters=json", `--coverageDirectory=${folder}`];
  const { tally } = await run({ one: suite, other: suite, "half.ts": lines.join("\n") }, 1, ...where);
  expect(tally).toEqual({ passed: 2, failed: 0, skipped: 0 });
  const covered = z.record(z.string(), z.object({ s: z.record(z.string(), z.number()) }));
  const modules = covered.parse(JSON.parse(readFileSync(join(folder, "coverage-final.json"), "utf8")));
  expect(Object.keys(modules).map((path) => basename(path))).toEqual(["half.ts"]);
  const [counts = []] = Object.values(modules).map(({ s }) => Object.values(s));
  expect(counts.map((count) => count > 0)).toEqual([false, false, false, true, true]);
});
