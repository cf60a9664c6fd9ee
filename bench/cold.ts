import { Agent } from "undici";
import { createArtifactCache } from "../evidence/artifact-cache.ts";
import {
  artifactOf,
  evalhubArtifactType,
  evalhubLayer,
  jobResults,
  metric,
  type BuiltArtifact,
  type Json,
} from "../test/support/artifacts.ts";
import { evaluation, referenceTo } from "../test/support/builders/evaluation.ts";
import { policy, strict } from "../test/support/builders/policy.ts";
import { review } from "../test/support/builders/review.ts";
import { deployment } from "../test/support/builders/workload.ts";
import { lmEvalResults, lmEvalTask } from "../test/support/evaluator-files.ts";
import { startTestGate } from "../test/support/gate.ts";
import { startHostileRegistry } from "../test/support/hostile-registry/server.ts";
import { createMemorySource } from "../test/support/memory-source.ts";
import type { ReviewResponse } from "../webhook/admission/response.ts";
import { median } from "./median.ts";

/** Many reviews of one digest that nobody has asked for before. */
export interface ColdBurst {
  readonly reviews: number;
  readonly admitted: number;
  readonly manifestRequests: number;
  readonly totalMs: number;
}

/** Many reviews at once of one digest that nobody has asked for yet, over TLS, against a registry that counts. */
export async function measureColdBurst(reviews: number): Promise<ColdBurst> {
  const artifact = evaluation();
  await using registry = await startHostileRegistry();
  registry.push("acme/evals", artifact);
  const asked = policy(
    { ...strict, environment: ["production"], maxAge: undefined },
    { evidence: { repositories: [`${registry.host}/acme/evals`] } },
  );
  await using gate = await startTestGate(
    { "policy.yaml": asked },
    { registries: [{ host: registry.host, plainHttp: true }], log: { level: "error" } },
  );
  const agent = new Agent({ connections: 100, connect: { rejectUnauthorized: false } });
  const body = JSON.stringify(review(deployment(referenceTo(artifact, `${registry.host}/acme/evals`))));
  const startMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: reviews }, async () => {
      const answer = await agent.request({
        origin: gate.url,
        path: "/validate",
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      return (await answer.body.json()) as ReviewResponse;
    }),
  );
  const totalMs = performance.now() - startMs;
  await agent.close();
  return {
    reviews,
    admitted: answers.filter(({ response }) => response.allowed).length,
    manifestRequests: registry.asked("manifest").length,
    totalMs,
  };
}

/** What it takes to read results cold: fetched from memory, proved, unpacked and parsed. Processor time, medians. */
export interface ColdReading {
  readonly bytes: number;
  readonly evaluatorUs: number;
  readonly evalhubUs: number;
}

/** Of one measurement: enough for the clock, and for the compiler to have done its work. */
const readsOfRound = 40;
const tasks = 80;

/** A file of lm-evaluation-harness and EvalHub's results of the same size, taking turns, each time as if nobody had read them. */
export async function measureColdReading(rounds: number): Promise<ColdReading> {
  const names = Array.from({ length: tasks }, (_, at) => `task_${at}`);
  const file = lmEvalResults({
    results: Object.fromEntries(
      names.map((name) => [name, lmEvalTask(name, { "acc,none": 0.642, "acc_stderr,none": 0.004 })]),
    ),
    groups: {},
    group_subtasks: {},
    versions: Object.fromEntries(names.map((name) => [name, 1])),
    higher_is_better: Object.fromEntries(names.map((name) => [name, { acc: true }])),
    "n-samples": Object.fromEntries(names.map((name) => [name, { original: 100, effective: 100 }])),
  });
  const bytes = sizeOf(file);
  const subjects = [file, resultsOf(bytes)].map((content) =>
    artifactOf([evalhubLayer("results.json", content)], { artifactType: evalhubArtifactType }),
  );
  const times: [number[], number[]] = [[], []];
  // The first round warms up.
  for (let round = 0; round <= rounds; round += 1)
    for (const [at, artifact] of subjects.entries()) {
      const us = await measureReads(artifact);
      if (round > 0) times[at === 0 ? 0 : 1].push(us);
    }
  return { bytes, evaluatorUs: median(times[0]), evalhubUs: median(times[1]) };
}

/** EvalHub's results with as many metrics as make so many bytes. */
function resultsOf(bytes: number): Json {
  const sized = (count: number): Json =>
    jobResults({ results: Array.from({ length: count }, (_, at) => metric(`acc_${at}`, 0.642)) });
  const [none, some] = [sizeOf(sized(0)), sizeOf(sized(100))];
  return sized(Math.round((bytes - none) / ((some - none) / 100)));
}

/** As it is packed. */
function sizeOf(content: Json): number {
  return JSON.stringify(content, undefined, 2).length;
}

/** Microseconds of the processor for one read. */
async function measureReads(artifact: BuiltArtifact): Promise<number> {
  const source = createMemorySource(artifact);
  const signal = AbortSignal.timeout(60_000);
  const before = process.cpuUsage();
  for (let read = 0; read < readsOfRound; read += 1) {
    const cache = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
    const evidence = await cache.lookUp("quay.io/acme/evals", artifact.digest, true, signal);
    const content = evidence.kind === "found" ? evidence.artifact.content : evidence;
    if (content.kind !== "read") throw new Error(`it was not read: ${JSON.stringify(content)}`);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / readsOfRound;
}
