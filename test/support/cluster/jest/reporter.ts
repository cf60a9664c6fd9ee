import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { reportOf } from "../report.ts";
import { keepRunFolder, runFolder } from "../shared.ts";

const root = join(import.meta.dirname, "../../../..");
const reportFile = join(root, "test/e2e/report.md");
const tailLines = 20;
const lineLength = 300;

/** What is read of jest's results. https://jestjs.io/docs/configuration#custom-reporters */
interface Results {
  readonly testResults: readonly {
    readonly testFilePath: string;
    readonly numFailingTests: number;
    readonly testExecError?: unknown;
  }[];
}

/** Prints what kubectl printed, case by case, after the end-to-end tests; and after failures, what the programs logged. */
export default class E2eReporter {
  onRunComplete(_contexts: unknown, { testResults }: Results): void {
    const folder = runFolder();
    if (folder === undefined) return;
    const report = reportOf(folder);
    if (report !== undefined) {
      writeFileSync(reportFile, report);
      process.stdout.write(`\n${report}\nThis report is in ${relative(process.cwd(), reportFile)}.\n`);
    }
    const failed = testResults.filter(
      ({ testFilePath, numFailingTests, testExecError }) =>
        testFilePath.startsWith(join(root, "test/e2e/")) && (numFailingTests > 0 || testExecError !== undefined),
    );
    if (failed.length === 0) return;
    keepRunFolder(folder);
    process.stderr.write(`\nEverything that ran under the failed tests is kept in ${folder}\n`);
    for (const file of logsIn(folder)) process.stderr.write(`\n=== ${file}\n${tail(join(folder, file))}\n`);
  }
}

function logsIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".log") && !file.endsWith("audit.log"));
}

function tail(file: string): string {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").slice(-tailLines);
  return lines.map((line) => line.slice(0, lineLength)).join("\n");
}
