import { describe, it, expect } from "@jest/globals";
import {
  type Json,
  artifactOf,
  evalhubArtifactType,
  evalhubLayer,
  jobResults as builtResults,
  tarLayer,
} from "../../../support/artifacts.ts";
import { lmEvalResults, lmEvalTask } from "../../../support/evaluator-files.ts";
import { deepevalFile, lightevalFile, promptfooFile } from "../../../support/evaluators/files.ts";
import { readBuilt, readFiles } from "./read-files.ts";

const jobResults = (over: Json = {}): Json => builtResults({ model_name: "acme/granite", ...over });

const oneTask = (value: number, over: object = {}): object => ({
  ...lmEvalResults({ results: { mmlu: lmEvalTask("mmlu", { "acc,none": value }) } }),
  ...over,
});

describe("several files of evaluators in one artifact", () => {
  it("all count, where they are about the same benchmark", async () => {
    expect(await readFiles({ "a.json": oneTask(0.7), "b.json": oneTask(0.4) })).toMatchObject({
      benchmarks: [{ metrics: new Map([["acc,none", 0.7]]) }, { metrics: new Map([["acc,none", 0.4]]) }],
    });
  });

  it("are as old as the oldest", async () => {
    expect(
      await readFiles({ "a.json": oneTask(1, { date: 2000 }), "b.json": oneTask(1, { date: 1000 }) }),
    ).toMatchObject({ completedAt: "1970-01-01T00:16:40.000Z" });
  });

  it("name no model where one of them names none", async () => {
    const unnamed = oneTask(1, { config: { model_args: {} }, model_name: "jumbled" });
    expect(await readFiles({ "a.json": oneTask(1), "b.json": unnamed })).toMatchObject({
      stated: { modelName: undefined, modelNames: ["acme/granite"] },
    });
  });

  it("are of one model where all of them may call it so", async () => {
    const files = { "a.json": promptfooFile(), "b.json": oneTask(1) };
    const stated = { modelName: "acme/granite", modelNames: ["acme/granite"] };
    expect(await readFiles(files)).toMatchObject({ stated });
    expect(await readFiles(files, { "dev.assaygate.model.name": "acme/granite" })).toMatchObject({ kind: "read" });
    const whole = await readFiles(files, { "dev.assaygate.model.name": "openai:chat:acme/granite" });
    expect(whole).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
  });

  it.each([
    ["of several models", { "b.json": oneTask(1, { model_name: "acme/other" }) }, {}, "are of several models"],
    ["of another model than is annotated", {}, { "dev.assaygate.model.name": "acme/other" }, "say acme/granite"],
    ["of another model than EvalHub says", {}, { "io.github.eval-hub.model": "acme/other" }, "say acme/granite"],
    ["of another benchmark than EvalHub says", {}, { "io.github.eval-hub.benchmark_id": "gsm8k" }, "say mmlu"],
  ])("are refused where they are %s", async (_, others, annotations, message) => {
    expect(await readFiles({ "a.json": oneTask(1), ...others }, annotations)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(message),
    });
  });
});

it.each([
  ["lm-evaluation-harness", { results: { constructor: { "acc,none": 0.5 } } }, lmEvalResults, "acc,none"],
  ["lighteval", { results: { toString: { em: 0.5 } } }, lightevalFile, "em"],
])("a benchmark of %s may be called as every object's own functions are", async (_, over, make, metric) => {
  expect(await readFiles({ "a.json": { ...make(), ...over } })).toMatchObject({
    benchmarks: [{ id: Object.keys(over.results)[0], metrics: new Map([[metric, 0.5]]), version: undefined }],
  });
});

describe("files of evaluators beside EvalHub's results", () => {
  const beside = (value: number): object => ({ "raw.json": oneTask(value), "results.json": jobResults() });

  it("count as well, and tell how many samples there were", async () => {
    const facts = { samples: { scored: 100, total: 100 }, gaps: [] };
    expect(await readFiles({ ...beside(0.3) })).toMatchObject({
      benchmarks: [
        { id: "mmlu", metrics: new Map([["acc,none", 0.642]]), ...facts },
        { id: "mmlu", metrics: new Map([["acc,none", 0.3]]), ...facts },
      ],
    });
  });

  it("have what they leave out from EvalHub's", async () => {
    const raw = lmEvalResults({ results: { mmlu: lmEvalTask("mmlu", { "f1,none": 0.5 }) } });
    expect(await readFiles({ "raw.json": raw, "results.json": jobResults() })).toMatchObject({
      benchmarks: [
        { metrics: new Map([["acc,none", 0.642]]) },
        {
          metrics: new Map([
            ["acc,none", 0.642],
            ["f1,none", 0.5],
          ]),
        },
      ],
    });
  });
});

describe("files of evaluators that tell of the same benchmark as EvalHub's results", () => {
  const limited = { config: { model_args: "pretrained=acme/granite", limit: 10 } };
  const unsaid = { "n-samples": {} };
  const withProvider = jobResults({ evaluation_metadata: { framework: "evalhub" } });

  it.each([
    ["what any of them leaves out", limited, { samples: { scored: 100, total: 100 }, gaps: [{ kind: "limited" }] }],
    ["what one of them does not say", unsaid, { samples: undefined, gaps: undefined }],
  ])("give it %s, in whichever order they stand", async (_, over, facts) => {
    for (const files of [
      { "a.json": oneTask(0.7, over), "b.json": oneTask(0.7) },
      { "a.json": oneTask(0.7), "b.json": oneTask(0.7, over) },
    ])
      expect(await readFiles({ ...files, "results.json": withProvider })).toMatchObject({
        benchmarks: [{ provider: "evalhub", id: "mmlu", ...facts }, {}, {}],
      });
  });

  it("are refused where those name another model, whether or not an annotation does", async () => {
    const files = { "raw.json": oneTask(0.7), "results.json": jobResults({ model_name: "acme/other" }) };
    expect(await readFiles(files)).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: "its results are of several models: acme/other and acme/granite",
    });
  });

  it("are as old as neither where the older time cannot be compared", async () => {
    const files = {
      "raw.json": oneTask(1, { date: 1000 }),
      "results.json": jobResults({ completed_at: "2026-06-16" }),
    };
    expect(await readFiles(files)).toMatchObject({ completedAt: "2026-06-16" });
  });
});

const notANumber = Buffer.from(JSON.stringify(oneTask(0.1)).replace("0.1", "NaN"));
/** More than the results when packed, so that they are read first. */
const manyValues = Buffer.from(`[${Array.from({ length: 70_000 }, (_, at) => String((at * 7919) % 10_007)).join()}]`);

describe("files beside evaluators' results", () => {
  it("hide none that lie in the same layer", async () => {
    const [bad, broken] = [Buffer.from(JSON.stringify(oneTask(0.1))), Buffer.from("{")];
    const layer = tarLayer("all.json", [
      { name: "results.json", content: bad },
      { name: "notes.json", content: broken },
    ]);
    const layers = [layer, evalhubLayer("good.json", oneTask(1))];
    expect(await readBuilt(artifactOf(layers, { artifactType: evalhubArtifactType }))).toMatchObject({
      benchmarks: [{ metrics: new Map([["acc,none", 0.1]]) }, { metrics: new Map([["acc,none", 1]]) }],
    });
  });

  it.each([
    ["EvalHub's, with a malformed field", jobResults({ completed_at: 7 }), "its results are malformed at completed_at"],
    ["of two evaluators at once", { ...lmEvalResults(), ...deepevalFile() }, "shape of several evaluators' results"],
  ])("are refused where they are results that cannot be read: %s", async (_, file, message) => {
    expect(await readFiles({ "a.json": oneTask(1), "b.json": file })).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ["samples_mmlu_2026.jsonl", Buffer.from('{"doc_id": 0}\n{"doc_id": 1}\n')],
    ["trace.jsonl", Buffer.from('{"doc_id": 0}\n{"doc_id": 1}\n')],
    ["notes.json", { note: true }],
  ])("do not matter: %s", async (name, content) => {
    const read = await readFiles({ "a.json": oneTask(1), [name]: content });
    expect(read).toMatchObject({ benchmarks: [{ id: "mmlu", gaps: [] }] });
    expect(read).not.toHaveProperty("unread");
  });

  it.each([
    ["broken", "b.json", Buffer.from("{"), /^b\.json cannot be read: it is not JSON/],
    ["with a bare NaN", "b.json", notANumber, /^b\.json cannot be read: NaN is not a number in JSON: it stands at/],
    [
      "of a report that is cut",
      "run.report.jsonl",
      Buffer.from('{"a": 1\n{"b": 2}\n'),
      /^run\.report\.jsonl cannot be/,
    ],
    [
      "too large",
      "b.json",
      Buffer.alloc(5 * 1024 * 1024, " "),
      /^b\.json cannot be read: a layer unpacks to more than/,
    ],
    ["of too many values", "b.json", manyValues, /^b\.json cannot be read: it holds more than \d+ JSON values/],
    [
      "of a log that is no archive",
      "b.eval",
      Buffer.from("PK\u0003\u0004".padEnd(64)),
      /^b\.eval cannot be read: a zip/,
    ],
  ])("that may be results and cannot be read are named, and leave nothing complete: %s", async (_, name, file, why) => {
    for (const good of [{ "a.json": oneTask(1) }, { "z.json": oneTask(1) }]) {
      const gaps = [{ kind: "unread", message: expect.stringMatching(why) }];
      expect(await readFiles({ ...good, [name]: file })).toMatchObject({
        benchmarks: [{ id: "mmlu", metrics: new Map([["acc,none", 1]]), gaps }],
        unread: [expect.stringMatching(why)],
      });
    }
  });

  it("are named beside EvalHub's results, too", async () => {
    expect(await readFiles({ "results.json": jobResults(), "b.json": Buffer.from("{") })).toMatchObject({
      benchmarks: [{ id: "mmlu" }],
      unread: [expect.stringContaining("b.json cannot be read")],
    });
  });

  it("are named where their layer is packed as none that is read", async () => {
    const plain = { ...evalhubLayer("b.json", oneTask(0.1)), mediaType: "application/vnd.oci.image.layer.v1.tar" };
    const layers = [evalhubLayer("a.json", oneTask(1)), plain];
    expect(await readBuilt(artifactOf(layers, { artifactType: evalhubArtifactType }))).toMatchObject({
      benchmarks: [{ gaps: [{ kind: "unread" }] }],
      unread: ["b.json cannot be read: a layer of type application/vnd.oci.image.layer.v1.tar"],
    });
  });

  it("are counted where there are many", async () => {
    const broken = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`b${at}.json`, Buffer.from("{")]));
    const read = await readFiles({ "a.json": oneTask(1), ...broken });
    expect(read).toMatchObject({ benchmarks: [{ gaps: [{ message: expect.stringMatching(/, and 19 more$/) }] }] });
    expect(read.kind === "read" ? read.unread : []).toHaveLength(8);
  });

  it("are the reason where there is nothing else", async () => {
    expect(await readFiles({ "large.json": Buffer.alloc(5 * 1024 * 1024, " ") })).toEqual({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: "a layer unpacks to more than 4194304 bytes",
    });
  });
});
