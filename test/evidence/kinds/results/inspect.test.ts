import { describe, it, expect } from "@jest/globals";
import type { Json } from "../../../support/artifacts.ts";
import { inspectEval, inspectHeader, inspectResults, inspectScore } from "../../../support/evaluator-files.ts";
import { zipOf, type ZipFile } from "../../../support/zip.ts";
import { readOne } from "./read-files.ts";

const asJson = (over: Json = {}): ReturnType<typeof readOne> => readOne("log.json", inspectHeader(over));
const headerFile = (over: Json = {}): ZipFile => ({
  name: "header.json",
  content: Buffer.from(JSON.stringify(inspectHeader(over))),
});
const sample: ZipFile = { name: "samples/1_epoch_1.json", content: Buffer.from("not even JSON") };
const asArchive = (...files: ZipFile[]): ReturnType<typeof readOne> => readOne("log.eval", zipOf([sample, ...files]));
const benchmark = (facts: object): object => ({ kind: "read", benchmarks: [facts] });

describe("a log of Inspect", () => {
  const evaluator = { name: "inspect_ai", version: "0.3.285" };
  const content = {
    kind: "read",
    benchmarks: [
      {
        provider: "inspect_ai",
        id: "hedgerow",
        version: "0",
        metrics: new Map([["includes/accuracy", 0.75]]),
        passed: undefined,
        evaluator,
        samples: { scored: 4, total: 4 },
        gaps: [],
      },
    ],
    stated: {
      modelName: "acme/granite",
      modelNames: ["acme/granite", "vllm/acme/granite"],
      collectionId: undefined,
      isUntimed: false,
    },
    evaluators: [evaluator],
    completedAt: "2026-11-29T12:00:00+02:00",
    passedOver: [],
  };

  it("is read as JSON", async () => expect(await asJson()).toEqual(content));

  it.each([0, 8, 93] as const)(
    "is read as an archive packed by method %d, of which only the header",
    async (method) => {
      expect(await asArchive({ ...headerFile(), method })).toEqual(content);
    },
  );

  it("is read where a sample was run anew, which then stands twice in the archive", async () => {
    expect(await asArchive(sample, headerFile())).toEqual(content);
  });

  it("names a metric by its score, and by the reducer where there are several", async () => {
    const scores = [
      inspectScore(),
      inspectScore({ name: "match" }),
      inspectScore({ name: "judge", reducer: "mean" }),
      inspectScore({ name: "judge", reducer: "max" }),
    ];
    expect(await asJson({ results: inspectResults({ scores }) })).toMatchObject(
      benchmark({
        metrics: new Map([
          ["includes/accuracy", 0.75],
          ["match/accuracy", 0.75],
          ["judge/mean/accuracy", 0.75],
          ["judge/max/accuracy", 0.75],
        ]),
      }),
    );
  });

  it("counts samples once, over several epochs", async () => {
    expect(await asJson(twice)).toMatchObject(benchmark({ samples: { scored: 4, total: 4 } }));
  });

  it.each([
    ["limited", { eval: inspectEval({ config: { limit: 2 } }) }, "limited to 4 of 4 samples"],
    ["limited", { eval: inspectEval({ config: { sample_id: [1] } }) }, "limited to 4 of 4 samples"],
    ["failed", { results: inspectResults({ completed_samples: 1 }) }, "3 of 4 samples failed"],
    [
      "unscored",
      { results: inspectResults({ scores: [inspectScore({ unscored_samples: 2 })] }) },
      "2 samples were not",
    ],
    ["unscored", { results: inspectResults({ scores: [inspectScore({ scored_samples: 2 })] }) }, "2 of 4 samples were"],
  ])("says what is left out: %s", async (kind, over, message) => {
    expect(await asJson(over)).toMatchObject(
      benchmark({ gaps: [{ kind, message: expect.stringContaining(message) }] }),
    );
  });

  it("does not call complete what says nothing of its samples", async () => {
    const over = { results: { scores: [inspectScore({ scored_samples: null })] } };
    expect(await asJson(over)).toMatchObject(benchmark({ samples: undefined, gaps: undefined }));
  });

  it("does not call complete what counts samples that failed among those that did not", async () => {
    const config = { epochs: 1, log_samples: false, score_on_error: true };
    expect(await asJson({ eval: inspectEval({ config }) })).toMatchObject(benchmark({ gaps: undefined }));
  });

  it("has no metric over no samples", async () => {
    const scores = [inspectScore({ scored_samples: 0 })];
    expect(await asJson({ results: inspectResults({ scores }) })).toMatchObject({ kind: "refused" });
  });

  it.each([
    ["ended as error", asJson({ status: "error" })],
    ["ended as cancelled", asJson({ status: "cancelled" })],
    ["were declared invalid", asJson({ invalidated: true })],
    ["its log has no header", readOne("log.eval", zipOf([{ ...sample, name: "_journal/start.json" }]))],
  ])("is incomplete: %s", async (message, reading) => {
    const read = await reading;
    expect(read).toMatchObject({ kind: "refused", reason: "EVALUATION_INCOMPLETE" });
    expect(read).toMatchObject({ message: expect.stringContaining(message) });
  });

  it.each([
    ["none/none", {}],
    ["vllm//models/granite", {}],
    ["hf/local", { model_args: { model_path: "./granite" } }],
    ["hf/a/b/c", {}],
  ])("names no model where it has %s", async (model, over) => {
    expect(await asJson({ eval: inspectEval({ model, ...over }) })).toMatchObject({ stated: { modelName: undefined } });
  });

  it("has no time where it says none, or one without a zone", async () => {
    for (const completed_at of ["", "2026-11-29T12:00:00"])
      expect(await asJson({ stats: { completed_at } })).toMatchObject({ completedAt: undefined });
  });
});

/** Of four samples in two epochs each. */
const twice = {
  eval: inspectEval({ config: { epochs: 2 } }),
  results: inspectResults({ total_samples: 8, completed_samples: 8 }),
};

describe("a log of Inspect over two epochs", () => {
  const scored = { includes: { value: "C" } };
  const summaries = (count: number, scores: (at: number) => unknown): ZipFile => ({
    name: "summaries.json",
    content: Buffer.from(JSON.stringify(Array.from({ length: count }, (_, at) => ({ id: at, scores: scores(at) })))),
  });
  const unread = [{ kind: "unread", message: "it ran 2 epochs, and what was scored in each cannot be read" }];
  const unscored = (count: number): object[] => [
    { kind: "unscored", message: `${count} of 8 answers were scored in 2 epochs` },
  ];
  const named = { eval: { ...twice.eval, dataset: { samples: 4 } }, results: twice.results };

  it.each<[string, Json, ZipFile | undefined, object[]]>([
    ["every answer was scored", twice, summaries(8, () => scored), []],
    ["one was not", twice, summaries(8, (at) => (at === 3 ? {} : scored)), unscored(7)],
    ["one has no scores", twice, summaries(8, (at) => (at === 3 ? null : scored)), unscored(7)],
    ["one has no value", twice, summaries(8, (at) => (at === 3 ? { includes: { value: null } } : scored)), unscored(7)],
    ["all are another scorer's", twice, summaries(8, () => ({ match: { value: 1 } })), unscored(0)],
    ["there are fewer answers than planned", twice, summaries(7, () => scored), unscored(7)],
    ["there are more answers than planned", twice, summaries(9, () => scored), unread],
    ["the summaries are not there", twice, undefined, unread],
    ["they are no list", twice, { name: "summaries.json", content: Buffer.from("{}") }, unread],
    ["they hold NaN", twice, { name: "summaries.json", content: Buffer.from('[{"scores": NaN}]') }, unread],
    [
      "a list lacks one",
      twice,
      summaries(8, (at) => ({ includes: { value: at === 3 ? [1, null] : [1, 1] } })),
      unscored(7),
    ],
    [
      "a map lacks one",
      twice,
      summaries(8, (at) => ({ includes: { value: { a: at === 3 ? null : 1 } } })),
      unscored(7),
    ],
    ["a map has each", twice, summaries(8, () => ({ includes: { value: { a: 1 } } })), []],
    ["they are long", twice, summaries(8, () => ({ includes: { value: "C".repeat(1 << 16) } })), unread],
    ["only the number of samples tells", { ...named, eval: inspectEval({ config: {} }) }, undefined, unread],
  ])("says what was scored: %s", async (_, over, file, gaps) => {
    const files = file === undefined ? [] : [file];
    expect(await asArchive(headerFile(over), ...files)).toMatchObject(benchmark({ gaps }));
  });

  const judged = (scores: object[]): Json => ({
    ...twice,
    results: inspectResults({ total_samples: 8, completed_samples: 8, scores }),
  });
  const parts = judged([
    inspectScore({ name: "tone", scorer: "judge" }),
    inspectScore({ name: "facts", scorer: "judge" }),
  ]);

  it.each<[string, Json, (at: number) => unknown, object[]]>([
    ["each part of a score", parts, () => ({ judge: { value: { tone: 1, facts: 1 } } }), []],
    [
      "one part is not there",
      parts,
      (at) => ({ judge: { value: at === 3 ? { tone: 1 } : { tone: 1, facts: 1 } } }),
      unscored(7),
    ],
    ["one part is nothing", parts, (at) => ({ judge: { value: { tone: 1, facts: at < 4 ? null : 1 } } }), unscored(4)],
    [
      "one score of two",
      judged([inspectScore(), inspectScore({ name: "match", scorer: "match" })]),
      () => scored,
      unscored(0),
    ],
  ])("looks at every score: %s", async (_, over, scores, gaps) => {
    expect(await asArchive(headerFile(over), summaries(8, scores))).toMatchObject(benchmark({ gaps }));
  });

  it("says so where it is JSON, of which samples are not read", async () => {
    expect(await asJson(twice)).toMatchObject(benchmark({ gaps: unread }));
  });
});

it("a log of Inspect that gives one metric two values is refused: nothing says which one counts", async () => {
  const scores = [0.1, 0.9].map((value) => inspectScore({ metrics: { accuracy: { value } } }));
  expect(await asJson({ results: inspectResults({ scores }) })).toMatchObject({
    kind: "refused",
    reason: "ARTIFACT_INVALID",
    message: expect.stringContaining("is both 0.1 and 0.9"),
  });
});

describe("a malformed log of Inspect is refused", () => {
  const scoreWith = (metrics: unknown): Json => ({ results: inspectResults({ scores: [inspectScore({ metrics })] }) });
  const text = JSON.stringify(inspectHeader());

  it.each([
    ["with a task that is no text", inspectHeader({ eval: inspectEval({ task: 7 }) }), "eval.task"],
    ["with scores that are no list", inspectHeader({ results: { scores: {} } }), "results.scores"],
    ["with metrics that are no object", inspectHeader(scoreWith([])), "results.scores.0.metrics"],
    ["with a metric that is a number", inspectHeader(scoreWith({ a: 1 })), "results.scores.0.metrics.a"],
    ["with a metric that is text", inspectHeader(scoreWith({ a: { value: "1" } })), "1 is not a finite number"],
    ["with a count below 0", inspectHeader({ results: inspectResults({ total_samples: -1 }) }), "total_samples"],
    ["with NaN", Buffer.from(text.replace("0.75", "NaN")), "it stands at results.scores.0.metrics.accuracy.value"],
    ["cut off", Buffer.from(text.slice(0, -3)), "it is not JSON"],
    ["with a key twice", Buffer.from(text.replace("{", '{"status":"error",')), "the key status twice"],
  ])("%s", async (_, content, message) => {
    const read = await readOne("log.json", content);
    expect(read).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
    expect(read).toMatchObject({ message: expect.stringContaining(message) });
  });
});

describe("a malformed archive of Inspect is refused", () => {
  const good = zipOf([headerFile()]);
  const changed = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes.writeUInt8(value, at < 0 ? bytes.length + at : at);
    return bytes;
  };

  it.each([
    ["cut off", good.subarray(0, -1), "its directory is not there"],
    ["cut to its head", good.subarray(0, 64), "its directory is not there"],
    ["with a directory elsewhere", changed(-4, 255), "is not there"],
    ["with fewer files in its number than in its directory", changed(-12, 0), "its directory is malformed"],
    ["with more files than it lists", changed(-12, 2), "its directory is malformed"],
    ["with a name twice", zipOf([headerFile(), headerFile()]), "it holds header.json twice"],
    ["with an encrypted header", zipOf([{ ...headerFile(), says: { flags: 1 } }]), "is encrypted"],
    ["with a method of its own", zipOf([{ ...headerFile(), says: { method: 12 } }]), "packed by method 12"],
    ["with another method", zipOf([{ ...headerFile(), says: { method: 8 } }]), "is not what its directory says"],
    ["with another checksum", zipOf([{ ...headerFile(), says: { checksum: 1 } }]), "is not what its directory says"],
    ["with fewer bytes than it says", zipOf([{ ...headerFile(), says: { size: 9999 } }]), "not what its directory"],
    ["with more bytes than it says", zipOf([{ ...headerFile(), says: { size: 99 } }]), "not what its directory"],
    ["with far too many", zipOf([{ ...headerFile(), says: { size: 0x7fffffff } }]), "unpacks to more than"],
    ["with another header", zipOf([{ name: "header.json", content: Buffer.from("{}") }]), "not the header of a log"],
    [
      "with a header cut off",
      zipOf([{ name: "header.json", content: Buffer.from("{") }]),
      "header.json: it is not JSON",
    ],
  ])("%s", async (_, content, message) => {
    const read = await readOne("log.eval", content);
    expect(read).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
    expect(read).toMatchObject({ message: expect.stringContaining(message) });
  });
});
