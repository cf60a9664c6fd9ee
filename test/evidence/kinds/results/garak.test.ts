import { describe, it, expect } from "@jest/globals";
import { garakEval, garakReport } from "../../../support/evaluator-files.ts";
import type { Json } from "../../../support/artifacts.ts";
import { readOne } from "./read-files.ts";

const written = (...report: Parameters<typeof garakReport>): ReturnType<typeof readOne> =>
  readOne("run.report.jsonl", garakReport(...report));
const benchmark = (facts: object): object => ({ kind: "read", benchmarks: [facts] });

describe("a report of garak", () => {
  it("is read by its eval lines", async () => {
    const evaluator = { name: "garak", version: "0.17.1" };
    expect(await written()).toEqual({
      kind: "read",
      benchmarks: [
        {
          provider: "garak",
          id: "lmrc.QuackMedicine",
          version: undefined,
          metrics: new Map([["lmrc.QuackMedicine", 0.8]]),
          passed: undefined,
          evaluator,
          samples: { scored: 5, total: 5 },
          gaps: [],
        },
      ],
      stated: { modelName: "acme/granite", modelNames: ["acme/granite"], collectionId: undefined, isUntimed: true },
      evaluators: [evaluator],
      completedAt: undefined,
      passedOver: ["its time is 2026-11-29T11:27:58.381014, which has no zone"],
    });
  });

  it("gives a probe a metric for each detector", async () => {
    const evaluations = [garakEval(), garakEval({ detector: "toxicity.Any", passed: 5, total_evaluated: 5 })];
    expect(await written(evaluations)).toMatchObject(
      benchmark({
        metrics: new Map([
          ["lmrc.QuackMedicine", 0.8],
          ["toxicity.Any", 1],
        ]),
      }),
    );
  });

  it("says how many attempts had no answer", async () => {
    const shy = garakEval({ passed: 2, nones: 3, total_evaluated: 2 });
    expect(await written([shy])).toMatchObject(
      benchmark({
        metrics: new Map([["lmrc.QuackMedicine", 1]]),
        samples: { scored: 2, total: 5 },
        gaps: [{ kind: "unscored", message: expect.stringMatching(/^3 of 5 attempts have no answer/) }],
      }),
    );
  });

  const many = { passed: 300, total_evaluated: 300, total_processed: 300, fails: 0 };
  const capped = {
    kind: "limited",
    message: expect.stringMatching(/^the run was limited to \d+ prompts of each probe/),
  };

  it.each<[string, object, object, unknown[] | undefined]>([
    ["fewer attempts than the cap", {}, {}, []],
    ["as many attempts as the cap, which no probe could exceed", many, { "run.soft_probe_prompt_cap": 300 }, [capped]],
    ["more attempts than the cap", many, {}, [capped]],
    ["no cap", many, { "run.soft_probe_prompt_cap": null }, []],
    ["no word of a cap", {}, { "run.soft_probe_prompt_cap": undefined }, undefined],
    ["a probe that shares the cap out among intents", { probe: "grandma.GrandmaIntent" }, {}, undefined],
  ])("says that prompts may have been left out: %s", async (_, over, target, gaps) => {
    expect(await written([garakEval(over as Json)], target as Json)).toMatchObject({ benchmarks: [{ gaps }] });
  });

  it("says both, that prompts were left out and answers", async () => {
    const shy = garakEval({ passed: 2, nones: 3, total_evaluated: 2 });
    const gaps = [{ kind: "unscored" }, { kind: "limited" }];
    expect(await written([shy], { "run.soft_probe_prompt_cap": 5 })).toMatchObject({ benchmarks: [{ gaps }] });
  });

  it.each<[string, Json, string]>([
    ["another one, in the metric's name", { "run.eval_threshold": 1 }, "lmrc.QuackMedicine@1"],
    ["garak's own", { "run.eval_threshold": 0.5 }, "lmrc.QuackMedicine"],
    ["none, as for all that are no whole numbers", {}, "lmrc.QuackMedicine"],
  ])("tells the threshold from which on an answer fails: %s", async (_, target, metric) => {
    expect(await written([garakEval()], target)).toMatchObject(benchmark({ metrics: new Map([[metric, 0.8]]) }));
  });

  it("that holds several runs is refused: the first would stand for the others", async () => {
    const other = garakReport([garakEval()], { "plugins.target_name": "acme/other" }, false);
    expect(await readOne("run.report.jsonl", Buffer.concat([garakReport(), other]))).toMatchObject({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining("line 7: another run begins in it"),
    });
  });

  it("has no result of no attempts", async () => {
    const none = garakEval({ probe: "test.Blank", passed: 0, nones: 5, total_evaluated: 0 });
    expect(await written([none])).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(
        "test.Blank lmrc.QuackMedicine: no attempt was evaluated, so that there is no result",
      ),
    });
    expect(await written([garakEval(), none])).toMatchObject({ benchmarks: [{}, { metrics: new Map() }] });
  });

  it("that has no completion is of a run that did not end", async () => {
    expect(await written([garakEval()], {}, false)).toMatchObject({
      kind: "refused",
      reason: "EVALUATION_INCOMPLETE",
    });
  });

  it.each([
    ["null", { "plugins.target_name": null }],
    ["a path", { "plugins.target_name": "/models/granite" }],
    ["a function", { "plugins.target_type": "function", "plugins.target_name": "shy#sometimes" }],
    ["an address", { "plugins.target_type": "rest", "plugins.target_name": "http://models.local/v1" }],
    ["a test's", { "plugins.target_type": "test.Blank" }],
  ])("names no model where its target is %s", async (_, target) => {
    expect(await written([garakEval()], target)).toMatchObject({ stated: { modelName: undefined } });
  });
});

describe("a malformed report of garak is refused", () => {
  const lines = (text: string): Buffer => Buffer.from(garakReport().toString().replace('{"entry_type": "eval"', text));

  it.each([
    ["with a count that is text", garakReport([garakEval({ passed: "4" })]), "line 4.passed"],
    ["with a count below 0", garakReport([garakEval({ nones: -1 })]), "line 4.nones"],
    ["without a count", garakReport([garakEval({ total_evaluated: null })]), "line 4.total_evaluated"],
    ["with more passed than evaluated", garakReport([garakEval({ passed: 9 })]), "line 4: its counts"],
    ["with more evaluated than processed", garakReport([garakEval({ total_processed: 4 })]), "line 4: its counts"],
    ["with two values for one detector", garakReport([garakEval(), garakEval({ passed: 5 })]), "is both 0.8 and 1"],
    ["with a number for a target", garakReport([garakEval()], { "plugins.target_name": 7 }), "plugins.target_name"],
    ["with NaN", lines('{"rate": NaN, "entry_type": "eval"'), "line 4: NaN is not a number in JSON: it stands at rate"],
    ["cut off", lines('{"entry_type": "eval", '), "line 4: it is not JSON"],
    ["with a key twice", lines('{"entry_type": "eval", "probe": "x"'), "line 4: its JSON has the key probe twice"],
    ["with a deep line", lines(`{"a": ${"[".repeat(100)}`), "line 4: its JSON is nested deeper"],
    ["with too many lines", Buffer.concat([garakReport(), Buffer.alloc(20_000, "\n"), Buffer.from("{}")]), "lines"],
  ])("%s", async (_, report, message) => {
    const content = await readOne("run.report.jsonl", report);
    expect(content).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
    expect(content).toMatchObject({ message: expect.stringContaining(message) });
  });
});
