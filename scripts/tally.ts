import * as z from "zod";

/** What is read of jest's `--json` report. */
export const jestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      /** The suite's file, with its whole path. */
      name: z.string(),
      status: z.string(),
      /** What failed in it, as jest shows it. Empty where nothing did. */
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/** What is read of the report of jest. */
export type JestReport = z.infer<typeof jestReport>;

/** How many tests passed, failed, and were skipped. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts a run. A suite that fails without a failing test of its own, as when it cannot be loaded, is one failure; so
 * is a run that jest calls failed for any other reason. `report` is undefined when jest died before writing it.
 */
export function countTests(report: JestReport | undefined, jestSucceeded: boolean): Tally {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const passed = report.numPassedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + report.testResults.filter(failsAsAWhole).length;
  const ran = passed + failed + skipped > 0;
  return { passed, failed: ran && failed === 0 && !jestSucceeded ? 1 : failed, skipped };
}

/** Of several runs, together. One in which nothing passed is a failure, whatever the others did. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = (count: (one: Tally) => number): number => tallies.reduce((total, one) => total + count(one), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum((one) => one.failed + (one.failed === 0 && one.passed === 0 ? 1 : 0)),
    skipped: sum(({ skipped }) => skipped),
  };
}

/** A run in which nothing passed proves nothing. */
export function hasSucceeded({ passed, failed }: Tally): boolean {
  return failed === 0 && passed > 0;
}

/** `N passed, N failed, N skipped`. */
export function showTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function failsAsAWhole({ status, assertionResults }: JestReport["testResults"][number]): boolean {
  return status === "failed" && !assertionResults.some((each) => each.status === "failed");
}
