/**
 * `npm test`: provides the test components, runs jest with any further arguments, and ends with one line of the form
 * `N passed, N failed, N skipped`.
 *
 * jest runs twice: the tests on real nodes come after all others, because they take the machine to themselves. Where the
 * arguments choose projects it runs once.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideComponents, reportComponents } from "./components/provide.ts";
import { jestReport, hasSucceeded, sum, countTests, showTally, type JestReport } from "./tally.ts";

const root = join(import.meta.dirname, "..");

function runJest(args: readonly string[], reportFile: string): boolean {
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const report = ["--json", `--outputFile=${reportFile}`];
  const { status } = spawnSync(process.execPath, [...node, jest, ...report, ...args], { cwd: root, stdio: "inherit" });
  return status === 0;
}

/** The arguments of each run of jest. One of several may find nothing to do. */
function runsOf(given: readonly string[]): string[][] {
  if (given.some((argument) => /^--(?:select|ignore)Projects\b/.test(argument))) return [[...given]];
  return [
    // The option that takes a list comes first, or it would take a path that is given.
    ["--ignoreProjects=node", "--passWithNoTests", ...given],
    ["--selectProjects=node", "--passWithNoTests", "--runInBand", ...given],
  ];
}

function readReport(file: string): JestReport | undefined {
  try {
    return jestReport.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

reportComponents(provideComponents());
const folder = mkdtempSync(join(tmpdir(), "assaygate-test-"));
try {
  const given = process.argv.slice(2);
  const results = runsOf(given).map((args, at) => {
    const reportFile = join(folder, `report-${at}.json`);
    const jestSucceeded = runJest(args, reportFile);
    return countTests(readReport(reportFile), jestSucceeded);
  });
  const result = sum(results);
  process.exitCode = hasSucceeded(result) ? 0 : 1;
  console.log(showTally(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
