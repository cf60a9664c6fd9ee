import { describe, it, expect } from "@jest/globals";
import * as fc from "fast-check";
import { gzipSync } from "node:zlib";
import type { Content } from "../../../policies/artifact.ts";
import { contentLimits } from "../../../evidence/content-budget.ts";
import { limits } from "../../../registry/limits.ts";
import { readArtifact, readContent } from "../../../evidence/read-artifact.ts";
import {
  artifactOf,
  digestOf,
  evalhubAnnotations,
  evalhubArtifact,
  evalhubArtifactType,
  evalhubLayer,
  jobResults,
  metric,
  tarGzipLayer,
  tarLayer,
  type BuiltArtifact,
  type Json,
  type Layer,
} from "../../support/artifacts.ts";
import { tarOf } from "../../support/tar.ts";
import { createMemorySource, type MemorySource } from "../../support/memory-source.ts";

const never = new AbortController().signal;

async function contentOf(
  artifact: BuiltArtifact,
  source: MemorySource = createMemorySource(artifact),
): Promise<Content> {
  const read = await readArtifact(source, "quay.io/acme/evals", artifact.digest, never);
  return (await readContent(source, read, never)).content;
}

const withResults = (over: Json, annotations?: Readonly<Record<string, string>>): BuiltArtifact =>
  evalhubArtifact({ "results.json": jobResults(over) }, annotations);
const withLayers = (...layers: readonly Layer[]): BuiltArtifact =>
  artifactOf(layers, { artifactType: evalhubArtifactType, annotations: evalhubAnnotations() });
const refusedAs = (reason: string): object => ({ kind: "refused", reason });

describe("EvalHub results", () => {
  it("reads what the SDK pushes", async () => {
    expect(await contentOf(evalhubArtifact())).toEqual({
      kind: "read",
      benchmarks: [
        { provider: "lm_evaluation_harness", id: "mmlu", metrics: new Map([["acc,none", 0.642]]), passed: undefined },
      ],
      job: "11111111-2222-3333-4444-555555555555",
      completedAt: "2026-06-16T05:20:07Z",
    });
  });

  it.each(["olot.layer.content.name", "olot.title", "org.opencontainers.image.title"])(
    "finds the file named by %s",
    async (key) => {
      const layer = { ...evalhubLayer("results.json", jobResults()), annotations: { [key]: "results.json" } };
      expect(await contentOf(withLayers(layer))).toMatchObject({ kind: "read" });
    },
  );

  it("finds the results by their shape, whatever the file is called", async () => {
    const files = { "logs/a.json": { log: [] }, "list.json": [1], "r_1.json": jobResults() };
    expect(await contentOf(evalhubArtifact(files))).toMatchObject({ kind: "read", benchmarks: [{ id: "mmlu" }] });
  });

  it("fetches no layer whose name says that it holds no results", async () => {
    const artifact = evalhubArtifact({
      "results.json": jobResults(),
      "samples.jsonl": {},
      "summary.txt": {},
      json: {},
    });
    const source = createMemorySource(artifact);
    await contentOf(artifact, source);
    expect(source.requests).toHaveLength(2);
  });

  it("gives every file as a benchmark, and the oldest time", async () => {
    const files = {
      "a.json": jobResults({ completed_at: "2026-06-16T05:00:00Z" }),
      "b.json": jobResults({ benchmark_id: "gsm8k", completed_at: "2026-06-16T06:30:00+02:00" }),
      "c.json": jobResults({ results: [metric("acc,none", 0.1)] }),
    };
    expect(await contentOf(evalhubArtifact(files))).toMatchObject({
      benchmarks: [{ id: "mmlu" }, { id: "gsm8k" }, { id: "mmlu", metrics: new Map([["acc,none", 0.1]]) }],
      completedAt: "2026-06-16T06:30:00+02:00",
    });
  });

  it("keeps a time that it cannot read, so that nobody takes another one for it", async () => {
    const files = { "a.json": jobResults(), "b.json": jobResults({ completed_at: "yesterday" }) };
    expect(await contentOf(evalhubArtifact(files))).toMatchObject({ completedAt: "yesterday" });
  });

  it.each([
    ["job_spec.provider_id", { job_spec: { provider_id: "spec" }, framework: "framework" }, "spec"],
    ["framework", { job_spec: {}, framework: "framework" }, "framework"],
    ["the annotation", null, "lm_evaluation_harness"],
  ])("takes the provider from %s", async (_, metadata, provider) => {
    expect(await contentOf(withResults({ evaluation_metadata: metadata }))).toMatchObject({
      benchmarks: [{ provider }],
    });
  });

  it.each<[string, unknown, number | undefined]>([
    ["a number", 0.5, 0.5],
    ["zero", 0, 0],
    ["a string that is a JSON number", "-1.5e-3", -0.0015],
    ["a string with a blank", " 0.5", undefined],
    ["a string with a unit", "50%", undefined],
    ["a hexadecimal string", "0x10", undefined],
    ["a string with a leading zero", "00.5", undefined],
    ["an empty string", "", undefined],
    ["the string NaN", "NaN", undefined],
    ["a string beyond all doubles", "1e999", undefined],
    ["true", true, undefined],
    ["null", null, undefined],
    ["a list", [0.5], undefined],
  ])("reads a metric that is %s", async (_, value, expected) => {
    const content = await contentOf(withResults({ results: [metric("m", value)] }));
    expect(content.kind === "read" && content.benchmarks[0]?.metrics.get("m")).toBe(expected);
  });

  it("passes over a metric beyond all doubles, and entries that are no metrics", async () => {
    const text = JSON.stringify(jobResults({ results: [metric("m", "HUGE"), 7, null, { metric_value: 1 }] }));
    const file = Buffer.from(text.replace('"HUGE"', "1e999"));
    expect(await contentOf(evalhubArtifact({ "results.json": file }))).toMatchObject({
      benchmarks: [{ metrics: new Map() }],
    });
  });

  it("accepts a metric that is stated twice with one value", async () => {
    const results = [metric("m", 0.5), metric("m", "0.50")];
    expect(await contentOf(withResults({ results }))).toMatchObject({
      benchmarks: [{ metrics: new Map([["m", 0.5]]) }],
    });
  });

  it("never becomes a prototype's property", async () => {
    const content = await contentOf(withResults({ results: [metric("__proto__", 1), metric("constructor", 2)] }));
    expect(content).toMatchObject({
      benchmarks: [
        {
          metrics: new Map([
            ["__proto__", 1],
            ["constructor", 2],
          ]),
        },
      ],
    });
  });

  it.each([
    ["T20 zero results", withResults({ results: [] })],
    [
      "T20 zero results in every file",
      evalhubArtifact({ "a.json": jobResults({ results: [] }), "b.json": jobResults({ results: [] }) }),
    ],
    ["a metric with two values", withResults({ results: [metric("m", 0.5), metric("m", 0.6)] })],
    ["T22 another job than annotated", withResults({ id: "other" })],
    ["T22 another job than annotated, in an adapter's own summary", withResults({ id: undefined, job_id: "other" })],
    ["T22 another benchmark than annotated", withResults({ benchmark_id: "gsm8k" })],
    ["T22 another model than annotated", withResults({ model_name: "mistral-7b" })],
    [
      "T22 another model in one of its files",
      evalhubArtifact({ "a.json": jobResults(), "b.json": jobResults({ model_name: "mistral-7b" }) }),
    ],
    ["a model's name of another type", withResults({ model_name: ["granite-3.1-8b-instruct"] })],
    [
      "T27 results with a key twice",
      evalhubArtifact({ "results.json": Buffer.from(`{"results":[],${JSON.stringify(jobResults()).slice(1)}`) }),
    ],
    ["a file that is not JSON, and no other", evalhubArtifact({ "results.json": Buffer.from("NaN") })],
    ["T05 results nested too deep", evalhubArtifact({ "results.json": Buffer.from("[".repeat(1000)) })],
    ["T06 a decompression bomb", withLayers(layerOf(gzipSync(Buffer.alloc(limits.layerBytes + 1))))],
    ["a layer that is no gzip", withLayers(layerOf(Buffer.from("not a gzip")))],
    ["a gzip that breaks off", withLayers(layerOf(evalhubLayer("results.json", jobResults()).bytes.subarray(0, -20)))],
    ["a gzip without a tar in it", withLayers(layerOf(gzipSync("{}".repeat(600))))],
    [
      "T16 a symbolic link",
      withLayers(tarLayer("r.json", [{ name: "r.json", content: Buffer.of(), type: "2", linkName: "/etc/passwd" }])),
    ],
    [
      "T16 a hard link",
      withLayers(tarLayer("r.json", [{ name: "r.json", content: Buffer.of(), type: "1", linkName: "/etc/passwd" }])),
    ],
    ["T16 a device", withLayers(tarLayer("r.json", [{ name: "r.json", content: Buffer.of(), type: "3" }]))],
    [
      "T05 too many files in a layer",
      withLayers(
        tarLayer(
          "r.json",
          Array.from({ length: limits.tarEntries + 1 }, (_, at) => ({ name: `${at}`, content: Buffer.from("{}") })),
        ),
      ),
    ],
    ["T05 a layer over the limit", withLayers({ ...layerOf(Buffer.of()), size: limits.layerBytes + 1 })],
  ])("refuses %s", async (_, artifact) => {
    expect(await contentOf(artifact)).toMatchObject(refusedAs("ARTIFACT_INVALID"));
  });

  it("T05 asks for no layer over the limit", async () => {
    const artifact = withLayers({ ...layerOf(Buffer.of()), size: limits.layerBytes + 1 });
    const source = createMemorySource(artifact);
    await contentOf(artifact, source);
    expect(source.requests).toEqual([`manifest quay.io/acme/evals@${artifact.digest}`]);
  });

  it("T05 stops unpacking when all layers together are too much", async () => {
    const bombs = Array.from({ length: 20 }, (_, at) => layerOf(gzipSync(Buffer.alloc(limits.layerBytes + 1, at))));
    const artifact = withLayers(...bombs);
    const source = createMemorySource(artifact);
    expect(await contentOf(artifact, source)).toMatchObject(refusedAs("ARTIFACT_INVALID"));
    expect(source.requests).toHaveLength(1 + contentLimits.large);
  });

  it.each<[string, Layer]>([
    ["over the limit", { ...layerOf(Buffer.of()), size: limits.layerBytes + 1 }],
    ["that is not JSON", evalhubLayer("lighteval_results.json", Buffer.from('{"stderr":NaN}'))],
  ])("needs no file %s where another holds the results", async (_, layer) => {
    expect(await contentOf(withLayers(layer, evalhubLayer("results.json", jobResults())))).toMatchObject({
      kind: "read",
    });
  });

  it.each<[string, BuiltArtifact, string[] | undefined]>([
    ["without a file in the shape of results", evalhubArtifact({ "summary.json": { score: 1 } }), ["summary.json"]],
    ["without JSON", evalhubArtifact({ "summary.txt": Buffer.from("passed") }), ["summary.txt"]],
    [
      "with results in a layer of another type",
      withLayers({ ...evalhubLayer("results.json", jobResults()), mediaType: "application/json" }),
      ["results.json"],
    ],
    [
      "with results in a layer without a name",
      withLayers({ bytes: evalhubLayer("results.json", jobResults()).bytes, mediaType: tarGzipLayer }),
      undefined,
    ],
  ])("gives none for an artifact %s, and names its files", async (_, artifact, files) => {
    expect(await contentOf(artifact)).toEqual({ kind: "none", ...(files && { files }) });
  });

  it.each([
    "../../../../etc/cron.d/results.json",
    "/etc/passwd.json",
    "..\\results.json",
    "a\u0000.json",
    "C:results.json",
  ])("T16 takes the name %j for no path", async (name) => {
    expect(
      await contentOf(withLayers({ ...evalhubLayer("x", jobResults()), annotations: { "olot.title": name } })),
    ).toMatchObject({ kind: "read" });
  });

  it("T02 says EVIDENCE_CORRUPT when a layer's bytes are others, though another layer would do", async () => {
    const artifact = evalhubArtifact({ "a.json": jobResults(), "b.json": jobResults() });
    const wrong = evalhubLayer("a.json", jobResults({ overall_score: 0.999 }));
    const digest = digestOf(evalhubLayer("a.json", jobResults()).bytes);
    const blobs = new Map([...artifact.blobs, [digest, wrong.bytes] as const]);
    expect(await contentOf({ ...artifact, blobs })).toMatchObject(refusedAs("EVIDENCE_CORRUPT"));
  });

  it("says EVIDENCE_NOT_FOUND when the registry lost a layer", async () => {
    expect(await contentOf({ ...evalhubArtifact(), blobs: new Map() })).toMatchObject(refusedAs("EVIDENCE_NOT_FOUND"));
  });

  it.each<[string, (tar: Buffer) => Buffer, (tar: Buffer) => Buffer]>([
    ["layer's", gzipSync, (packed) => packed],
    ["archive's", (tar) => tar, gzipSync],
  ])("refuses or reads, and never hangs, whatever one of the %s bytes is", async (_, before, after) => {
    const whole = before(tarOf([{ name: "results.json", content: Buffer.from(JSON.stringify(jobResults())) }]));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
        const broken = Buffer.from(whole);
        broken[at] = byte;
        expect(["read", "refused", "none"]).toContain((await contentOf(withLayers(layerOf(after(broken))))).kind);
      }),
    );
  });

  it("refuses or reads, and never hangs, wherever the archive ends", async () => {
    const whole = tarOf([{ name: "results.json", content: Buffer.from(JSON.stringify(jobResults())) }]);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length }), async (end) => {
        const layer = layerOf(gzipSync(whole.subarray(0, end)));
        expect(["read", "refused", "none"]).toContain((await contentOf(withLayers(layer))).kind);
      }),
    );
  });
});

function layerOf(bytes: Buffer): Layer {
  return { bytes, mediaType: tarGzipLayer, annotations: { "olot.title": "results.json" } };
}
