import { describe, it, expect } from "@jest/globals";
import type { Benchmark, Content } from "../../../policies/artifact.ts";
import { limits } from "../../../registry/limits.ts";
import { readArtifact, readContent } from "../../../evidence/read-artifact.ts";
import {
  cardArtifact,
  cardRow,
  evaluationCard,
  evaluationCardLayer,
  artifactOf,
  failedCardRow,
  type BuiltArtifact,
  type Json,
} from "../../support/artifacts.ts";
import { createMemorySource } from "../../support/memory-source.ts";

const never = new AbortController().signal;

async function contentOf(artifact: BuiltArtifact): Promise<Content> {
  const source = createMemorySource(artifact);
  const read = await readArtifact(source, "quay.io/acme/evals", artifact.digest, never);
  return (await readContent(source, read, never)).content;
}

const withRows = (rows: readonly Json[], context: Json = {}): BuiltArtifact =>
  cardArtifact(evaluationCard({ rows, context }));
const verdictOf = async (row: Json, context: Json = {}): Promise<Benchmark | string | undefined> => {
  const content = await contentOf(withRows([row], context));
  if (content.kind === "read") return content.benchmarks[0];
  return content.kind === "refused" ? content.reason : content.kind;
};
const direct = (lowerIsBetter?: boolean): Json => ({
  benchmarks: [
    {
      id: "mmlu",
      provider_id: "lm_evaluation_harness",
      primary_score: {
        metric: "acc,none",
        ...(lowerIsBetter === undefined ? {} : { lower_is_better: lowerIsBetter }),
      },
      pass_criteria: { threshold: 0.5 },
    },
  ],
});
const both = (...contexts: readonly Json[]): Json => ({
  benchmarks: contexts.flatMap(({ benchmarks }) => benchmarks),
});
const scored = (primary_score: string, threshold: string, pass = true): Json =>
  cardRow({ test: { primary_score, threshold, pass } });

describe("an evaluation card", () => {
  it("is read as the server writes it", async () => {
    expect(await contentOf(cardArtifact())).toEqual({
      kind: "read",
      benchmarks: [
        {
          provider: "lm_evaluation_harness",
          id: "mmlu",
          metrics: new Map([["acc,none", 0.642]]),
          resultsArtifact: { kind: "none" },
          passed: true,
        },
      ],
      stated: { modelName: "granite-3.1-8b-instruct", collectionId: undefined },
      job: "11111111-2222-3333-4444-555555555555",
      completedAt: "2026-06-16T05:20:09Z",
    });
  });

  it.each(["failed", "partially_failed", "cancelled", "running", "pending", "Completed", ""])(
    "of a job that ended as %p is not an evaluation, whatever its rows say",
    async (state) => {
      expect(await contentOf(cardArtifact(evaluationCard({ state })))).toMatchObject({
        kind: "refused",
        reason: "EVALUATION_INCOMPLETE",
      });
    },
  );

  it("of a job that failed in part is not an evaluation, with the errors that the server writes", async () => {
    const document = evaluationCard({ state: "partially_failed", rows: [cardRow(), failedCardRow()] });
    expect(await contentOf(cardArtifact(document))).toMatchObject({ reason: "EVALUATION_INCOMPLETE" });
  });

  it.each<[string, Json, boolean | undefined]>([
    ["passed", {}, true],
    ["failed", { test: { primary_score: "0.4", threshold: "0.5", pass: false } }, false],
    ["no test: no verdict", { test: undefined }, undefined],
    ["a test that is null: no verdict", { test: null }, undefined],
    ["a pass without numbers", { test: { pass: true } }, true],
    ["a row that failed", { status: "failed" }, false],
    ["a row with an error", { error_message: { message: "out of memory", message_code: "oom" } }, false],
    ["a row whose error is a text", { error_message: "out of memory" }, false],
    ["a row with a warning", { warning_message: { message: "slow", message_code: "slow" } }, true],
  ])("%s", async (_, over, passed) => {
    expect(await verdictOf(cardRow(over))).toMatchObject({ passed });
  });

  it("counts no metric of a row that did not complete", async () => {
    expect(await verdictOf(cardRow({ status: "failed" }))).toMatchObject({ metrics: new Map() });
  });

  it("keeps the verdict of every row, though the aggregate passes", async () => {
    const rows = [
      cardRow(),
      cardRow({ id: "toxicity", test: { primary_score: "0.2", threshold: "0.5", pass: false } }),
    ];
    expect(await contentOf(withRows(rows, { collection_id: "safety" }))).toMatchObject({
      benchmarks: [
        { id: "mmlu", passed: true },
        { id: "toxicity", passed: false },
      ],
    });
  });

  it("keeps two runs of one benchmark apart", async () => {
    const rows = [cardRow(), cardRow({ test: { pass: false } })];
    expect(await contentOf(withRows(rows))).toMatchObject({ benchmarks: [{ passed: true }, { passed: false }] });
  });

  it.each<[string, Json, Json, boolean | string]>([
    ["higher is better, above", scored("0.6", "0.5"), direct(false), true],
    ["higher is better, below", scored("0.4", "0.5"), direct(false), "ARTIFACT_INVALID"],
    ["lower is better, below", scored("1e-05", "2e-05"), direct(true), true],
    ["lower is better, above by its exponent", scored("2e+01", "3"), direct(true), "ARTIFACT_INVALID"],
    ["exactly the threshold", scored("5e-01", "0.5"), direct(false), true],
    ["false, which the server leaves out", scored("0.4", "0.5"), direct(), "ARTIFACT_INVALID"],
    ["no primary score is told of", scored("0.4", "0.5"), { benchmarks: [{ id: "mmlu" }] }, true],
    [
      "numbers as numbers",
      cardRow({ test: { primary_score: 0.4, threshold: 0.5, pass: true } }),
      direct(),
      "ARTIFACT_INVALID",
    ],
    ["a collection, which says nothing", scored("0.4", "0.5"), { collection_id: "c" }, true],
    ["the rule of another provider", cardRow({ provider_id: "x", ...only("0.4", "0.5") }), direct(false), true],
    ["a score that is no number", scored("NaN", "0.5"), direct(false), "ARTIFACT_INVALID"],
    ["a threshold with a unit", scored("0.6", "50%"), direct(), "ARTIFACT_INVALID"],
    ["a failure is never made a pass", scored("0.9", "0.5", false), direct(false), false],
    ["a benchmark listed twice, by the first", scored("0.6", "0.5"), both(direct(false), direct(true)), true],
    ["and not by the second", scored("0.6", "0.5"), both(direct(true), direct(false)), "ARTIFACT_INVALID"],
  ])("computes a pass again: %s", async (_, row, context, expected) => {
    const verdict = await verdictOf(row, context);
    expect(typeof verdict === "object" ? verdict.passed : verdict).toBe(expected);
  });

  it("reads metrics as numbers only", async () => {
    const metrics = { "acc,none": "6.42e-01", name: "mmlu", nested: { a: 1 }, none: null };
    expect(await verdictOf(cardRow({ metrics }))).toMatchObject({ metrics: new Map([["acc,none", 0.642]]) });
  });

  it.each([
    ["evaluation_job_id", "another"],
    ["io.github.eval-hub.job_id", "another"],
    ["io.github.eval-hub.model", "another"],
    ["io.github.eval-hub.benchmark_id", "another"],
    ["io.github.eval-hub.provider_id", "another"],
    ["dev.assaygate.collection.id", "another"],
  ])("is refused where the annotation %s contradicts it", async (key, value) => {
    const built = evaluationCard({ context: { collection_id: "safety-and-fairness-v1" } });
    expect(await contentOf(cardArtifact(built, { [key]: value }))).toMatchObject({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(key),
    });
  });

  it.each<[string, Json]>([
    ["another card version", { ...evaluationCard(), card_version: "2.0" }],
    ["no job", { ...evaluationCard(), metadata: {} }],
    ["no state", { ...evaluationCard(), results: { benchmarks: [cardRow()] } }],
    ["no rows", evaluationCard({ rows: [] })],
    ["a pass that is text", evaluationCard({ rows: [cardRow({ test: { pass: "true" } })] })],
    ["too many rows", evaluationCard({ rows: Array.from({ length: limits.benchmarks + 1 }, () => cardRow()) })],
  ])("is refused with %s", async (_, document) => {
    expect(await contentOf(cardArtifact(document))).toMatchObject({ kind: "refused", reason: "ARTIFACT_INVALID" });
  });

  it("is refused with a second layer", async () => {
    const layer = { bytes: Buffer.from(JSON.stringify(evaluationCard())), mediaType: evaluationCardLayer };
    expect(await contentOf(artifactOf([layer, { ...layer, mediaType: "text/plain" }]))).toMatchObject({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
    });
  });

  it("is refused with a key twice", async () => {
    const text = JSON.stringify(evaluationCard()).replace('"state":', '"state":"failed","state":');
    expect(await contentOf(cardArtifact(Buffer.from(text)))).toMatchObject({ reason: "ARTIFACT_INVALID" });
  });
});

function only(primary_score: string, threshold: string): Json {
  return { test: { primary_score, threshold, pass: true } };
}
