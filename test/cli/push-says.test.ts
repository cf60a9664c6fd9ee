import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { lmEvalResults } from "../support/evaluator-files.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

let program: Program;
beforeEach(async () => {
  program = await createProgram();
  await program.write("results/results_2026.json", lmEvalResults());
  await program.write("results/samples_mmlu.jsonl", '{"doc_id":0}\n');
});
afterEach(() => program.remove());

const to = ["--to", "oci-layout:out:v1"];
const about = ["--model-version", "3.1", "--environment", "production", "--hardware-class", "nvidia-h100"];
const push = (...args: string[]): Promise<Ran> => program.run("push", "results", ...to, ...args);

describe("what a push says of its results", () => {
  it("is what the gate will read, metric by metric", async () => {
    const { out } = await push(...about);
    expect(out).toContain("results:    mmlu acc,none = 0.642 over 100 samples\n");
    expect(out).toContain("results:    gsm8k exact_match,strict-match = 0.5 over 20 samples\n");
    const digest = /^digest: +(sha256:[0-9a-f]{64})$/m.exec(out)?.[1];
    const read = JSON.parse((await program.run("inspect", `oci-layout:out@${digest}`, "-o", "json")).out) as {
      content: { benchmarks: { id: string; metrics: unknown }[] };
    };
    const shown = JSON.parse((await push(...about, "-o", "json")).out) as { results: unknown[] };
    expect(shown.results).toEqual(
      read.content.benchmarks.map(({ id, metrics }) => expect.objectContaining({ benchmark: id, metrics })),
    );
  });

  it("has no warning where nothing is missing", async () => {
    expect(await push(...about)).toMatchObject({ code: 0, err: "" });
  });

  it("warns of what policies will miss, and goes on", async () => {
    const { code, err } = await push("--annotation", "com.example.environment=production");
    expect(code).toBe(0);
    expect(err).toContain("assaygate: warning: nothing says the model version: add --model-version\n");
    expect(err).toContain("nothing says the hardware class: add --hardware-class\n");
    expect(err).toContain(
      "nothing says the environment: add --environment; com.example.environment is read only where a policy's annotationKeys name it\n",
    );
    expect(err).not.toContain("the model:");
  });

  it.each<[string, string[], string]>([
    ["a class that no workload has", ["--hardware-class", "NVIDIA H100"], "write nvidia-h100"],
    ["a class with a blank", ["--hardware-class", "nvidia-h100, cpu"], 'hardware class " cpu"'],
    [
      "an environment in capitals",
      ["--environment", "Production"],
      "the environment Production compares to the letter",
    ],
    [
      "a key that is nearly one of ours",
      ["--annotation", "dev.assaygate.model-version=3.1"],
      "nothing reads the annotation dev.assaygate.model-version: did you mean dev.assaygate.model.version?",
    ],
    ["another model than the file's", ["--model", "acme/other"], "gates will refuse these results: ARTIFACT_INVALID"],
  ])("warns of %s", async (_name, args, warning) => {
    const { code, err } = await push(...about, ...args);
    expect(code).toBe(0);
    expect(err).toContain(warning);
  });

  it("warns where nothing can be read, where a run is limited, and what is passed over", async () => {
    await program.write("results/results_2026.json", { accuracy: 0.64 });
    expect((await push(...about)).err).toContain("no file here holds results that a gate reads");
    await program.write("results/results_2026.json", lmEvalResults({ "n-samples": limited, model_name: "./local" }));
    const { err } = await push(...about);
    expect(err).toContain("warning: mmlu: limited to 10 of 100 samples");
    expect(err).toContain("passed over: it names the model by a path");
    expect(err).toContain("nothing says the model: add --model\n");
  });

  it("says which file it cannot read", async () => {
    await program.write("results/results_2026.json", lmEvalResults({ versions: 3 }));
    expect((await push(...about)).err).toContain("gates will refuse these results: ARTIFACT_INVALID");
  });

  it("names a file that cannot be read beside one that can, and so does inspect", async () => {
    await program.write("results/results_2025.json", '{"results": {"mmlu": {"acc,none": NaN}}}');
    const why = "results_2025.json cannot be read: NaN is not a number in JSON: it stands at results.mmlu.acc,none";
    const { code, err } = await push(...about);
    expect({ code, err }).toEqual({
      code: 0,
      err: `assaygate: warning: passed over, so no run is known to be complete: ${why}\n`,
    });
    expect((await program.run("inspect", "oci-layout:out:v1")).out).toContain(`\n  passed over: ${why}\n`);
  });
});

const limited = { mmlu: { original: 100, effective: 10 }, gsm8k: { original: 20, effective: 20 } };

describe("push --check-policy", () => {
  const policy = {
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationPolicy",
    metadata: { name: "evaluated" },
    spec: {
      match: { namespaceSelector: {} },
      evidence: { repositories: ["registry.example/evals"] },
      require: [
        {
          name: "scores",
          environment: ["production"],
          benchmarks: [{ id: "mmlu", metric: "acc,none", min: 0.6 }],
        },
      ],
    },
  };
  const workload = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "granite", namespace: "prod" },
    spec: {
      selector: { matchLabels: { app: "granite" } },
      template: {
        metadata: { labels: { app: "granite" }, annotations: { "assaygate.dev/evaluation": "an older one" } },
        spec: {
          containers: [
            {
              name: "vllm",
              image: "vllm/vllm-openai:v0.11.0",
              command: ["vllm", "serve", "acme/granite", "--revision", "3.1"],
              resources: { limits: { "nvidia.com/gpu": "1" } },
            },
          ],
        },
      },
    },
  };
  const trying = ["--check-policy", "policies", "--workload", "deploy.json"];
  beforeEach(async () => {
    await program.write("policies/policy.json", policy);
    await program.write("deploy.json", workload);
  });

  it("sends what the policies would admit", async () => {
    const { code, out, err } = await push(...about, ...trying);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("admitted") });
    expect(out).toMatch(/^digest: +sha256:[0-9a-f]{64}$/m);
  });

  it("sends nothing where they would deny, and says what is missing", async () => {
    const { code, out, err } = await push(...about, "--environment", "staging", ...trying);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain("ENVIRONMENT_MISMATCH");
    expect(err).toContain("evaluated for staging, but the policy requires production");
    expect(err).toMatch(/nothing was sent\n$/);
    expect(existsSync(join(program.folder, "out"))).toBe(false);
  });

  it.each<[string, string[], string]>([
    [
      "a policy without a workload",
      ["--check-policy", "policies"],
      "--check-policy DIR and --workload FILE go together",
    ],
    [
      "a workload without a policy",
      ["--workload", "deploy.json"],
      "--check-policy DIR and --workload FILE go together",
    ],
    ["policies that are not there", ["--check-policy", "nowhere", "--workload", "deploy.json"], "nowhere"],
    ["a file without a workload", ["--check-policy", "policies", "--workload", "policies"], "hold no workload"],
  ])("refuses %s before anything is sent", async (_name, args, message) => {
    const { code, err } = await push(...about, ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(existsSync(join(program.folder, "out"))).toBe(false);
  });
});
