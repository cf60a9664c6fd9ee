import { describe, expect, it } from "@jest/globals";
import { promptfooFile, promptfooPrompt } from "../../../support/evaluators/files.ts";
import { readFiles, readOne } from "./read-files.ts";

const read = (metrics = {}, over = {}, config = {}): ReturnType<typeof readOne> =>
  readOne("results.json", promptfooFile(metrics, over, config));
const withPrompts = (...prompts: unknown[]): object => ({ results: { version: 3, prompts } });

describe("results of promptfoo", () => {
  it("are read as rates, each sum over what it is a sum of", async () => {
    expect(await read()).toMatchObject({
      kind: "read",
      benchmarks: [
        {
          provider: "promptfoo",
          id: "speaks of hazel",
          metrics: new Map([
            ["passRate", 0.75],
            ["score", 0.75],
            ["namedScores.says-it", 0.8],
          ]),
          samples: { scored: 4, total: 4 },
          gaps: [],
          evaluator: { name: "promptfoo", version: "0.121.20" },
        },
      ],
      stated: { modelName: "openai:chat:acme/granite" },
      completedAt: "2026-11-29T10:00:00.000Z",
      passedOver: [],
    });
  });

  it("are named after the prompt where the config has no description, and not at all after a long one", async () => {
    const config = { description: undefined };
    expect(await read({}, {}, config)).toMatchObject({ benchmarks: [{ id: "Say {{word}}" }] });
    const long = withPrompts(promptfooPrompt({}, { label: "x".repeat(600) }));
    expect(await read({}, long, config)).toMatchObject({
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining("give the config a description"),
    });
  });

  it("count every test that got no answer as one that did not pass", async () => {
    expect(await read({ testErrorCount: 4 })).toMatchObject({
      benchmarks: [
        {
          metrics: new Map([
            ["passRate", 3 / 8],
            ["score", 3 / 8],
            ["namedScores.says-it", 0.8],
          ]),
          samples: { scored: 4, total: 8 },
          gaps: [{ kind: "failed", message: "4 of 8 tests got no answer" }],
        },
      ],
    });
  });

  it("hold no metric where every test failed to be answered", async () => {
    const content = await read({ score: 0, testPassCount: 0, testFailCount: 0, testErrorCount: 4 });
    expect(content).toMatchObject({ reason: "ARTIFACT_INVALID", message: expect.stringContaining("over no tests") });
  });

  it.each([
    ["weights", { namedScoreWeights: undefined }, 4 / 3],
    ["neither weights nor counts", { namedScoreWeights: undefined, namedScoresCount: undefined }, undefined],
    ["a weight of nothing", { namedScoreWeights: { "says-it": 0 } }, undefined],
    ["a weight for what it computes", { namedScoreWeights: {} }, undefined],
  ])("take named scores without %s for what they are", async (_, metrics, value) => {
    const content = await read(metrics);
    const named = content.kind === "read" ? content.benchmarks[0]?.metrics.get("namedScores.says-it") : "refused";
    expect(named).toBe(value);
  });

  it.each([
    ["a part of the tests ran", { testFailCount: 0 }, {}, {}, [{ kind: "limited", message: "ran 3 of 4 tests" }]],
    ["each ran twice", { testPassCount: 7 }, { runtimeOptions: { repeat: 2 } }, {}, []],
    ["the tests are in a file", {}, {}, { tests: "file://tests.csv" }, undefined],
    ["a test has many values", {}, {}, { tests: [{ vars: { word: ["a", "b"] } }] }, undefined],
    ["a test's value is in a file", {}, {}, { tests: [{ vars: { word: "file://words.txt" } }] }, undefined],
    ["a test is for one provider", {}, {}, { tests: [{ providers: ["a"] }] }, undefined],
    ["there are scenarios", {}, {}, { scenarios: [{ config: [] }] }, undefined],
    ["more ran than are there", { testPassCount: 9 }, {}, {}, undefined],
  ])("show what is left out where %s", async (_, metrics, over, config, gaps) => {
    const content = await read(metrics, over, config);
    expect(content.kind === "read" ? content.benchmarks[0]?.gaps : "refused").toEqual(gaps);
  });

  it.each([
    ["acme/granite", true],
    ["chat:acme/granite", true],
    ["openai:chat:acme/granite", true],
    ["granite", false],
    ["acme/other", false],
  ])("agree with the model %s: %s", async (name, agrees) => {
    const content = await readFiles({ "r.json": promptfooFile() }, { "dev.assaygate.model.name": name });
    expect(content.kind).toBe(agrees ? "read" : "refused");
  });

  it.each(["echo", "exec:python answer.py", "file://provider.js", "https://example.com/v1", "python:answer.py"])(
    "name no model where the provider is %s",
    async (provider) => {
      expect(await read({}, withPrompts(promptfooPrompt({}, { provider })))).toMatchObject({
        stated: { modelName: undefined },
        passedOver: [expect.stringContaining("is not a model"), "it says no time"],
      });
    },
  );

  it("take a provider's label for the model's name", async () => {
    const providers = [{ id: "echo", label: "acme/granite" }];
    const results = withPrompts(promptfooPrompt({}, { provider: "acme/granite" }));
    expect(await read({}, results, { providers })).toMatchObject({ stated: { modelName: "acme/granite" } });
  });

  it("name no model where they compare several, and all count", async () => {
    const other = promptfooPrompt({ score: 0, testPassCount: 0, testFailCount: 4 }, { provider: "openai:acme/other" });
    expect(await read({}, withPrompts(promptfooPrompt(), other))).toMatchObject({
      benchmarks: [{ id: "speaks of hazel" }, { id: "speaks of hazel" }],
      stated: { modelName: undefined },
    });
  });

  it.each([
    ["results.version", { results: { version: 2, prompts: [] } }],
    ["results.prompts", { results: { version: 3, prompts: {} } }],
    ["results.prompts.0", withPrompts(null)],
    ["results.prompts.0.provider", withPrompts(promptfooPrompt({}, { provider: 1 }))],
    ["results.prompts.0.metrics.score", withPrompts(promptfooPrompt({ score: "3" }))],
    ["results.prompts.0.metrics.testPassCount", withPrompts(promptfooPrompt({ testPassCount: 1.5 }))],
    ["results.prompts.0.metrics.testErrorCount", withPrompts(promptfooPrompt({ testErrorCount: -1 }))],
    ["results.prompts.0.metrics.namedScores", withPrompts(promptfooPrompt({ namedScores: [1] }))],
    ["config", { config: [] }],
    ["runtimeOptions.repeat", { runtimeOptions: { repeat: "2" } }],
  ])("are refused where %s is malformed", async (place, over) => {
    expect(await read({}, over)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`the results of promptfoo: its results are malformed at ${place}: `),
    });
  });
});
