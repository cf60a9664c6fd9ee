import { spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { countTests, jestReport, type JestReport, type Tally } from "./tally.ts";

const root = join(import.meta.dirname, "..");

/**
 * Programs written in Go collect garbage a quarter as often as they would: for those that tests start a hundred times, such as
 * Helm, it is a third of their processor time. https://pkg.go.dev/runtime#hdr-Environment_Variables
 */
const environment = { GOGC: "400", ...process.env };

/** Runs jest to its end and counts by the report that it writes to `reportFile`. Its output goes where this process's does. */
export async function runJest(
  args: readonly string[],
  reportFile: string,
  stdio: StdioOptions = "inherit",
): Promise<Tally> {
  const jest = createRequire(import.meta.url).resolve("jest/bin/jest");
  const all = [jest, "--json", `--outputFile=${reportFile}`, ...args];
  const [code] = (await once(spawn(process.execPath, all, { cwd: root, stdio, env: environment }), "exit")) as [
    number | null,
  ];
  return countTests(readReport(reportFile), code === 0);
}

/** jest's report, or undefined where jest died before it wrote one. */
export function readReport(file: string): JestReport | undefined {
  try {
    return jestReport.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}
