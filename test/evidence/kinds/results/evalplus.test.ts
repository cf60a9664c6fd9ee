import { describe, expect, it } from "@jest/globals";
import { evalplusAttempt, evalplusFile } from "../../../support/evaluators/files.ts";
import { readOne } from "./read-files.ts";

const read = (over = {}, tasks = {}): ReturnType<typeof readOne> =>
  readOne("samples_eval_results.json", evalplusFile(over, tasks));
const attempts = (right: number, all: number): object[] =>
  Array.from({ length: all }, (_, at) => evalplusAttempt(at < right ? "pass" : "timeout", "fail"));
const all = (count: number, prefix = "HumanEval"): object =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}/${at}`, [evalplusAttempt("pass", "pass")]]));

describe("results of EvalPlus", () => {
  it("are worked out as it prints them: base, and base and extra tests", async () => {
    const facts = { provider: "evalplus", samples: { scored: 3, total: 164 } };
    const gaps = [{ kind: "limited", message: "3 of 164 tasks" }];
    expect(await read()).toMatchObject({
      kind: "read",
      benchmarks: [
        { ...facts, id: "humaneval", metrics: new Map([["pass@1", 2 / 3]]), gaps },
        { ...facts, id: "humaneval+", metrics: new Map([["pass@1", 1 / 3]]), gaps },
      ],
      stated: { modelName: undefined, isUntimed: true },
      passedOver: ["it names no model", "its time has no zone"],
    });
  });

  it("count a program that passes the extra tests alone as wrong", async () => {
    const content = await read({ eval: { "Mbpp/2": [evalplusAttempt("fail", "pass")] } });
    expect(content).toMatchObject({
      benchmarks: [
        { id: "mbpp", metrics: new Map([["pass@1", 0]]), samples: { scored: 1, total: undefined } },
        { id: "mbpp+", metrics: new Map([["pass@1", 0]]) },
      ],
    });
  });

  it("are estimated for ten and a hundred where each task has as many programs", async () => {
    const content = await read({ eval: { "HumanEval/0": attempts(1, 10), "HumanEval/1": attempts(0, 12) } });
    const [base] = content.kind === "read" ? content.benchmarks : [];
    expect([...(base?.metrics ?? [])]).toEqual([
      ["pass@1", expect.closeTo(0.05, 12)],
      ["pass@10", expect.closeTo(0.5, 12)],
    ]);
    const more = await read({ eval: { "HumanEval/0": attempts(2, 20) } });
    const [ofTwenty] = more.kind === "read" ? more.benchmarks : [];
    // 1 - C(18, 10) / C(20, 10)
    expect([...(ofTwenty?.metrics ?? [])]).toEqual([
      ["pass@1", 0.1],
      ["pass@10", expect.closeTo(0.763_157_9, 6)],
    ]);
  });

  it("say nothing of extra tests that were not run", async () => {
    const tasks = { "HumanEval/0": [evalplusAttempt("pass", null)] };
    const content = await read({}, tasks);
    expect(content.kind === "read" && content.benchmarks.map(({ id }) => id)).toEqual(["humaneval"]);
  });

  it("are complete with all of HumanEval's tasks, on the base tests: the extra ones may be fewer", async () => {
    const content = await read({ eval: all(164) });
    expect(content.kind === "read" && content.benchmarks.map(({ gaps }) => gaps)).toEqual([[], undefined]);
    const mbpp = await read({ eval: all(378, "Mbpp") });
    expect(mbpp.kind === "read" && mbpp.benchmarks.map(({ gaps }) => gaps)).toEqual([undefined, undefined]);
  });

  it.each([
    ["no task", { eval: {} }, "its results are empty"],
    ["no program", { eval: { "HumanEval/0": [] } }, "its results are empty"],
    ["a task of nobody's", { eval: { "Larch/0": [] } }, "the task Larch/0 is of no data set that EvalPlus has"],
    ["tasks of two data sets", { eval: { "Mbpp/2": [], "HumanEval/0": [] } }, "the task HumanEval/0 is of no data set"],
  ])("are refused for %s", async (_, over, message) => {
    expect(await read(over)).toMatchObject({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["eval.HumanEval/0", { "HumanEval/0": {} }],
    ["eval.HumanEval/0.0", { "HumanEval/0": [null] }],
    ["eval.HumanEval/0.0.base_status", { "HumanEval/0": [evalplusAttempt("passed", "pass")] }],
    ["eval.HumanEval/0.0.base_status", { "HumanEval/0": [evalplusAttempt(null, "pass")] }],
    ["eval.HumanEval/0.0.plus_status", { "HumanEval/0": [evalplusAttempt("pass", true)] }],
    ["eval.HumanEval/0.0.plus_status", { "HumanEval/0": [{ base_status: "pass" }] }],
  ])("are refused where %s is malformed", async (place, tasks) => {
    expect(await read({}, tasks)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`the results of EvalPlus: its results are malformed at ${place}: `),
    });
  });
});
