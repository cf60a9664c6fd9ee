import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createProgram, type Program } from "../cli/program.ts";
import type { Json } from "../support/builders/json.ts";
import { anyModel, policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { describeWith } from "../support/components.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { status } from "../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../support/hostile-registry/server.ts";
import { startOlareg } from "../support/olareg.ts";
import { makeTestKey } from "../support/signatures.ts";

jest.setTimeout(120_000);

const [ci, revoker, stranger] = [makeTestKey(), makeTestKey(), makeTestKey()];
const byKey = ({ pem }: typeof ci): Json => ({ cosign: { publicKey: pem, transparencyLog: "NotRequired" } });

interface Registry {
  readonly host: string;
  stop(): Promise<void>;
}

/** A gate, a registry, and a pipeline that pushes one run of a benchmark a day and signs it. */
interface Scene {
  /** Pushes the run of a day, with its accuracy; returns its reference. */
  push(day: number, accuracy: number, sign?: boolean): Promise<string>;
  revoke(reference: string, key: string): Promise<void>;
  /** `admit`, or the reasons for which a workload that names the evidence is denied. */
  ask(reference: string): Promise<string>;
  close(): Promise<void>;
}

/** The program, with the keys in its folder, as it prints JSON. */
async function prepareProgram(): Promise<{ program: Program; run(...args: string[]): Promise<Json> }> {
  const program = await createProgram();
  for (const [name, { privateKey }] of Object.entries({ ci, revoker, stranger }))
    await program.write(`${name}.key`, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  return {
    program,
    async run(...args) {
      const { code, out, err } = await program.run(...args, "--plain-http", "-o", "json");
      if (code !== 0) throw new Error(err);
      return JSON.parse(out) as Json;
    },
  };
}

function startNewestGate(host: string): Promise<TestGate> {
  const asks = { model: anyModel, benchmarks: [{ id: "mmlu", metric: "acc", min: 0.62 }] };
  const repositories = [`${host}/acme/evals`];
  const evidence = { repositories, newest: true, signers: [byKey(ci)], revokers: [byKey(revoker)] };
  return startTestGate(
    { "policy.yaml": policy(asks, { evidence }) },
    { registries: [{ host, plainHttp: true }], cache: { listTtlMs: 1, absentTtlMs: 1 } },
  );
}

function makeResults(day: number, accuracy: number): Json {
  return {
    benchmark_id: "mmlu",
    completed_at: `2026-10-${String(day).padStart(2, "0")}T02:00:00Z`,
    results: [{ metric_name: "acc", metric_value: accuracy, metric_type: "float" }],
  };
}

function serveModel(model: string): Json {
  const container = {
    name: "vllm",
    image: "vllm/vllm-openai:v0.11.0",
    args: ["--model", "/models/granite"],
    volumeMounts: [{ name: "weights", mountPath: "/models/granite" }],
  };
  const volumes = [{ name: "weights", image: { reference: model } }];
  return { spec: { template: { spec: { containers: [container], volumes } } } };
}

async function prepare({ host }: Registry): Promise<Scene> {
  const { program, run } = await prepareProgram();
  await program.write("model/config.json", { layers: 40 });
  const pushed = await run("push", "model", "--to", `${host}/acme/granite:1`);
  const model = `${host}/acme/granite@${String(pushed["digest"])}`;
  const gate = await startNewestGate(host);
  return {
    async push(day, accuracy, sign = true) {
      await program.write(`run-${day}/results.json`, makeResults(day, accuracy));
      const signing = sign ? ["--sign", "ci.key"] : [];
      const args = ["--to", `${host}/acme/evals:run-${day}`, "--model-image", model, ...signing];
      const artifact = await run("push", `run-${day}`, ...args);
      return `${host}/acme/evals@${String(artifact["digest"])}`;
    },
    async revoke(reference, key) {
      await run("revoke", reference, "--reason", "the wrong test set", "--sign", `${key}.key`);
    },
    async ask(reference) {
      const { allowed, auditAnnotations } = await gate.review(review(deployment(reference, serveModel(model))));
      return allowed ? "admit" : String(auditAnnotations?.["reasons"]);
    },
    async close() {
      await gate[Symbol.asyncDispose]();
      await program.remove();
    },
  };
}

interface Standing {
  readonly scene: Scene;
  /** The reference of the first run, and the best. */
  readonly best: string;
}

/** Ten runs of one benchmark, two of which fail, the best of them named. */
function standing(start: () => Promise<Registry>): void {
  let registry: Registry;
  let prepared: Standing | undefined;
  const at = (): Standing => {
    if (prepared === undefined) throw new Error("nothing was prepared");
    return prepared;
  };
  beforeAll(async () => {
    registry = await start();
    const scene = await prepare(registry);
    prepared = { scene, best: await scene.push(1, 0.79) };
  }, 60_000);
  afterAll(async () => {
    await prepared?.scene.close();
    await registry?.stop();
  });
  newestRunsCount(at);
  othersDoNot(at);
}

function newestRunsCount(at: () => Standing): void {
  let newest: string;

  it("the best of ten runs is denied where a newer one fails, and admitted where the newest passes", async () => {
    expect(await at().scene.ask(at().best)).toBe("admit");
    await at().scene.push(2, 0.7);
    await at().scene.push(3, 0.5);
    expect(await at().scene.ask(at().best)).toBe("EVIDENCE_SUPERSEDED");
    for (const day of [4, 5, 6]) await at().scene.push(day, 0.65);
    expect(await at().scene.ask(at().best)).toBe("admit");
    for (const day of [7, 8, 9]) await at().scene.push(day, 0.64);
    expect(await at().scene.ask(at().best)).toBe("admit");
    newest = await at().scene.push(10, 0.5);
    expect(await at().scene.ask(at().best)).toBe("EVIDENCE_SUPERSEDED");
  });

  it("a failing run that is revoked stands against nothing, whoever else revokes it", async () => {
    await at().scene.revoke(newest, "stranger");
    expect(await at().scene.ask(at().best)).toBe("EVIDENCE_SUPERSEDED");
    await at().scene.revoke(newest, "revoker");
    expect(await at().scene.ask(at().best)).toBe("admit");
  });
}

function othersDoNot(at: () => Standing): void {
  it("what nobody signed stands against nothing", async () => {
    await at().scene.push(11, 0.1, false);
    expect(await at().scene.ask(at().best)).toBe("admit");
  });

  it("the gate hears that what it remembers was revoked", async () => {
    await at().scene.revoke(at().best, "revoker");
    expect(await at().scene.ask(at().best)).toBe("EVIDENCE_REVOKED");
  });
}

describeWith(["docker-registry"], "evidence in a registry that keeps a tag of referrers", () =>
  standing(startDockerRegistry),
);
describeWith(["olareg"], "evidence in a registry that lists referrers", () => standing(startOlareg));

describe("evidence in a registry", () => {
  const startPaged = async (): Promise<Registry> => {
    const registry = await startHostileRegistry({ referrers: { pageSize: 2 } });
    return { host: registry.host, stop: () => registry.close() };
  };

  describe("that lists two referrers a page", () => standing(startPaged));

  const index = "application/vnd.oci.image.index.v1+json";
  it.each([
    ["that gives no list", status(503), "REGISTRY_UNAVAILABLE"],
    ["that refuses a list", status(403), "REGISTRY_DENIED"],
    [
      "that lists nothing of what it holds",
      status(200, { "content-type": index }, '{"schemaVersion":2,"manifests":[]}'),
      "REGISTRY_UNAVAILABLE",
    ],
  ])("%s: nobody could look", async (_, fault, reason) => {
    const registry = await startHostileRegistry();
    const scene = await prepare({ host: registry.host, stop: () => registry.close() });
    try {
      const reference = await scene.push(1, 0.7);
      expect(await scene.ask(reference)).toBe("admit");
      registry.misbehave(fault, { kind: "referrers" });
      expect(await scene.ask(reference)).toContain(reason);
    } finally {
      await scene.close();
      await registry.close();
    }
  });
});
