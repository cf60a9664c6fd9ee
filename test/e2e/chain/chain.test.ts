import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createProgram, type Program } from "../../cli/program.ts";
import { policy } from "../../support/builders/policy.ts";
import type { Json } from "../../support/artifacts.ts";
import type { ClusterClient } from "../../support/cluster/client.ts";
import { eventually } from "../../support/cluster/eventually.ts";
import type { GateProcess } from "../../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../../support/cluster/register-gate.ts";
import {
  describeOnCluster,
  sharedCluster,
  startGate,
  temporaryFolder,
  uniqueName,
} from "../../support/cluster/suite.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { startMlflow, type MlflowTrackingServer } from "../../support/mlflow.ts";
import { granite } from "../scene.ts";

const model = "ibm-granite/granite-3.1-8b-instruct";
const job = "nightly-42";

/**
 * The whole story on real parts: an evaluation, its run in MLflow, its results pushed into a registry and signed, a Deployment
 * that names them, the API server that asks the gate. Then one thing at a time is made untrue.
 */
describeOnCluster(
  "from an evaluation to an admitted model, and what breaks the chain",
  () => {
    const namespace = uniqueName("chain");
    const parts: { registry?: DockerRegistry; mlflow?: MlflowTrackingServer; gate?: GateProcess } = {};
    let cluster: ClusterClient;
    let program: Program;
    let registration: Registration | undefined;
    let repository: string;
    let run: string;
    let good: Published;

    interface Published {
      readonly digest: string;
      readonly reference: string;
      readonly annotation: { readonly key: string; readonly value: string };
      readonly layers: readonly { readonly name: string; readonly digest: string }[];
    }

    /** `assaygate …`, as a person types it. */
    const assaygate = async (...args: string[]): Promise<string> => {
      const env = { MLFLOW_TRACKING_URI: parts.mlflow?.url };
      const { code, out, err } = await program.runWith({ env, now: () => new Date() }, ...args);
      if (code !== 0) throw new Error(`assaygate ${args.join(" ")} ended with ${code}: ${out}${err}`);
      return out;
    };
    /** Returns the accuracy. */
    const evaluate = async (folder: string, wrong: number): Promise<number> => {
      const args = [join(import.meta.dirname, "evaluate.ts"), join(program.folder, folder), job, model, `${wrong}`];
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
      return Number(/^accuracy ([0-9.]+)$/m.exec(stdout)?.[1]);
    };
    const push = async (folder: string, key: string, ...about: string[]): Promise<Published> => {
      const name = ["--job", job, "--provider", "chain", "--benchmark", "sums"];
      const said = ["--model", model, "--model-version", "3.1.0", "--environment", "production"];
      const args = ["push", folder, "--to", repository, "--plain-http", ...name, ...said, ...about];
      return JSON.parse(await assaygate(...args, "--sign", key, "--mlflow-run", run, "-o", "json")) as Published;
    };
    const deploy = (
      name: string,
      { annotation }: Pick<Published, "annotation">,
      change: Json = {},
    ): ReturnType<ClusterClient["apply"]> =>
      cluster.apply([granite(namespace, annotation.value, { metadata: { name, ...change } })]);
    const rejection = async (
      name: string,
      published: Pick<Published, "annotation">,
      change?: Json,
    ): Promise<string> => {
      const { status, stderr } = await deploy(name, published, change);
      expect({ name, status }).toEqual({ name, status: 1 });
      return stderr;
    };

    beforeAll(async () => {
      cluster = sharedCluster();
      await cluster.createNamespace(namespace);
      program = await createProgram();
      [parts.registry, parts.mlflow] = await Promise.all([startDockerRegistry(), startMlflow()]);
      const { host } = parts.registry;
      repository = `${host}/acme/evals`;
      const keys = await temporaryFolder("keys");
      for (const name of ["ci", "mallory"]) {
        const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        await program.write(`${name}.key`, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
        if (name === "ci") await writeFile(join(keys, "ci.pub"), publicKey.export({ type: "spki", format: "pem" }));
      }
      const requirement = {
        name: "sums",
        environment: ["production"],
        maxAge: "1d",
        benchmarks: [{ provider: "chain", id: "sums", metric: "acc", min: 0.9 }],
      };
      const spec = {
        match: { namespaces: [namespace] },
        evidence: {
          repositories: [repository],
          signers: [{ cosign: { keyRef: "ci.pub", transparencyLog: "NotRequired" } }],
        },
      };
      parts.gate = await startGate({
        policies: { "policy.yaml": policy(requirement, spec, `for-${namespace}`) },
        config: {
          registries: [{ host, plainHttp: true, retries: 0 }],
          signatures: { keysDirectory: keys },
          // What is deleted here is to be missed here, not ten minutes later.
          cache: { positiveTtlMs: 1_000 },
        },
      });
      registration = await registerGate(cluster, parts.gate, [namespace]);
    });
    afterAll(async () => {
      await registration?.[Symbol.asyncDispose]();
      await parts.gate?.stop();
      await parts.mlflow?.stop();
      await parts.registry?.stop();
      await program?.remove();
    });

    test("evaluated, recorded in MLflow, pushed, signed, deployed: admitted", async () => {
      const acc = await evaluate("good", 4);
      expect(acc).toBe(0.96);
      run = (await parts.mlflow?.createRun({ name: "nightly", params: { model }, metrics: { acc } })) ?? "";
      good = await push("good", "ci.key");
      expect(await assaygate("mlflow", "verify", run, "--config", await registryConfig())).not.toContain("✖");
      const search = `tags."assaygate.oci.digest" = '${good.digest}' and metrics.acc > 0.9`;
      expect(await parts.mlflow?.search(search)).toEqual([run]);
      const { status, stdout, stderr } = await deploy("granite", good);
      expect({ status, stdout, stderr }).toEqual({
        status: 0,
        stdout: "deployment.apps/granite created\n",
        stderr: "",
      });
    });

    test("a worse model: rejected by its score", async () => {
      await evaluate("worse", 20);
      expect(await rejection("worse", await push("worse", "ci.key"))).toContain("METRIC_OUT_OF_BOUNDS");
    });

    test("one label: rejected, evaluated elsewhere", async () => {
      const staging = await push("good", "ci.key", "--environment", "staging");
      expect(await rejection("label", staging)).toContain("ENVIRONMENT_MISMATCH");
    });

    test("one version: rejected, another build was evaluated", async () => {
      const change = { annotations: { "assaygate.dev/model-version": "3.1.1" } };
      expect(await rejection("version", good, change)).toContain("MODEL_VERSION_MISMATCH");
    });

    test("another's signature: rejected, though everything else is as it was", async () => {
      const forged = await push("good", "mallory.key", "--annotation", "com.example.note=forged");
      expect(await rejection("forged", forged)).toContain("SIGNER_NOT_TRUSTED");
    });

    test("one byte of the results in the registry's storage: rejected, corrupt", async () => {
      await evaluate("changed", 3);
      const published = await push("changed", "ci.key");
      const layer = published.layers.find(({ name }) => name === "results.json");
      await flipOneByte(layer?.digest ?? "");
      expect(await rejection("byte", published)).toContain("EVIDENCE_CORRUPT");
    });

    test("the artifact deleted from the registry: rejected, and MLflow's link leads nowhere", async () => {
      await evaluate("deleted", 2);
      const published = await push("deleted", "ci.key");
      const url = `${parts.registry?.url}/v2/acme/evals/manifests/${published.digest}`;
      expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
      expect(await rejection("deleted", published)).toContain("EVIDENCE_NOT_FOUND");
      await expect(assaygate("mlflow", "verify", run, "--config", await registryConfig())).rejects.toThrow("gone");
    });

    test("the first one, deleted after it was admitted: its next change is rejected", async () => {
      const url = `${parts.registry?.url}/v2/acme/evals/manifests/${good.digest}`;
      expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
      const stderr = await eventually("the gate looks again", async () => {
        const { status, stderr: said } = await deploy("again", good);
        return status === 1 && said;
      });
      expect(stderr).toContain("EVIDENCE_NOT_FOUND");
    });

    async function registryConfig(): Promise<string> {
      const registries = [{ host: parts.registry?.host, plainHttp: true }];
      await program.write("config.yaml", { policies: { directory: "." }, registries });
      return "config.yaml";
    }

    /** In the files of the registry itself, behind its back. */
    async function flipOneByte(digest: string): Promise<void> {
      const hex = digest.replace("sha256:", "");
      const storage = parts.registry?.storage ?? "";
      const file = join(storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
      const bytes = await readFile(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(file, bytes);
    }
  },
  ["docker-registry", "mlflow"],
);
