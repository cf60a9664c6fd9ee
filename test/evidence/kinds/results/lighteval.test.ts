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
