/**
 * `npm test`: provides the test components, runs jest with any further arguments, and ends with one line of the form
 * `N passed, N failed, N skipped`.
 *
 * The tests on real nodes take the machine to themselves, and minutes: they have a command of their own, `npm run node`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentNames, nodeOnly } from "./components/catalogue.ts";
import { provideComponents, reportComponents } from "./components/provide.ts";
import { jestReport, hasSucceeded, countTests, showTally, type JestReport } from "./tally.ts";

const root = join(import.meta.dirname, "..");

function runJest(args: readonly string[], reportFile: string): boolean {
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  const node = ["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"];
  const choosesProjects = args.some((argument) => /^--(?:select|ignore)Projects\b/.test(argument));
  // What takes a list comes before what does not, or it would take a path that is given.
  const projects = choosesProjects ? [] : ["--ignoreProjects=node"];
  const report = [...projects, "--json", `--outputFile=${reportFile}`];
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

const given = process.argv.slice(2);
const onNodes = given.includes("--selectProjects=node");
reportComponents(provideComponents(componentNames.filter((name) => onNodes || !nodeOnly.has(name))));
const folder = mkdtempSync(join(tmpdir(), "assaygate-test-"));
try {
  const reportFile = join(folder, "report.json");
  const jestSucceeded = runJest(given, reportFile);
  const result = countTests(readReport(reportFile), jestSucceeded);
  process.exitCode = hasSucceeded(result) ? 0 : 1;
  console.log(showTally(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
