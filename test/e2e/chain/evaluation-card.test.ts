import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import {
  cardArtifact,
  cardRow,
  digestOf,
  evaluationCard,
  evaluationCardLayer,
  failedCardRow,
  imageManifest,
} from "../../support/artifacts.ts";
import type { Json } from "../../support/builders/json.ts";
import { policy } from "../../support/builders/policy.ts";
import { manifestOf, type ClusterClient } from "../../support/cluster/client.ts";
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
import { componentPath } from "../../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { startEvalhubServer, type EvalhubServer } from "../../support/evalhub-server.ts";
import { granite } from "../scene.ts";

const adapter = join(import.meta.dirname, "..", "..", "support", "evalhub-adapter.py");
const provider = "lm_evaluation_harness";
const collection = "safety-and-fairness-v1";
const model = "ibm-granite/granite-3.1-8b-instruct";
const login = "registry-login";

/** Two benchmarks with thresholds, in one of which lower is better. */
const mmlu = { provider_id: provider, id: "mmlu", ...judged({ metric: "acc,none" }, 0.5) };
const toxicity = { provider_id: provider, id: "toxicity", ...judged({ metric: "rate", lower_is_better: true }, 0.1) };
const direct = { benchmarks: [mmlu, toxicity] };
/** One of them twice, in the second listing by a metric in which lower is better. */
const twice = { benchmarks: [...direct.benchmarks, { ...toxicity, id: mmlu.id }] };
const untested = { benchmarks: [mmlu, toxicity].map(({ provider_id, id }) => ({ provider_id, id })) };
const collected = { collection: { id: collection } };

/** The card itself names the model. */
const annotations = {
  "dev.assaygate.model.version": "3.1.0",
  "dev.assaygate.environment": "production",
  "com.example.note": "<evaluated> & published",
};

/** What an adapter measured of one benchmark, or the error that it ended with. */
type Measured = Json | string;
const good: readonly Measured[] = [{ "acc,none": 0.642, name: "mmlu" }, { rate: 1e-5 }];

const both: Measured = { "acc,none": 0.642, rate: 0.05 };

interface Card {
  readonly job: string;
  readonly reference: string;
  readonly manifest: Buffer;
  readonly bytes: Buffer;
}

const descriptor = z.object({ mediaType: z.string(), digest: z.string() });
const cardManifest = z.object({ layers: z.tuple([descriptor]) });

/**
 * EvalHub's own server, in a cluster without nodes: it makes the evaluation's jobs, which no node runs. Its own SDK stands in for
 * their pods, with the job's description that the server left in the cluster. When the last benchmark has ended, the server
 * publishes its card.
 */
describeOnCluster(
  "evaluation cards that EvalHub's server publishes",
  () => {
    const tenant = uniqueName("evals");
    const namespace = uniqueName("prod");
    let cluster: ClusterClient;
    let folder: string;
    let registry: DockerRegistry;
    let host: string;
    let server: EvalhubServer;
    let gate: GateProcess;
    let registration: Registration;

    beforeAll(async () => {
      cluster = sharedCluster();
      folder = await temporaryFolder("evalhub");
      await Promise.all([cluster.createNamespace(tenant), cluster.createNamespace(namespace)]);
      registry = await startDockerRegistry();
      ({ host } = registry);
      await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([dockerConfig(tenant, host)]) });
      server = await startEvalhubServer({
        kubeconfig: cluster.kubeconfig,
        folder,
        providers: { [provider]: providerDocument },
        collections: { [collection]: collectionDocument },
      });
      const passed = ({ id }: { readonly id: string }) => ({ provider, id, passed: true, resultsArtifact: "Required" });
      const requirement = { environment: ["production"], maxAge: "1d", benchmarks: [mmlu, toxicity].map(passed) };
      const spec = { match: { namespaces: [namespace] }, evidence: { repositories: [`${host}/acme/evals`] } };
      gate = await startGate({
        policies: { "policy.yaml": policy(requirement, spec, `for-${namespace}`) },
        config: { registries: [{ host, plainHttp: true, retries: 0 }] },
      });
      registration = await registerGate(cluster, gate, [namespace]);
    });
    afterAll(async () => {
      await registration?.[Symbol.asyncDispose]();
      await gate?.stop();
      await server?.stop();
      await registry?.stop();
    });

    test.each<[string, Json, readonly Measured[], string | undefined]>([
      ["every benchmark passed: admitted", direct, good, undefined],
      ["every run passed of a benchmark that is listed twice: admitted", twice, [...good, both], undefined],
      ["a score below its threshold: rejected", direct, [{ "acc,none": 0.49 }, { rate: 1e-5 }], "BENCHMARK_FAILED"],
      ["a rate above its threshold: rejected", direct, [{ "acc,none": 0.642 }, { rate: 0.2 }], "BENCHMARK_FAILED"],
      ["no thresholds, so no verdicts: rejected", untested, good, "BENCHMARK_FAILED"],
      ["one benchmark failed: rejected", direct, [{ "acc,none": 0.642 }, "out of memory"], "EVALUATION_INCOMPLETE"],
      ["every benchmark failed: rejected", direct, ["out of memory", "no such model"], "EVALUATION_INCOMPLETE"],
      ["a collection, every benchmark passed: admitted", collected, good, undefined],
      [
        "a collection that passed as a whole, though a benchmark did not: rejected",
        collected,
        [{ "acc,none": 0.642 }, { rate: 0.2 }],
        "BENCHMARK_FAILED",
      ],
    ])("%s", async (_, job, measured, reason) => {
      const { reference } = await evaluate(job, measured);
      const name = uniqueName("granite");
      const { status, stderr } = await cluster.apply([granite(namespace, reference, { metadata: { name } })]);
      expect({ status, stderr }).toEqual({
        status: reason === undefined ? 0 : 1,
        stderr: reason === undefined ? "" : expect.stringContaining(`: ${reason}: `),
      });
    });

    test("a benchmark that runs twice is judged by its first threshold, and in single precision", async () => {
      const stricter = { ...mmlu, pass_criteria: { threshold: 0.9 } };
      const { bytes } = await evaluate({ benchmarks: [mmlu, stricter] }, [
        { "acc,none": 0.49999999999 },
        { "acc,none": 0.6 },
      ]);
      expect(JSON.parse(bytes.toString())).toMatchObject({
        results: {
          benchmarks: [
            { test: { primary_score: "0.5", threshold: "0.5", pass: true } },
            { test: { primary_score: "0.6", threshold: "0.5", pass: true } },
          ],
        },
      });
    });

    test("the tests' own cards have a real card's manifest, byte for byte, and nothing in them that a real one lacks", async () => {
      const cards = [
        await evaluate(collected, good),
        await evaluate(direct, [{ "acc,none": 0.642 }, "out of memory"]),
      ] as const;
      for (const { bytes, manifest, job } of cards) {
        expect(cardArtifact(bytes, annotations, job).manifest.toString()).toBe(manifest.toString());
      }
      const imitated = [
        evaluationCard({ context: { collection_id: collection } }),
        evaluationCard({ rows: [cardRow(), failedCardRow()] }),
      ];
      const real = new Set(cards.flatMap(({ bytes }) => pathsIn(JSON.parse(bytes.toString()))));
      expect(imitated.flatMap((card) => pathsIn(card)).filter((path) => !real.has(path))).toEqual([]);
    });

    /** From the request for an evaluation to the card in the registry. */
    async function evaluate(job: Json, measured: readonly Measured[]): Promise<Card> {
      const coordinates = { oci_host: `http://${host}`, oci_repository: "acme/evals", annotations };
      const id = await server.startJob(tenant, {
        name: "nightly",
        model: { name: model, url: "http://vllm.evals.svc:8000/v1" },
        exports: { oci: { coordinates, k8s: { connection: login } } },
        ...job,
      });
      const specs = await jobSpecs(id, measured.length);
      for (const [at, spec] of specs.entries()) await runAdapter(spec, measured[at]);
      return publishedCard(id);
    }

    /** What the server left for the pods of its jobs, by the index of the benchmark. */
    async function jobSpecs(job: string, count: number): Promise<readonly string[]> {
      const selector = `job_id=${job}`;
      await eventually("the server makes a job for each benchmark", async () => {
        return (await cluster.list("job", tenant, selector)).length === count;
      });
      const maps = await cluster.list("configmap", tenant, selector);
      const specs = new Map(
        maps.map(({ metadata, data }) => [metadata.labels?.["benchmark_index"], data?.["job.json"]]),
      );
      return Array.from({ length: count }, (_, index) => specs.get(`${index}`) ?? "");
    }

    async function runAdapter(spec: string, measured: Measured | undefined): Promise<void> {
      const file = join(folder, "job.json");
      await writeFile(file, spec);
      const args = [adapter, file, tenant, JSON.stringify(measured)];
      const env = { PATH: process.env["PATH"], HOME: folder, OCI_INSECURE: "true" };
      const { stderr } = await promisify(execFile)(componentPath("eval-hub-sdk"), args, { env, timeout: 60_000 });
      if (stderr !== "") throw new Error(`the adapter complains: ${stderr}`);
    }

    async function publishedCard(job: string): Promise<Card> {
      const tag = `evaluation-card-${job}`;
      const manifest = await eventually("the server publishes the card", () => read(`manifests/${tag}`));
      const { layers } = cardManifest.parse(JSON.parse(manifest.toString()));
      expect(layers[0].mediaType).toBe(evaluationCardLayer);
      const bytes = await read(`blobs/${layers[0].digest}`);
      return { job, manifest, bytes, reference: `${host}/acme/evals:${tag}@${digestOf(manifest)}` };
    }

    async function read(path: string): Promise<Buffer> {
      const response = await fetch(`http://${host}/v2/acme/evals/${path}`, { headers: { accept: imageManifest } });
      if (!response.ok) throw new Error(`the registry answered ${response.status} to ${path}`);
      return Buffer.from(await response.arrayBuffer());
    }
  },
  ["docker-registry", "eval-hub-sdk", "eval-hub-server"],
);

function judged(primary_score: Json, threshold: number): Json {
  return { primary_score, pass_criteria: { threshold } };
}

const providerDocument: Json = {
  id: provider,
  name: provider,
  title: "LM Evaluation Harness",
  description: "Benchmarks of language models",
  benchmarks: ["mmlu", "toxicity"].map((id) => ({ id, name: id, description: id, category: "general" })),
  // Nothing runs it: the cluster has no nodes.
  runtime: { k8s: { image: "registry.example/adapter:1" } },
};

/** By its weights the mean passes, however bad the second one is. */
const collectionDocument: Json = {
  id: collection,
  name: collection,
  description: "What production asks for",
  category: "safety",
  pass_criteria: { threshold: 0.1 },
  benchmarks: [
    { ...mmlu, weight: 9 },
    { ...toxicity, weight: 1 },
  ],
};

/** The server takes no registry without an entry for it, though this one asks nobody to log in. */
function dockerConfig(namespace: string, host: string): Json {
  const auths = { [host]: { username: "pipeline", password: "of no worth" } };
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: login, namespace },
    type: "kubernetes.io/dockerconfigjson",
    stringData: { ".dockerconfigjson": JSON.stringify({ auths }) },
  };
}

/** Every key of a document after those that lead to it, whatever the place in a list. */
function pathsIn(value: unknown, prefix = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsIn(item, `${prefix}[]`));
  if (typeof value !== "object" || value === null) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, `${prefix}.${key}`));
}
