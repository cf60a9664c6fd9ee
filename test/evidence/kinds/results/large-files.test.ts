import { describe, expect, it } from "@jest/globals";
import { contentLimits } from "../../../../evidence/content-budget.ts";
import { findResults } from "../../../../evidence/kinds/results/find-results.ts";
import { bytesPerSkim } from "../../../../evidence/kinds/archive/skim-file.ts";
import { ContentBudget } from "../../../../evidence/content-budget.ts";
import { toManifest } from "../../../../registry/manifest.ts";
import type { Json } from "../../../support/artifacts.ts";
import { artifactOf, evalhubArtifactType, evalhubLayer } from "../../../support/artifacts.ts";
import { inspectHeader, lmEvalResults } from "../../../support/evaluator-files.ts";
import { distribution, guidellmBenchmark, guidellmFile, promptfooFile } from "../../../support/evaluators/files.ts";
import { readFiles } from "./read-files.ts";

/** As GuideLLM writes of each request, in about as many values and bytes. */
function guidellmRequest(at: number): Json {
  const timings = Object.fromEntries(Array.from({ length: 24 }, (_, n) => [`timing_${n}`, 1_795_966_024.25 + n]));
  const sizes = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`of_${n}`, null]));
  const request_args = JSON.stringify({ messages: [{ role: "user", content: "hazel ".repeat(160) }] });
  return {
    request_id: `r${at}`,
    request_args,
    output: 'hazel "rowan" {',
    info: { status: "completed", timings },
    sizes,
  };
}

const guidellmRun = (requests: number): Json => ({
  ...guidellmBenchmark(),
  requests: {
    successful: Array.from({ length: requests }, (_, at) => guidellmRequest(at)),
    errored: [],
    incomplete: [],
  },
});
const ofRuns = (...benchmarks: Json[]): Json => ({ ...guidellmFile(), benchmarks });

describe("a large file of results", () => {
  it.each<[string, Json, string]>([
    ["GuideLLM with 5,000 requests", ofRuns(guidellmRun(5_000)), "concurrent@2"],
    ["GuideLLM with ten runs", ofRuns(...Array.from({ length: 10 }, () => guidellmRun(300))), "concurrent@2"],
    ["promptfoo with 20,000 tests", promptfooOf(20_000), "speaks of hazel"],
    ["Inspect with 20,000 samples", inspectHeader({ samples: listSamples(20_000) }), "hedgerow"],
  ])("is read without what is in it of each request, sample or test: %s", async (_, file, id) => {
    const large = await readFiles({ "results.json": file });
    expect(large).toMatchObject({
      kind: "read",
      benchmarks: expect.arrayContaining([expect.objectContaining({ id })]),
    });
    expect(large).not.toHaveProperty("unread");
  });

  it("says the same as a small one", async () => {
    const ofTotal = {
      latency: { successful: distribution(10, 5), errored: distribution(3, 9), total: distribution(13, 9) },
    };
    const small = guidellmFile({}, ofTotal);
    const padded = { ...small, conclusions: "x".repeat(200_000) };
    expect(await readFiles({ "a.json": padded })).toEqual(await readFiles({ "a.json": small }));
  });

  it.each<[string, string, Json]>([
    ["GuideLLM", "benchmarks.0.metrics", ofRuns({ ...guidellmRun(500), metrics: 7 })],
    ["promptfoo", "results.prompts", { ...promptfooOf(5_000), results: { version: 3, results: listSamples(5_000) } }],
  ])("is refused as a small one is where it is malformed: %s", async (_, place, file) => {
    expect(await readFiles({ "a.json": file })).toMatchObject({
      reason: "ARTIFACT_INVALID",
      message: expect.stringContaining(`its results are malformed at ${place}`),
    });
  });

  it.each(["results.json", "trace.jsonl"])(
    "is not read where 50 MB of it would be, beside one that is: %s",
    async (name) => {
      const log = Buffer.from(
        `{"log":[${`${JSON.stringify({ id: 1, text: "hazel rowan aspen" })},`.repeat(1_500_000)}0]}`,
      );
      expect(log.length).toBeGreaterThan(50_000_000);
      const { content, longest, fetched } = await readStepwise({ "a.json": lmEvalResults(), [name]: log });
      expect(content).toMatchObject({
        files: [expect.anything()],
        unread: [expect.stringContaining("unpacks to more")],
      });
      expect(longest.skimmed).toBeLessThanOrEqual(bytesPerSkim);
      expect(longest.values).toBeLessThan(2_000);
      expect(fetched).toHaveLength(2);
    },
  );

  it("is read in small steps where 50 MB of it are of requests", async () => {
    const { content, longest, spent } = await readStepwise({ "benchmarks.json": ofRuns(guidellmRun(12_000)) });
    expect(spent.skimmed).toBeGreaterThan(30_000_000);
    expect(content).toMatchObject({
      files: [expect.objectContaining({ evaluator: { name: "guidellm", version: "0.8.1" } })],
    });
    expect(content).toMatchObject({ unread: [] });
    expect(longest.skimmed).toBeLessThanOrEqual(bytesPerSkim);
    expect(longest.values).toBeLessThan(2_000);
  });

  it("of samples is not even fetched", async () => {
    const samples = Buffer.from('{"doc_id":0}\n'.repeat(4_000_000));
    const { fetched } = await readStepwise({ "a.json": lmEvalResults(), "samples_mmlu_2026.jsonl": samples });
    expect(fetched).toEqual(["a.json"]);
  });
});

function listSamples(count: number): Json[] {
  return Array.from({ length: count }, (_, at) => ({ id: at, input: "Say hazel", score: { value: 1, reason: "]}" } }));
}

function promptfooOf(tests: number): Json {
  const file = promptfooFile();
  return { ...file, results: { ...(file["results"] as Json), results: listSamples(tests) } };
}

type Spent = ContentBudget["spent"];

/** What is found in files that a registry serves as it is, and the most that was done of each kind without a pause. */
async function readStepwise(files: Readonly<Record<string, unknown>>) {
  const layers = Object.entries(files).map(([name, content]) => evalhubLayer(name, content));
  const { manifest } = artifactOf(layers, { artifactType: evalhubArtifactType });
  const descriptors = toManifest(JSON.parse(manifest.toString()), undefined).layers;
  const budget = new ContentBudget();
  let before: Spent = { ...budget.spent };
  const longest: Record<string, number> = {};
  const pause = async (): Promise<void> => {
    for (const counted of ["skimmed", "values", "work"] as const)
      longest[counted] = Math.max(longest[counted] ?? 0, budget.spent[counted] - before[counted]);
    before = { ...budget.spent };
  };
  const fetched: string[] = [];
  const content = await findResults(descriptors, {
    budget,
    pause,
    layer: async (descriptor, use) => {
      fetched.push(descriptor.annotations["olot.layer.content.name"] ?? "");
      return use(layers[descriptors.indexOf(descriptor)]?.bytes ?? Buffer.of(), async () => {});
    },
  });
  await pause();
  expect(budget.spent.skimmed).toBeLessThanOrEqual(contentLimits.skimmed);
  return { content, longest, spent: budget.spent, fetched } as const;
}
