import { expect, test } from "@jest/globals";
import { listFailures } from "../../scripts/failures.ts";
import type { JestReport } from "../../scripts/tally.ts";

type Suite = JestReport["testResults"][number];

const passed: Suite = { name: "/home/test/a.test.ts", status: "passed", message: "", assertionResults: [] };

function reportOf(...testResults: Suite[]): JestReport {
  return { numPassedTests: 1, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults };
}

test("each suite that failed is named, with what jest says of it", () => {
  const failed = {
    ...passed,
    name: "/home/test/e2e/b.test.ts",
    status: "failed",
    message: "  ● one › two\n\n  \u001b[31mno\u001b[39m\n\n",
  };
  expect(listFailures(reportOf(passed, failed), "/home")).toEqual([
    "FAILED test/e2e/b.test.ts\n\n  ● one › two\n\n  no\n",
  ]);
});

test("of much, the beginning is shown, and how much more there is", () => {
  const failed = { ...passed, status: "failed", message: "x".repeat(5_000) };
  expect(listFailures(reportOf(failed), "/home")).toEqual([
    `FAILED test/a.test.ts\n\n${"x".repeat(4_000)}\n… 1000 more characters above\n`,
  ]);
});

test("nothing failed, or nobody knows", () => {
  expect(listFailures(reportOf(passed), "/home")).toEqual([]);
  expect(listFailures(undefined, "/home")).toEqual([]);
});
