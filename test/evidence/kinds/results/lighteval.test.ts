import { describe, expect, it } from "@jest/globals";
import { lightevalFile } from "../../../support/evaluators/files.ts";
import { readOne } from "./read-files.ts";

const read = (general = {}, over = {}): ReturnType<typeof readOne> =>
  readOne("results_2026-11-29T10-00-00.json", lightevalFile(general, over));

describe("results of lighteval", () => {
  it("are read, without standard errors; how many samples there were is not in them", async () => {
    const facts = { provider: "lighteval", metrics: new Map([["em", 0.4]]), samples: undefined, gaps: [] };
    expect(await read()).toMatchObject({
      kind: "read",
      benchmarks: [
        { ...facts, id: "gsm8k|0", version: "2", evaluator: { name: "lighteval", version: undefined } },
        { ...facts, id: "all", version: undefined },
      ],
      stated: { modelName: "acme/granite", isUntimed: true },
      completedAt: undefined,
      passedOver: ["its times count from when the machine was started"],
    });
  });

  it("say that the run was limited, each task and the average of all", async () => {
    const gaps = [{ kind: "limited", message: "the run was limited to 10 samples of each task" }];
    expect(await read({ max_samples: 10 })).toMatchObject({ benchmarks: [{ gaps }, { gaps }] });
  });

  describe("that are averages", () => {
    const tasks = {
      "mmlu:law|5": { em: 0.5 },
      "mmlu:art|5": { em: 1 },
      "gsm8k|0": { em: 0.4 },
      "mmlu:law|0": { em: 0 },
    };
    const averages = { "mmlu:_average|5": { em: 0.75 }, all: { em: 0.5 } };
    const partly = { version: 1, original_num_docs: 100, effective_num_docs: 40 };
    const limited = [{ kind: "limited", message: "limited to 40 of 100 samples" }];
    const gapsOf = async (over: object): Promise<object> => {
      const content = await read({}, { results: { ...tasks, ...averages }, ...over });
      const benchmarks = content.kind === "read" ? content.benchmarks : [];
      const found = new Map(benchmarks.map(({ id, gaps }) => [id, gaps]));
      return { mmlu: found.get("mmlu:_average|5"), all: found.get("all") };
    };

    it("are complete where all of their tasks are, which have their metrics", async () => {
      expect(await gapsOf({})).toEqual({ mmlu: [], all: [] });
    });

    it("leave out what their own tasks leave out, and no other's", async () => {
      expect(await gapsOf({ config_tasks: { "mmlu:art|5": partly } })).toEqual({ mmlu: limited, all: limited });
      for (const other of ["gsm8k|0", "mmlu:law|0"])
        expect(await gapsOf({ config_tasks: { [other]: partly } })).toEqual({ mmlu: [], all: limited });
    });

    it("are over the tasks that have their metric, and say where those are not all", async () => {
      const skipped = (message: string): object[] => [{ kind: "skipped", message }];
      const lacking = { ...tasks, "mmlu:art|5": { f1: 1 }, ...averages };
      expect(await gapsOf({ results: lacking })).toEqual({ mmlu: [], all: skipped("em is over 3 of 4 tasks") });
      expect(await read({}, { results: lacking })).toMatchObject({
        benchmarks: [{}, {}, {}, {}, { id: "mmlu:_average|5", metrics: new Map() }, {}],
        passedOver: [expect.any(String), "mmlu:_average|5 em: not all of its tasks have it"],
      });
    });

    it("make up 0.0 for a task that lacks a metric, which is none", async () => {
      const [em, f1] = [{ metric_name: "em" }, { metric_name: ["f1", "precision"] }];
      const config_tasks = { "mmlu:law|5": { metrics: [em] }, "mmlu:art|5": { metrics: [em, f1] } };
      const results = {
        "mmlu:art|5": { em: 0, f1: 0.5, f1_stderr: 0.1 },
        "mmlu:law|5": { em: 0, f1: 0, f1_stderr: 0 },
        "mmlu:_average|5": { em: 0, f1: 0.25, f1_stderr: 0.05 },
        all: { em: 0, f1: 0.5 },
      };
      const emAlone = new Map([["em", 0]]);
      expect(await read({}, { results, config_tasks })).toMatchObject({
        benchmarks: [
          { metrics: new Map(Object.entries({ em: 0, f1: 0.5 })) },
          { metrics: emAlone },
          { metrics: emAlone, gaps: [] },
          { gaps: [{ kind: "skipped", message: "f1 is over 1 of 2 tasks" }] },
        ],
        passedOver: expect.arrayContaining(["mmlu:law|5 f1: the task has no such metric"]),
      });
    });

    it("are over nothing that is known where no task of theirs is in the file", async () => {
      expect(await gapsOf({ results: { "gsm8k|0": { em: 1 }, ...averages } })).toEqual({ mmlu: undefined, all: [] });
    });
  });

  it("count samples where the file has them", async () => {
    const task = { version: 2, original_num_docs: 100, effective_num_docs: 40 };
    expect(await read({}, { config_tasks: { "gsm8k|0": task } })).toMatchObject({
      benchmarks: [{ samples: { scored: 40, total: 100 }, gaps: [{ message: "limited to 40 of 100 samples" }] }, {}],
    });
    const none = { config_tasks: { "gsm8k|0": { ...task, effective_num_docs: 0 } }, results: { "gsm8k|0": { em: 1 } } };
    expect(await read({}, none)).toMatchObject({ reason: "ARTIFACT_INVALID" });
  });

  it("keep a metric whose name only ends like a standard error", async () => {
    expect(await read({}, { results: { t: { of_stderr: 1 } } })).toMatchObject({
      benchmarks: [{ metrics: new Map([["of_stderr", 1]]) }],
    });
  });

  it.each([null, "", "/models/granite", "models/acme/granite"])("name no model where theirs is %j", async (name) => {
    expect(await read({ model_name: name })).toMatchObject({ stated: { modelName: undefined } });
  });

  it("pass over what is no number, and say so", async () => {
    expect(await read({}, { results: { t: { em: 1, judged: "good", none: null } } })).toMatchObject({
      passedOver: [expect.any(String), "t judged: good is not a finite number", "t none: null is not a finite number"],
    });
  });

  it.each([
    ["config_general", {}, { config_general: [] }],
    ["config_general.max_samples", { max_samples: "10" }, {}],
    ["config_general.model_name", { model_name: 7 }, {}],
    ["results", {}, { results: 7 }],
    ["results.t", {}, { results: { t: 0.5 } }],
    ["versions.t", {}, { results: { t: {} }, versions: { t: [] } }],
    ["config_tasks.gsm8k|0.effective_num_docs", {}, { config_tasks: { "gsm8k|0": { effective_num_docs: -2 } } }],
  ])("are refused where %s is malformed", async (place, general, over) => {
    expect(await read(general, over)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`the results of lighteval: its results are malformed at ${place}: `),
    });
  });

  it("are refused for NaN, which it writes where a sum overflows", async () => {
    const text = JSON.stringify(lightevalFile()).replace("0.4", "NaN");
    expect(await readOne("results.json", Buffer.from(text))).toMatchObject({
      reason: "ARTIFACT_INVALID",
      message: "NaN is not a number in JSON: it stands at results.gsm8k|0.em",
    });
  });
});
