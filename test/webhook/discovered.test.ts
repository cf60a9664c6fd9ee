import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { annotations } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { orasPush } from "../support/oras.ts";
import { expectSoon } from "../support/soon.ts";

jest.setTimeout(60_000);

describeWith(["docker-registry", "oras"], "evaluations that the real oras attaches to a model", () => {
  let registry: DockerRegistry;
  let gate: TestGate;

  beforeAll(async () => {
    registry = await startDockerRegistry();
    const asks = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" }, environment: ["production"] };
    gate = await startTestGate(
      {
        "policy.yaml": policy(asks, { evidence: { repositories: [`${registry.host}/acme/*`], discover: true } }),
      },
      { registries: [{ host: registry.host, plainHttp: true }], cache: { absentTtlMs: 50 } },
    );
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  const pushModel = (name: string): Promise<string> =>
    orasPush(registry, {
      repository: "acme/granite",
      artifactType: "application/vnd.example.model",
      files: { "weights.bin": { mediaType: "application/octet-stream", content: name } },
    });

  /** As a pipeline does it after an evaluation. */
  async function attach(model: string, environment: string): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "assaygate-attach-"));
    await writeFile(join(folder, "results.txt"), environment);
    const all = {
      ...annotations,
      "dev.assaygate.environment": environment,
      "org.opencontainers.image.created": new Date().toISOString(),
    };
    const given = Object.entries(all).flatMap(([key, value]) => ["--annotation", `${key}=${value}`]);
    const type = ["--artifact-type", "application/vnd.assaygate.evaluation"];
    const target = [`${registry.host}/acme/granite@${model}`, "results.txt:text/plain"];
    await promisify(execFile)(componentPath("oras"), ["attach", "--plain-http", ...type, ...given, ...target], {
      cwd: folder,
    });
    await rm(folder, { recursive: true, force: true });
  }

  const ask = (model: string): ReturnType<TestGate["review"]> => {
    const volumeMounts = [{ name: "weights", mountPath: "/models/granite" }];
    const container = {
      name: "vllm",
      image: "vllm/vllm-openai:v0.11.0",
      args: ["--model", "/models/granite"],
      volumeMounts,
    };
    const volumes = [{ name: "weights", image: { reference: `${registry.host}/acme/granite@${model}` } }];
    const change: Json = { spec: { template: { spec: { containers: [container], volumes } } } };
    return gate.review(review(deployment(undefined, change)));
  };

  it("are found by the model's digest, as soon as they are attached", async () => {
    const model = await pushModel("one");
    const before = await ask(model);
    expect(before.status?.message).toContain("EVIDENCE_MISSING");
    await attach(model, "production");
    await expectSoon(async () => (await ask(model)).allowed);
  });

  it("are judged like any other", async () => {
    const model = await pushModel("two");
    await attach(model, "staging");
    await expectSoon(async () => (await ask(model)).status?.message?.includes("ENVIRONMENT_MISMATCH") === true);
  });

  it("of another model are not this one's", async () => {
    const [evaluated, other] = [await pushModel("three"), await pushModel("four")];
    await attach(evaluated, "production");
    expect((await ask(other)).status?.message).toContain("EVIDENCE_MISSING");
  });
});
