/**
 * `npm test`: provides the test components, runs jest with any further arguments, and ends with one line of the form
 * `N passed, N failed, N skipped`.
 *
 * Without arguments the end-to-end tests, which share one cluster and so run one after the other, and all others run at the
 * same time. The tests on real nodes take the machine to themselves, and minutes: they have commands of their own,
 * `npm run node` and `npm run lost-node`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentNames, nodeOnly } from "./components/catalogue.ts";
import { provideComponents, reportComponents } from "./components/provide.ts";
import { addTallies, jestReport, hasSucceeded, countTests, showTally, type JestReport, type Tally } from "./tally.ts";

const root = join(import.meta.dirname, "..");

/** Runs jest to its end. */
async function runJest(args: readonly string[], reportFile: string): Promise<Tally> {
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  // What takes a list comes before what does not, or it would take a path that is given.
  const all = [...node, jest, ...listOwn(args), "--json", `--outputFile=${reportFile}`, ...args];
  const [code] = (await once(spawn(process.execPath, all, { cwd: root, stdio: "inherit" }), "exit")) as [number | null];
  return countTests(readReport(reportFile), code === 0);
}

/** Tests on real nodes. They are run where they are chosen. */
const nodeProjects = ["node", "lost-node"];

function listOwn(args: readonly string[]): string[] {
  return args.some((argument) => /^--(?:select|ignore)Projects\b/.test(argument))
    ? []
    : nodeProjects.map((name) => `--ignoreProjects=${name}`);
}

function readReport(file: string): JestReport | undefined {
  try {
    return jestReport.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

/** As many at a time as the machine has cores: jest itself leaves one out. */
const everything = [
  ["--selectProjects=e2e", "--runInBand"],
  ["--selectProjects=test", "--maxWorkers=100%"],
];

const given = process.argv.slice(2);
const onNodes = nodeProjects.some((name) => given.includes(`--selectProjects=${name}`));
reportComponents(provideComponents(componentNames.filter((name) => onNodes || !nodeOnly.has(name))));
const folder = mkdtempSync(join(tmpdir(), "assaygate-test-"));
try {
  const runs = given.length === 0 ? everything : [given];
  const tallies = await Promise.all(runs.map((args, at) => runJest(args, join(folder, `report-${at}.json`))));
  const result = addTallies(tallies);
  process.exitCode = hasSucceeded(result) ? 0 : 1;
  console.log(showTally(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
