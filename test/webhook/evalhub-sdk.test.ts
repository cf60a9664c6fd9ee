import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { jobResults, metric } from "../support/artifacts.ts";
import type { Json } from "../support/builders/json.ts";
import { onlyBenchmarks, policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";

const program = join(import.meta.dirname, "..", "support", "evalhub-push.py");
const mmlu = { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none", min: 0.62 };

describeWith(["docker-registry", "eval-hub-sdk"], "what the real EvalHub SDK pushes into a real registry", () => {
  let registry: DockerRegistry;
  let gate: TestGate;
  beforeAll(async () => {
    registry = await startDockerRegistry();
    const evidence = { repositories: [`${registry.host}/acme/evals`] };
    gate = await startTestGate(
      { "policy.yaml": policy({ ...onlyBenchmarks(mmlu), maxAge: "30d" }, { evidence }) },
      { registries: [{ host: registry.host, plainHttp: true }] },
    );
  }, 60_000);
  afterAll(async () => {
    await gate[Symbol.asyncDispose]();
    await registry.stop();
  });

  const push = async (over: Json = {}, annotations: Json = {}): Promise<string> => {
    const results = jobResults({ completed_at: new Date().toISOString(), ...over });
    const args = [program, registry.host, "acme/evals", JSON.stringify(results), JSON.stringify(annotations)];
    const { stdout } = await promisify(execFile)(componentPath("eval-hub-sdk"), args, { timeout: 60_000 });
    return stdout.trim();
  };

  it("prints a reference with tag and digest, the tag by its rule", async () => {
    // sha256 of 11111111-2222-3333-4444-555555555555:lm_evaluation_harness:mmlu:0
    const tag = "evalhub-9883fe50df2949c6541e214eb6598e64ac9d311554b91d0ef8633ab120714a7a";
    expect(await push()).toMatch(new RegExp(`^${registry.host}/acme/evals:${tag}@sha256:[0-9a-f]{64}$`));
  });

  it.each<[string, Json, Json, string | undefined]>([
    ["good results", {}, {}, undefined],
    ["a low score", { results: [metric("acc,none", 0.58)] }, {}, "METRIC_OUT_OF_BOUNDS"],
    ["another benchmark", { benchmark_id: "gsm8k" }, {}, "BENCHMARK_MISSING"],
    ["old results", { completed_at: "2026-01-01T00:00:00Z" }, {}, "EVIDENCE_EXPIRED"],
    ["a benchmark's id that the user overrode", {}, { "io.github.eval-hub.benchmark_id": "x" }, "ARTIFACT_INVALID"],
    ["a job's id that the user overrode", {}, { "io.github.eval-hub.job_id": "x" }, "ARTIFACT_INVALID"],
  ])("%s", async (_, results, annotations, reason) => {
    const reference = await push(results, annotations);
    const { allowed, auditAnnotations } = await gate.review(review(deployment(reference)));
    expect({ allowed, reasons: auditAnnotations["reasons"] }).toEqual({
      allowed: reason === undefined,
      reasons: reason,
    });
  });

  it("takes the reference with a scheme, as EvalHub prints it where its host was given with one", async () => {
    const { allowed } = await gate.review(review(deployment(`https://${await push()}`)));
    expect(allowed).toBe(true);
  });

  it("judges each benchmark by its digest, though both were pushed under one tag", async () => {
    const [good, bad] = [await push(), await push({ results: [metric("acc,none", 0.1)] })];
    expect(good.split("@")[0]).toBe(bad.split("@")[0]);
    expect(await gate.review(review(deployment(good)))).toMatchObject({ allowed: true });
    expect(await gate.review(review(deployment(bad)))).toMatchObject({ allowed: false });
  });
});
