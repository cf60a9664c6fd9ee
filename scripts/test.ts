/**
 * `npm test`: provides the test components, runs jest with any further arguments, and ends with one line of the form
 * `N passed, N failed, N skipped`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provideComponents, reportComponents } from "./components/provide.ts";
import { jestReport, hasSucceeded, countTests, showTally, type JestReport } from "./tally.ts";

const root = join(import.meta.dirname, "..");

function runJest(args: readonly string[], reportFile: string): boolean {
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const report = ["--json", `--outputFile=${reportFile}`];
  const { status } = spawnSync(process.execPath, [...node, jest, ...report, ...args], { cwd: root, stdio: "inherit" });
  return status === 0;
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
  const reportFile = join(folder, "report.json");
  const jestSucceeded = runJest(process.argv.slice(2), reportFile);
  const result = countTests(readReport(reportFile), jestSucceeded);
  process.exitCode = hasSucceeded(result) ? 0 : 1;
  console.log(showTally(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
