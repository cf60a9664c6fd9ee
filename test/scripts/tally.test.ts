import { describe, expect, test } from "@jest/globals";
import { addTallies, hasSucceeded, countTests, showTally, type JestReport } from "../../scripts/tally.ts";

const suite = { name: "/home/a.test.ts", status: "passed", message: "", assertionResults: [{ status: "passed" }] };
const green: JestReport = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [suite],
};
const unloadable = { ...suite, status: "failed", message: "cannot be loaded", assertionResults: [] };
const oneFailed = { ...suite, status: "failed", message: "● one › two", assertionResults: [{ status: "failed" }] };
const nothing: JestReport = { ...green, numPassedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

describe("the closing line of a test run", () => {
  test.each<[string, JestReport | undefined, boolean, string, boolean]>([
    ["todo counts as skipped", green, true, "3 passed, 0 failed, 2 skipped", true],
    [
      "failed tests",
      { ...green, numFailedTests: 1, testResults: [oneFailed] },
      false,
      "3 passed, 1 failed, 2 skipped",
      false,
    ],
    [
      "a suite that cannot be loaded",
      { ...green, testResults: [suite, unloadable] },
      false,
      "3 passed, 1 failed, 2 skipped",
      false,
    ],
    ["jest fails for a reason of its own", green, false, "3 passed, 1 failed, 2 skipped", false],
    ["jest died", undefined, false, "0 passed, 1 failed, 0 skipped", false],
    ["nothing ran", nothing, false, "0 passed, 0 failed, 0 skipped", false],
    ["everything skipped", { ...green, numPassedTests: 0 }, true, "0 passed, 0 failed, 2 skipped", false],
  ])("%s", (_name, report, jestSucceeded, line, ok) => {
    const result = countTests(report, jestSucceeded);
    expect(showTally(result)).toBe(line);
    expect(hasSucceeded(result)).toBe(ok);
  });
});

test("several runs are counted together, and one in which nothing passed is a failure", () => {
  const good = { passed: 3, failed: 0, skipped: 1 };
  expect(addTallies([good, { passed: 2, failed: 1, skipped: 0 }])).toEqual({ passed: 5, failed: 1, skipped: 1 });
  expect(addTallies([good, { passed: 0, failed: 0, skipped: 4 }])).toEqual({ passed: 3, failed: 1, skipped: 5 });
});
