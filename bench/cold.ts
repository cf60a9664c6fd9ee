import { Agent } from "undici";
import {
  artifactOf,
  evalhubArtifactType,
  evalhubLayer,
  jobResults,
  metric,
  type Json,
} from "../test/support/artifacts.ts";
import { annotations, evaluation, referenceTo } from "../test/support/builders/evaluation.ts";
import { onlyBenchmarks, policy, strict } from "../test/support/builders/policy.ts";
import { review } from "../test/support/builders/review.ts";
import { deployment } from "../test/support/builders/workload.ts";
import { lmEvalResults, lmEvalTask } from "../test/support/evaluator-files.ts";
import { startTestGate } from "../test/support/gate.ts";
import { startHostileRegistry } from "../test/support/hostile-registry/server.ts";
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

/** Cold reviews of evidence whose results are read from its files, medians. */
export interface ColdResults {
  readonly bytes: number;
  readonly evaluatorMs: number;
  readonly evalhubMs: number;
}

const tasks = 24;
const asked = onlyBenchmarks({ id: "mmlu", metric: "acc,none", min: 0.6 });

/**
 * Reviews over TLS, one after the other, each of an artifact that nobody has asked for before: a file of lm-evaluation-harness and
 * EvalHub's results of the same size take turns.
 */
export async function measureColdResults(rounds: number): Promise<ColdResults> {
  const bytes = sizeOf(lmEvalFile(0));
  const metrics = countMetrics(bytes);
  await using registry = await startHostileRegistry();
  await using gate = await startTestGate(
    { "policy.yaml": policy(asked, { evidence: { repositories: [`${registry.host}/acme/evals`] } }) },
    { registries: [{ host: registry.host, plainHttp: true }], log: { level: "error" } },
  );
  const agent = new Agent({ connections: 1, connect: { rejectUnauthorized: false } });
  const times: [number[], number[]] = [[], []];
  // As many again warm up.
  for (let round = 0; round < 2 * rounds; round += 1)
    for (const [at, content] of [lmEvalFile(round), evalhubFile(metrics, round)].entries()) {
      const artifact = artifactOf([evalhubLayer("results.json", content)], {
        artifactType: evalhubArtifactType,
        annotations,
      });
      registry.push("acme/evals", artifact);
      const ms = await measureReview(agent, gate.url, referenceTo(artifact, `${registry.host}/acme/evals`));
      if (round >= rounds) times[at === 0 ? 0 : 1].push(ms);
    }
  await agent.close();
  return { bytes, evaluatorMs: median(times[0]), evalhubMs: median(times[1]) };
}

/** Milliseconds to an admission. */
async function measureReview(agent: Agent, url: string, reference: string): Promise<number> {
  const body = JSON.stringify(review(deployment(reference)));
  const startMs = performance.now();
  const headers = { "content-type": "application/json" };
  const answer = await agent.request({ origin: url, path: "/validate", method: "POST", headers, body });
  const { response } = (await answer.body.json()) as ReviewResponse;
  const ms = performance.now() - startMs;
  if (!response.allowed) throw new Error(`it was denied: ${response.status?.message}`);
  return ms;
}

/** With each task's configuration, which is most of a real file. */
function lmEvalFile(round: number): Json {
  const names = ["mmlu", ...Array.from({ length: tasks - 1 }, (_, at) => `task_${at}`)];
  const each = (value: (name: string) => unknown): Json => Object.fromEntries(names.map((name) => [name, value(name)]));
  const model = "ibm-granite/granite-3.1-8b-instruct";
  return lmEvalResults({
    results: each((name) => lmEvalTask(name, { "acc,none": 0.642, "acc_stderr,none": 0.004 })),
    groups: {},
    group_subtasks: {},
    configs: each(configOf),
    versions: each(() => 1),
    higher_is_better: each(() => ({ acc: true })),
    "n-samples": each(() => ({ original: 100, effective: 100 })),
    config: { model: "hf", model_args: { pretrained: model }, limit: null, random_seed: round },
    model_name: model,
  });
}

function configOf(task: string): Json {
  const texts = { doc_to_text: "{{question.strip()}}\nAnswer:", doc_to_target: "answer", target_delimiter: " " };
  return {
    task,
    dataset_path: "acme/questions",
    dataset_name: task,
    test_split: "test",
    fewshot_split: "dev",
    ...texts,
    fewshot_config: { sampler: "first_n", split: null, process_docs: null, samples: null, ...texts },
    num_fewshot: 5,
    metric_list: [{ metric: "acc", aggregation: "mean", higher_is_better: true }],
    output_type: "multiple_choice",
    repeats: 1,
    should_decontaminate: false,
    metadata: { version: 1 },
  };
}

/** EvalHub's results with so many metrics. */
function evalhubFile(metrics: number, round: number): Json {
  const results = Array.from({ length: metrics }, (_, at) => metric(at === 0 ? "acc,none" : `acc_${at}`, 0.642));
  return jobResults({ model_name: "ibm-granite/granite-3.1-8b-instruct", benchmark_index: round, results });
}

/** As many as make so many bytes. */
function countMetrics(bytes: number): number {
  const [one, many] = [sizeOf(evalhubFile(1, 0)), sizeOf(evalhubFile(101, 0))];
  return 1 + Math.round((bytes - one) / ((many - one) / 100));
}

/** As it is packed. */
function sizeOf(content: Json): number {
  return JSON.stringify(content, undefined, 2).length;
}
