/**
 * `npm test`: provides the test components, runs jest with any further arguments, and ends with one line of the form
 * `N passed, N failed, N skipped`.
 *
 * Without arguments the end-to-end tests, which share one cluster and wait much, and all others run at the same time. The
 * tests on real nodes take the machine to themselves, and minutes: they have commands of their own, `npm run node` and
 * `npm run lost-node`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentNames, nodeOnly } from "./components/catalogue.ts";
import { provideComponents, reportComponents } from "./components/provide.ts";
import { listFailures } from "./failures.ts";
import { readReport, runJest } from "./run-jest.ts";
import { addTallies, hasSucceeded, showTally } from "./tally.ts";

/** Tests on real nodes. They are run where they are chosen. */
const nodeProjects = ["node", "lost-node"];

function listOwn(args: readonly string[]): string[] {
  return args.some((argument) => /^--(?:select|ignore)Projects\b/.test(argument))
    ? []
    : nodeProjects.map((name) => `--ignoreProjects=${name}`);
}

/**
 * As many suites at a time as the machine has cores: jest itself leaves one out. Besides two that start programs and wait for
 * them; a cluster of one's own takes a core while it starts.
 */
const everything = [
  ["--selectProjects=e2e", "--maxWorkers=2"],
  ["--selectProjects=test", "--maxWorkers=100%"],
];

const root = join(import.meta.dirname, "..");
const given = process.argv.slice(2);
const onNodes = nodeProjects.some((name) => given.includes(`--selectProjects=${name}`));
reportComponents(provideComponents(componentNames.filter((name) => onNodes || !nodeOnly.has(name))));
const folder = mkdtempSync(join(tmpdir(), "assaygate-test-"));
try {
  const runs = given.length === 0 ? everything : [given];
  const reportOf = (at: number): string => join(folder, `report-${at}.json`);
  const tallies = await Promise.all(runs.map((args, at) => runJest([...args, ...listOwn(args)], reportOf(at))));
  const result = addTallies(tallies);
  process.exitCode = hasSucceeded(result) ? 0 : 1;
  for (const at of runs.keys())
    for (const failure of listFailures(readReport(reportOf(at)), root)) console.log(failure);
  console.log(showTally(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
