import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { JestReport } from "./tally.ts";

/** How much of what failed in one suite is shown again, in characters. All of it stands where the suite ran. */
const shown = 4_000;

/**
 * What failed, suite by suite, with paths that start at `root`. It is shown once more at the end of a run: of a log of
 * thousands of lines, the end is what everybody sees. Empty where nothing failed.
 */
export function listFailures(report: JestReport | undefined, root: string): string[] {
  return (report?.testResults ?? [])
    .filter(({ status }) => status === "failed")
    .map(
      ({ name, message }) => `FAILED ${relative(root, name)}\n\n${clip(stripVTControlCharacters(message).trimEnd())}\n`,
    );
}

function clip(text: string): string {
  return text.length <= shown ? text : `${text.slice(0, shown)}\n… ${text.length - shown} more characters above`;
}
