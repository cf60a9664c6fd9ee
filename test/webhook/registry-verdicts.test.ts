import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  type BuiltArtifact,
  cardRow,
  evalhubArtifactType,
  evaluationCard,
  evaluationCardLayer,
  tarGzipLayer,
  writeLayout,
} from "../support/artifacts.ts";
import { annotations, cardEvaluation, evalhubEvaluation, evaluation } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { onlyBenchmarks, policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { issue, makeCa } from "../support/certificates.ts";
import { describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry, type DockerRegistryOptions } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { orasPush, type OrasAccess, type OrasArtifact } from "../support/oras.ts";

const requirement = { ...strict, environment: ["production"], maxAge: undefined };
const mmlu = { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none", min: 0.62 };
const lowScore = { results: [{ metric_name: "acc,none", metric_value: 0.58, metric_type: "float" }] };
const digestOfNothing = `sha256:${"0".repeat(64)}`;

/** One evaluation to publish, and what must come of a Deployment that names it. */
interface Row {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string | undefined>>;
  /** JobResults in an EvalHub layer; without, the artifact has annotations only. */
  readonly results?: Json;
  /** An evaluation card, with what is given changed. */
  readonly card?: Parameters<typeof cardEvaluation>[0];
  readonly namespace?: string;
  readonly reasons: readonly string[];
}

const rows: readonly Row[] = [
  { name: "good", reasons: [] },
  { name: "staging", annotations: { "dev.assaygate.environment": "staging" }, reasons: ["ENVIRONMENT_MISMATCH"] },
  {
    name: "a100",
    annotations: { "dev.assaygate.hardware.class": "nvidia-a100" },
    reasons: ["HARDWARE_CLASS_MISMATCH"],
  },
  {
    name: "untagged",
    annotations: { "dev.assaygate.compliance.tags": "soc2:cc8.1" },
    reasons: ["COMPLIANCE_TAG_MISSING"],
  },
  { name: "older", annotations: { "dev.assaygate.model.version": "3.0.0" }, reasons: ["MODEL_VERSION_MISMATCH"] },
  { name: "other", annotations: { "dev.assaygate.model.name": "mistral-7b" }, reasons: ["MODEL_NAME_MISMATCH"] },
  {
    name: "collection",
    annotations: { "dev.assaygate.collection.version": "1.0.0" },
    reasons: ["COLLECTION_MISMATCH"],
  },
  { name: "scored", results: {}, namespace: "scored", reasons: [] },
  { name: "low", results: lowScore, namespace: "scored", reasons: ["METRIC_OUT_OF_BOUNDS"] },
  { name: "contradicting", results: { benchmark_id: "gsm8k" }, namespace: "scored", reasons: ["ARTIFACT_INVALID"] },
  { name: "card", card: {}, namespace: "carded", reasons: [] },
  {
    name: "card that failed a benchmark",
    card: { rows: [cardRow({ test: { primary_score: "0.4", threshold: "0.5", pass: false } })] },
    namespace: "carded",
    reasons: ["BENCHMARK_FAILED"],
  },
  {
    name: "card without a verdict",
    card: { rows: [cardRow({ test: undefined })] },
    namespace: "carded",
    reasons: ["BENCHMARK_FAILED"],
  },
  {
    name: "card of a failed job, where no benchmark is asked for",
    card: { state: "failed" },
    reasons: ["EVALUATION_INCOMPLETE"],
  },
];

const isText = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined;
const annotationsOf = (row: Row): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...annotations, ...row.annotations }).filter(isText));

const policies = (repository: string): Record<string, Json> => {
  const evidence = { repositories: [repository] };
  const benchmarked = (name: string, rule: Json): Json =>
    policy(onlyBenchmarks(rule), { evidence, match: { namespaces: [name] } }, name);
  return {
    "strict.yaml": policy(requirement, { evidence, match: { namespaces: ["prod-*"] } }, "strict"),
    "scored.yaml": benchmarked("scored", mmlu),
    "carded.yaml": benchmarked("carded", { ...mmlu, passed: true }),
  };
};

/** The same table for every source: what must come of a review is no matter of where the bytes lie. */
function suite(title: string, open: () => Promise<Opened>, wrap: (title: string, body: () => void) => void): void {
  wrap(title, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    }, 60_000);
    afterAll(() => opened.close());

    it.each(rows.map((row) => [row.name, row.reasons.join() || "admitted", row] as const))(
      "%s: %s",
      async (name, _, row) => {
        const digest = opened.digests.get(name) ?? "not pushed";
        const response = await opened.gate.review(reviewOf(`${opened.repository}:ignored@${digest}`, row.namespace));
        expect(response.auditAnnotations["reasons"]?.split(",") ?? []).toEqual(row.reasons);
        expect(response.allowed).toBe(row.reasons.length === 0);
      },
    );

    it("not there: EVIDENCE_NOT_FOUND", async () => {
      const response = await opened.gate.review(reviewOf(`${opened.repository}@${digestOfNothing}`));
      expect(response).toMatchObject({ allowed: false, auditAnnotations: { reasons: "EVIDENCE_NOT_FOUND" } });
    });

    it("by bare digest: admitted", async () => {
      expect(await opened.gate.review(reviewOf(opened.digests.get("good") ?? ""))).toMatchObject({ allowed: true });
    });
  });
}

interface Opened {
  readonly gate: TestGate;
  readonly repository: string;
  readonly digests: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

function reviewOf(reference: string, namespace = "prod-chat"): Json {
  return review(deployment(reference, { metadata: { namespace } }));
}

/** The real registry, filled by the real oras. */
async function openRegistry(
  options: DockerRegistryOptions,
  access: OrasAccess,
  settings: (registry: DockerRegistry) => Promise<Json>,
): Promise<Opened> {
  const registry = await startDockerRegistry(options);
  const digests = new Map<string, string>();
  for (const row of rows) {
    const pushed = {
      repository: "acme/evals",
      annotations: { ...(row.results === undefined ? {} : evalhubIds), ...annotationsOf(row) },
      ...contentToPush(row),
    };
    digests.set(row.name, await orasPush(registry, pushed, access));
  }
  const gate = await startTestGate(policies(`${registry.host}/acme/evals`), await settings(registry));
  return {
    gate,
    repository: `${registry.host}/acme/evals`,
    digests,
    close: () => Promise.resolve(gate[Symbol.asyncDispose]()).then(registry.stop),
  };
}

function contentToPush({ card, results }: Row): Pick<OrasArtifact, "artifactType" | "files"> {
  if (card !== undefined) {
    return {
      files: { "card.json": { mediaType: evaluationCardLayer, content: JSON.stringify(evaluationCard(card)) } },
    };
  }
  const built = results && evalhubEvaluation(results);
  const content = built && [...built.blobs.values()].find((bytes) => bytes.length > 2);
  if (content === undefined) return { artifactType: "application/vnd.assaygate.evaluation" };
  return { artifactType: evalhubArtifactType, files: { "results.json": { mediaType: tarGzipLayer, content } } };
}

const evalhubIds = {
  "io.github.eval-hub.benchmark_id": "mmlu",
  "io.github.eval-hub.job_id": "11111111-2222-3333-4444-555555555555",
};

function builtOf({ card, results, annotations: change }: Row): BuiltArtifact {
  if (card !== undefined) return cardEvaluation(card);
  return results === undefined ? evaluation(change) : evalhubEvaluation(results);
}

async function openLayout(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-layout-"));
  const built = rows.map((row) => [row.name, builtOf(row)] as const);
  await writeLayout(
    folder,
    built.map(([, artifact]) => artifact),
  );
  const repository = "quay.io/acme/evals";
  const gate = await startTestGate(policies(repository), { layout: folder });
  return {
    gate,
    repository,
    digests: new Map(built.map(([name, { digest }]) => [name, digest])),
    close: () => Promise.resolve(gate[Symbol.asyncDispose]()).then(() => rm(folder, { recursive: true })),
  };
}

const real = (title: string, body: () => void): void => describeWith(["docker-registry", "oras"], title, body);
const user = { user: "gate", password: "s3cret-canary" };

/** Files that a configuration names, in a folder of their own that the system cleans up. */
async function fileOf(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "assaygate-file-")), "file");
  await writeFile(file, text);
  return file;
}

suite("verdicts on an OCI layout folder", openLayout, (title, body) => describe(title, body));

suite(
  "verdicts on a real registry over plain HTTP",
  () =>
    openRegistry({}, {}, ({ host }) =>
      Promise.resolve({ registries: [{ host, plainHttp: true, redirectHosts: ["127.0.0.1"] }] }),
    ),
  real,
);

suite(
  "verdicts on a real registry with htpasswd",
  () =>
    openRegistry({ htpasswd: user }, user, async ({ host }) => {
      const auth = Buffer.from(`${user.user}:${user.password}`).toString("base64");
      const dockerConfigFile = await fileOf(JSON.stringify({ auths: { [host]: { auth } } }));
      return { registries: [{ host, plainHttp: true }], credentials: { dockerConfigFile } };
    }),
  real,
);

suite(
  "verdicts on a real registry over TLS from a private authority",
  async () => {
    const ca = await makeCa();
    const tls = await issue(ca, { dns: ["localhost"], ip: ["127.0.0.1"] });
    return openRegistry({ tls }, { ca: ca.cert }, async ({ host }) => ({
      registries: [{ host, caFile: await fileOf(ca.cert) }],
    }));
  },
  real,
);

describeWith(["docker-registry", "oras"], "a real registry that the gate is not let into", () => {
  it("is REGISTRY_DENIED without credentials and with wrong ones, and no secret is said", async () => {
    const registry = await startDockerRegistry({ htpasswd: user });
    const digest = await orasPush(
      registry,
      { repository: "acme/evals", annotations, artifactType: "application/vnd.assaygate.evaluation" },
      user,
    );
    const repository = `${registry.host}/acme/evals`;
    const wrong = await fileOf(
      JSON.stringify({ auths: { [registry.host]: { username: "gate", password: "wrong-canary" } } }),
    );
    for (const credentials of [{}, { dockerConfigFile: wrong }]) {
      await using gate = await startTestGate(policies(repository), {
        registries: [{ host: registry.host, plainHttp: true }],
        credentials,
      });
      const response = await gate.review(reviewOf(`${repository}@${digest}`));
      expect(response).toMatchObject({
        allowed: false,
        status: { code: 503 },
        auditAnnotations: { reasons: "REGISTRY_DENIED" },
      });
      expect(JSON.stringify([response, gate.log])).not.toContain("canary");
    }
    await registry.stop();
  });

  it("is REGISTRY_UNAVAILABLE where its authority is not trusted, and plain HTTP where no configuration allows it", async () => {
    const ca = await makeCa();
    const secure = await startDockerRegistry({ tls: await issue(ca, { ip: ["127.0.0.1"] }) });
    const plain = await startDockerRegistry();
    for (const { host } of [secure, plain]) {
      await using gate = await startTestGate(policies(`${host}/acme/evals`));
      const response = await gate.review(reviewOf(`${host}/acme/evals@${digestOfNothing}`));
      expect(response).toMatchObject({ allowed: false, auditAnnotations: { reasons: "REGISTRY_UNAVAILABLE" } });
    }
    await Promise.all([secure.stop(), plain.stop()]);
  });
});
