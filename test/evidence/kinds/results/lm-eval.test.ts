import { describe, it, expect } from "@jest/globals";
import type { Json } from "../../../support/artifacts.ts";
import { lmEvalResults, lmEvalTask } from "../../../support/evaluator-files.ts";
import { readFiles, readOne } from "./read-files.ts";

const written = (over: Json = {}): ReturnType<typeof readOne> => readOne("results_2026.json", lmEvalResults(over));
const tasks = (results: Json, samples: Json = { mmlu: { original: 100, effective: 100 } }): Json => ({
  results,
  "n-samples": samples,
  groups: {},
  group_subtasks: {},
});

describe("results of lm-evaluation-harness", () => {
  it("are read, groups among them", async () => {
    const evaluator = { name: "lm_evaluation_harness", version: "0.4.13" };
    const facts = { provider: "lm_evaluation_harness", passed: undefined, evaluator, gaps: [] };
    expect(await written()).toEqual({
      kind: "read",
      benchmarks: [
        {
          ...facts,
          id: "mmlu",
          version: "1",
          metrics: new Map([["acc,none", 0.642]]),
          samples: { scored: 100, total: 100 },
        },
        {
          ...facts,
          id: "gsm8k",
          version: "3.5",
          metrics: new Map([["exact_match,strict-match", 0.5]]),
          samples: { scored: 20, total: 20 },
        },
        {
          ...facts,
          id: "both",
          version: "2",
          metrics: new Map([["acc,none", 0.642]]),
          samples: { scored: 120, total: 120 },
        },
      ],
      stated: { modelName: "acme/granite", modelNames: ["acme/granite"], collectionId: undefined, isUntimed: false },
      evaluators: [evaluator],
      completedAt: "2026-11-29T10:49:16.250Z",
      passedOver: [],
    });
  });

  it.each([
    ["a run limited to a part", { "n-samples": { mmlu: { original: 100, effective: 10 } } }, "limited to 10 of 100"],
    ["a limit that left nothing out", { config: { limit: 0.5, model_args: "pretrained=a" } }, "limited to 0.5"],
  ])("say what is left out: %s", async (_, over, message) => {
    const content = await written({ ...tasks({ mmlu: lmEvalTask("mmlu", { "acc,none": 1 }) }), ...over });
    expect(content).toMatchObject({
      benchmarks: [{ gaps: [{ kind: "limited", message: expect.stringContaining(message) }] }],
    });
  });

  it("say that a group's metric is over a part of its tasks", async () => {
    const both = { ...lmEvalTask("both", { "acc,none": 0.6 }), sample_len: 120, sample_count: { "acc,none": 100 } };
    expect(await written({ results: { both } })).toMatchObject({
      benchmarks: [{ samples: { scored: 100, total: 120 }, gaps: [{ kind: "skipped" }] }],
    });
  });

  it("take neither counts nor standard errors nor text for metrics", async () => {
    const mmlu = lmEvalTask("mmlu", { "acc,none": 1, "acc_stderr,none": 0.1, "f1,none": "N/A", "inf,none": null });
    const content = await readOne(
      "results.json",
      Buffer.from(JSON.stringify(lmEvalResults(tasks({ mmlu }))).replace('"inf,none":null', '"inf,none":1e999')),
    );
    expect(content).toMatchObject({
      benchmarks: [{ metrics: new Map([["acc,none", 1]]) }],
      passedOver: ["mmlu f1,none: N/A is not a finite number", "mmlu inf,none: Infinity is not a finite number"],
    });
  });

  it("hold no metric over no samples", async () => {
    const none = { mmlu: lmEvalTask("mmlu", { "acc,none": 1 }) };
    const content = await written(tasks(none, { mmlu: { original: 5, effective: 0 } }));
    expect(content).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
  });

  it.each([
    ["a made-up one", {}, "k3jd8s"],
    ["a path", { pretrained: "/models/granite" }, "/models/granite"],
    ["a deeper path", { pretrained: "models/acme/granite" }, "models/acme/granite"],
    ["an adapter's", "pretrained=acme/granite,peft=acme/sql-lora", "acme/sql-lora"],
    [
      "that of a model with LoRA weights",
      { pretrained: "acme/granite", lora_paths: ["acme/sql-lora"] },
      "acme/granite",
    ],
    ["that of a steered model", { pretrained: "acme/granite", steer_path: "steer.csv" }, "acme/granite"],
    ["none", { pretrained: "" }, ""],
  ])("name no model where theirs is %s", async (_, args, name) => {
    const content = await written({ config: { model_args: args }, model_name: name });
    expect(content).toMatchObject({ stated: { modelName: undefined }, passedOver: [expect.any(String)] });
  });
});

it("results of lm-evaluation-harness's own stand-in for a model name none", async () => {
  expect(await written({ model_source: "dummy" })).toMatchObject({
    stated: { modelName: undefined },
    passedOver: ["its model is a stand-in (dummy)"],
  });
});

describe("malformed results of lm-evaluation-harness", () => {
  it.each([
    ["results", { results: [] }],
    ["results.mmlu", { results: { mmlu: 0.6 } }],
    ["n-samples", { "n-samples": null }],
    ["n-samples.mmlu.effective", { "n-samples": { mmlu: { original: 5, effective: "5" } } }],
    ["n-samples.mmlu.effective", { "n-samples": { mmlu: { original: 5, effective: -1 } } }],
    ["versions.mmlu", { versions: { mmlu: {} } }],
    ["group_subtasks.both", { group_subtasks: { both: "mmlu" } }],
    ["model_name", { model_name: 7 }],
    ["date", { date: "2026-01-01" }],
  ])("are refused at %s", async (place, over) => {
    expect(await written(over)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`the results of lm-evaluation-harness: its results are malformed at ${place}: `),
    });
  });

  it("are refused for NaN, which is named with its place", async () => {
    const text = JSON.stringify(lmEvalResults()).replace("0.642", "NaN");
    expect(await readOne("results.json", Buffer.from(text))).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: "NaN is not a number in JSON: it stands at results.mmlu.acc,none",
    });
  });

  it("are refused beside good ones, too", async () => {
    const content = await readFiles({ "a.json": lmEvalResults(), "b.json": lmEvalResults({ results: 7 }) });
    expect(content).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
  });
});
