import { describe, expect, it } from "@jest/globals";
import { deepevalFile } from "../../../support/evaluators/files.ts";
import { readOne } from "./read-files.ts";

const read = (over = {}, scores = {}): ReturnType<typeof readOne> =>
  readOne("test_run_20261129_100000.json", deepevalFile(over, scores));

describe("results of DeepEval", () => {
  const benchmark = {
    provider: "deepeval",
    id: "Answer Relevancy",
    passed: undefined,
    metrics: new Map([
      ["score", 0.5],
      ["passRate", 2 / 3],
    ]),
    samples: { scored: 3, total: 3 },
    gaps: [],
    evaluator: { name: "deepeval", version: undefined },
  };

  it("are read, one benchmark for each of its metrics", async () => {
    expect(await read()).toMatchObject({ kind: "read", benchmarks: [benchmark], completedAt: undefined });
  });

  it("are read as it keeps them in .deepeval", async () => {
    const content = await readOne(".latest_test_run.json", { testRunData: deepevalFile() });
    expect(content).toMatchObject({ benchmarks: [benchmark] });
  });

  it("name neither model nor time", async () => {
    expect(await read()).toMatchObject({
      stated: { modelName: undefined, isUntimed: true },
      passedOver: ["it names no model", "it says no time"],
    });
  });

  it("count a test case whose metric raised an error as one that did not pass, whatever the run says", async () => {
    expect(
      await read({ testPassed: 3, testFailed: 0 }, { scores: [1, 1], passes: 2, fails: 0, errors: 1 }),
    ).toMatchObject({
      benchmarks: [
        {
          metrics: new Map([
            ["score", 1],
            ["passRate", 2 / 3],
          ]),
          samples: { scored: 2, total: 3 },
          gaps: [{ kind: "failed", message: "1 of 3 test cases have no score" }],
        },
      ],
    });
  });

  it("hold no metric where none has a score", async () => {
    expect(await read({}, { scores: [], passes: 0, fails: 0, errors: 3 })).toMatchObject({
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining("Answer Relevancy: its metrics are over no test cases"),
    });
    expect(await read({ metricsScores: [] })).toMatchObject({ reason: "ARTIFACT_INVALID" });
  });

  it("say where a metric was not asked of every test case", async () => {
    const scores = { scores: [1], passes: 1, fails: 0 };
    expect(await read({ conversationalTestCases: [{}] }, scores)).toMatchObject({
      benchmarks: [{ gaps: [{ kind: "skipped", message: "judged on 1 of 4 test cases" }] }],
    });
  });

  it.each([
    ["metricsScores", { metricsScores: {} }, {}],
    ["testCases", { testCases: null }, {}],
    ["metricsScores.0.metric", {}, { metric: 7 }],
    ["metricsScores.0.scores.1", {}, { scores: [1, "0.5", 0] }],
    ["metricsScores.0.passes", {}, { passes: -2 }],
    ["metricsScores.0.errors", {}, { errors: 0.5 }],
  ])("are refused where %s is malformed", async (place, over, scores) => {
    expect(await read(over, scores)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`the results of DeepEval: its results are malformed at ${place}: `),
    });
  });

  it("are refused where scores and verdicts are of different numbers", async () => {
    expect(await read({}, { passes: 5 })).toMatchObject({
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining("metricsScores.0 has 3 scores, of 5 test cases that passed and 1 that failed"),
    });
  });
});
