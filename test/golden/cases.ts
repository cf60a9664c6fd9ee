import type { ClaimAnswer } from "../../workload/hardware/claims.ts";
import { golden, type GoldenCase } from "./case.ts";
import {
  artifactOf,
  type BuiltArtifact,
  cardRow,
  evalhubAnnotations,
  evalhubArtifactType,
  evalhubLayer,
  failedCardRow,
  jobResults,
  metric,
} from "../support/artifacts.ts";
import { modelArtifact, modelStatement } from "../support/signed-models.ts";
import {
  cardEvaluation,
  evalhubEvaluation,
  lmEvalEvaluation,
  evaluation,
  referenceTo,
  repository,
} from "../support/builders/evaluation.ts";
import { exception } from "../support/builders/exception.ts";
import { merge } from "../support/builders/json.ts";
import { onlyBenchmarks, policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { parseDigest } from "../../policies/digest.ts";
import { evalResult } from "../support/eval-results.ts";
import { manifest, registrationOf } from "../support/registrations.ts";
import { revoking } from "../support/revocations.ts";
import { attached, bundleOf, seededKey, statementAbout, type TestKey } from "../support/signatures.ts";

const good = evaluation();
const modelDigest = (fill: string): string => `sha256:${fill.repeat(64)}`;
const evalhub = evalhubEvaluation();
const lmEval = lmEvalEvaluation();
const mmlu = { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none" };
const tagOnly = "quay.io/acme/evals:v1";
const annotate = (annotations: Record<string, string | null>): GoldenCase["request"] =>
  review(deployment(referenceTo(good), { metadata: { annotations } }));
const pinned = (selector: Record<string, string | null>): GoldenCase["request"] =>
  review(deployment(referenceTo(good), { spec: { template: { spec: { nodeSelector: selector } } } }));
/** Of little more than a kilobyte, which would come to hundreds of millions of characters. */
const doubling = {
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: "vllm",
            image: "vllm/vllm-openai:v0.11.0",
            args: ["$(A25)"],
            env: Array.from({ length: 26 }, (_, at) => ({
              name: `A${at}`,
              value: at === 0 ? "aaaaaaaaaaaa" : `$(A${at - 1})$(A${at - 1})`,
            })),
          },
        ],
      },
    },
  },
};
const vllm = (change: object): object => ({
  name: "vllm",
  image: "vllm/vllm-openai:v0.11.0",
  args: ["--model", "ibm-granite/granite-3.1-8b-instruct"],
  resources: { limits: { "nvidia.com/gpu": "1" } },
  ...change,
});
const withContainer = (change: object, reference: string | undefined = referenceTo(good)): GoldenCase["request"] =>
  review(deployment(reference, { spec: { template: { spec: { containers: [vllm(change)] } } } }));
const running = (...args: string[]): GoldenCase["request"] => withContainer({ args });
const onAccelerators = { "policy.yaml": policy(strict, { match: { accelerator: "Required" } }) };
/** A policy that reads the workload in its own way, and a workload that runs this and declares the good model's name. */
const declaring = (
  name: string,
  reading: Record<string, unknown>,
  container: Record<string, unknown>,
  annotations: Record<string, string | null> = { "assaygate.dev/model-name": "ibm-granite/granite-3.1-8b-instruct" },
): GoldenCase => {
  const resources = { limits: { "nvidia.com/gpu": "1" } };
  const containers = [{ name: "server", image: "vllm/vllm-openai:v0.11.0", resources, ...container }];
  const change = { metadata: { annotations }, spec: { template: { spec: { containers } } } };
  return golden(name, {
    evidence: [good],
    request: review(deployment(referenceTo(good), change)),
    policies: { "policy.yaml": policy(strict, { workload: reading }) },
  });
};
const atPlace = { args: ["--model", "/mnt/models"] };
const fromSecret = {
  command: ["vllm", "serve", "$(MODEL)"],
  env: [{ name: "MODEL", valueFrom: { secretKeyRef: { name: "model", key: "name" } } }],
};
const served = ["--served-model-name", "ibm-granite/granite-3.1-8b-instruct"];
const byAlias = { modelName: [{ argument: "--served-model-name" }] };
const withFault = (fault: GoldenCase["faults"][string]): Partial<GoldenCase> => ({
  evidence: [good],
  faults: { [good.digest]: fault },
});
const differing = (name: string, annotations: Record<string, string | undefined>): GoldenCase =>
  golden(name, { evidence: [evaluation(annotations)] });
const asking = (name: string, asks: Record<string, unknown>, artifact = good): GoldenCase =>
  golden(name, { evidence: [artifact], policies: { "policy.yaml": policy(asks) } });
const h100 = 'device.attributes["gpu.nvidia.com"].productName == "NVIDIA H100 80GB HBM3"';
const claiming = (name: string, answer?: ClaimAnswer): GoldenCase => {
  const container = { name: "vllm", args: ["--model", "ibm-granite/granite-3.1-8b-instruct"] };
  const resourceClaims = [{ name: "gpu", resourceClaimTemplateName: "single-h100" }];
  const spec = { nodeSelector: null, containers: [container], resourceClaims };
  return golden(name, {
    evidence: [good],
    request: review(deployment(referenceTo(good), { spec: { template: { spec } } })),
    ...(answer && { claims: { "ResourceClaimTemplate/single-h100": answer } }),
  });
};
const launch = (spec: Record<string, unknown> = {}): Record<string, unknown> => {
  const reason = "launch on 2026-11-21, evaluation running";
  return exception({ reason, expiresAt: "2026-11-22T00:00:00Z", ...spec }, "launch-2026");
};
const update = (object: Record<string, unknown>, oldObject: Record<string, unknown>): GoldenCase["request"] =>
  review(object, { operation: "UPDATE", oldObject });
const pod = (user: string): GoldenCase["request"] => {
  const template = (deployment(undefined)["spec"] as { template: { spec: unknown } }).template;
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "granite-5d4f", uid: "0f5c", controller: true };
  const metadata = { name: "granite-5d4f-x7x2p", namespace: "prod-chat", ownerReferences: [owner] };
  return review({ apiVersion: "v1", kind: "Pod", metadata, spec: template.spec }, { userInfo: { username: user } });
};

const ours = seededKey(1);
const another = evaluation({ "dev.assaygate.environment": "staging" });
/** The policy expects our key; a signature by it, or by another, or none. */
const signedBy = (name: string, key: TestKey | undefined, about: BuiltArtifact): GoldenCase => {
  const signers = [{ cosign: { publicKey: ours.pem, transparencyLog: "NotRequired" } }];
  const signature = key && attached(bundleOf(key, statementAbout(about.digest)), good.digest);
  return golden(name, {
    evidence: [good, ...(signature === undefined ? [] : [signature])],
    policies: { "policy.yaml": policy(strict, { evidence: { repositories: [repository], signers } }) },
  });
};
const byDigest = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" } };
const withDigest = evaluation({ "dev.assaygate.model.digest": modelDigest("a") });
/** The model is an OCI image, mounted by digest. */
const imageVolume = (
  fill: string,
  reference: string | null = referenceTo(withDigest),
  digest = modelDigest(fill),
): GoldenCase["request"] => {
  const container = {
    name: "vllm",
    image: "vllm/vllm-openai:v0.11.0",
    args: ["--model", "/models/granite"],
    volumeMounts: [{ name: "weights", mountPath: "/models/granite" }],
  };
  const volumes = [{ name: "weights", image: { reference: `quay.io/acme/granite@${digest}` } }];
  const spec = { containers: [container], volumes };
  return review(deployment(reference ?? undefined, { spec: { template: { spec } } }));
};
/** A model of two files, signed file by file by this key; and a workload that runs it, or one with a file more. */
const signedModel = (name: string, key: TestKey | undefined, more: Record<string, string> = {}): GoldenCase => {
  const files = { "config.json": "{}", "weights.safetensors": "weights" };
  const model = modelArtifact({ ...files, ...more });
  const signature = key && attached(bundleOf(key, modelStatement(files)), model.digest);
  const signers = [{ cosign: { publicKey: ours.pem, transparencyLog: "NotRequired" } }];
  const asks = { model: { name: "Any", version: "Any", signedBy: signers }, environment: ["production"] };
  return golden(name, {
    evidence: [good, model, ...(signature === undefined ? [] : [signature])],
    policies: { "policy.yaml": policy(asks) },
    request: imageVolume("", referenceTo(good), model.digest),
  });
};
/** A result about the model in a bundle of ours, which names the manifest of a registration; and perhaps the registration. */
const registered = (name: string, result: Record<string, unknown>, statement?: Record<string, unknown>): GoldenCase => {
  const signers = [{ cosign: { publicKey: ours.pem, transparencyLog: "NotRequired" } }];
  const model = parseDigest(modelDigest("a"));
  if (model === undefined) throw new Error("not a digest");
  const named = [evalResult(model, result), ...(statement === undefined ? [] : [statement])].map((one) =>
    attached(bundleOf(ours, one), model),
  );
  const rule = { id: "larch-qa", metric: "exact_match", min: 0.62, preRegistered: true };
  return golden(name, {
    evidence: [good, ...named],
    policies: {
      "policy.yaml": policy(
        { model: { name: "Any", version: "Any", digest: "SameAsWorkload" }, benchmarks: [rule] },
        { evidence: { repositories: [repository], signers } },
      ),
    },
    request: imageVolume("a", named.map((one) => referenceTo(one)).join(",")),
  });
};
const namesRegistration = { preRegistration: { alg: "sha256", value: manifest.replace("sha256:", "") } };
/** An evaluation that refers to the model, and a workload that does not name it. */
const discoverable = evaluation(
  {},
  { subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: modelDigest("a"), size: 1 } },
);
const discovering = {
  "policy.yaml": policy(byDigest, { evidence: { repositories: [repository], discover: true } }),
};
const unnamed = (fill: string): GoldenCase["request"] => imageVolume(fill, null);
const expressed = (cel: string): Partial<GoldenCase> => ({
  evidence: [good],
  policies: { "policy.yaml": policy({ expressions: [{ cel, message: "as the security team asks" }] }) },
});
/** A card without the annotations that name the model and the collection, which states them itself. */
const stating = (model: string): BuiltArtifact =>
  cardEvaluation({ context: { model: { name: model }, collection_id: "safety-and-fairness-v1" } }, {}, [
    "dev.assaygate.model.name",
    "dev.assaygate.collection.id",
  ]);

/** Every golden case. Each is a good one with one thing changed, and is named by that thing. */
/** More signatures by strangers than are looked at. */
const tooManySignatures: GoldenCase = {
  ...signedBy("signatures-too-many", seededKey(2), good),
  evidence: [
    good,
    ...Array.from({ length: 130 }, (_, at) =>
      attached(bundleOf(seededKey(2), statementAbout(good.digest)), good.digest, { annotations: { at: String(at) } }),
    ),
  ],
};

const revokedBy = (name: string, ...attachments: readonly BuiltArtifact[]): GoldenCase => {
  const revokers = [{ cosign: { publicKey: ours.pem, transparencyLog: "NotRequired" } }];
  return golden(name, {
    policies: { "policy.yaml": policy(strict, { evidence: { repositories: [repository], revokers } }) },
    evidence: [good, ...attachments],
  });
};

/** Results of one benchmark, about the model with this digest, in EvalHub's form. */
const runOf = (model: string, completedAt: string, accuracy: number): BuiltArtifact => {
  const results = jobResults({ completed_at: completedAt, results: [metric("acc,none", accuracy)] });
  const annotations = evalhubAnnotations({ "org.opencontainers.image.created": completedAt });
  const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: modelDigest(model), size: 1 };
  return artifactOf([evalhubLayer("results.json", results)], {
    artifactType: evalhubArtifactType,
    annotations,
    subject,
  });
};

/** The first is the one that the workload names; it runs the model `a`. */
const newestWord = (name: string, ...runs: readonly BuiltArtifact[]): GoldenCase => {
  const [named = good] = runs;
  const asks = onlyBenchmarks({ ...mmlu, min: 0.62 });
  const request = imageVolume("a", referenceTo(named));
  const evidence = { repositories: [repository], newest: true };
  return golden(name, { evidence: runs, policies: { "policy.yaml": policy(asks, { evidence }) }, request });
};

export const cases: readonly GoldenCase[] = [
  golden("admitted"),
  golden("admitted-by-bare-digest", { evidence: [good], request: review(deployment(good.digest)) }),
  golden("admitted-evalhub-reference-with-scheme-and-tag", {
    evidence: [good],
    request: review(deployment(`https://${repository}:evalhub-1@${good.digest}`)),
  }),
  golden("admitted-by-one-of-several", {
    evidence: [evaluation({ "dev.assaygate.environment": "staging" }), good],
    request: review(
      deployment(
        [evaluation({ "dev.assaygate.environment": "staging" }), good].map((one) => referenceTo(one)).join(",\n"),
      ),
    ),
  }),
  golden("admitted-remarking-on-a-malformed-reference", {
    evidence: [good],
    request: review(deployment(`${tagOnly} ${referenceTo(good)}`)),
  }),
  golden("admitted-annotation-on-the-template", {
    evidence: [good],
    request: review(
      deployment(undefined, {
        spec: { template: { metadata: { annotations: { "assaygate.dev/evaluation": referenceTo(good) } } } },
      }),
    ),
  }),
  golden("evidence-missing", { evidence: [], request: review(deployment(undefined)) }),
  golden("evidence-malformed-tag-only", { evidence: [good], request: review(deployment(tagOnly)) }),
  golden("evidence-malformed-uppercase-digest", {
    evidence: [good],
    request: review(deployment(`${repository}@${good.digest.toUpperCase()}`)),
  }),
  golden("evidence-malformed-trailing-newline", {
    evidence: [good],
    request: review(deployment("quay.io/acme/evals@sha256:123\n")),
  }),
  golden("evidence-malformed-17-references", {
    evidence: [good],
    request: review(deployment(Array.from({ length: 17 }, (_, at) => `${repository}/p${at}@${good.digest}`).join(","))),
  }),
  golden("evidence-malformed-object-and-template-disagree", {
    evidence: [good],
    request: review(
      deployment(referenceTo(good), {
        spec: { template: { metadata: { annotations: { "assaygate.dev/evaluation": referenceTo(evalhub) } } } },
      }),
    ),
  }),
  golden("evidence-revoked", {
    evidence: [good],
    policies: {
      "policy.yaml": policy(strict, { evidence: { repositories: [repository], revoked: [good.digest] } }),
    },
    request: review(deployment(referenceTo(good))),
  }),
  revokedBy("evidence-revoked-by-statement", revoking(ours, good.digest)),
  revokedBy("evidence-revoked-by-a-stranger-admitted", revoking(seededKey(2), good.digest)),
  revokedBy(
    "evidence-standing-unknown",
    ...Array.from({ length: 130 }, (_, at) =>
      revoking(seededKey(2), good.digest, { predicate: { reason: String(at) } }),
    ),
  ),
  newestWord("evidence-superseded", runOf("a", "2026-11-10T12:00:00Z", 0.7), runOf("a", "2026-11-12T12:00:00Z", 0.5)),
  newestWord(
    "newest-word-admitted",
    runOf("a", "2026-11-12T12:00:00Z", 0.7),
    runOf("a", "2026-11-10T12:00:00Z", 0.5),
    runOf("b", "2026-11-13T12:00:00Z", 0.5),
  ),
  golden("evidence-not-found", { evidence: [], request: review(deployment(referenceTo(good))) }),
  golden(
    "evidence-corrupt",
    withFault({
      kind: "refused",
      reason: "EVIDENCE_CORRUPT",
      message: "the bytes hash to sha256:9e8d7c6b…, not to the digest in the annotation",
    }),
  ),
  golden("repository-not-trusted", {
    evidence: [good],
    request: review(deployment(referenceTo(good, "ghcr.io/someone/evals"))),
  }),
  golden(
    "registry-unavailable",
    withFault({
      kind: "unavailable",
      reason: "REGISTRY_UNAVAILABLE",
      message: "quay.io answered 503 Service Unavailable",
    }),
  ),
  golden("registry-unavailable-on-unavailable-warn", {
    ...withFault({
      kind: "unavailable",
      reason: "REGISTRY_UNAVAILABLE",
      message: "quay.io answered 503 Service Unavailable",
    }),
    policies: { "policy.yaml": policy(strict, { onUnavailable: "Warn" }) },
  }),
  golden(
    "registry-denied",
    withFault({
      kind: "unavailable",
      reason: "REGISTRY_DENIED",
      message: "quay.io answered 401 Unauthorized to anonymous access",
    }),
  ),
  golden(
    "deadline-exceeded",
    withFault({
      kind: "unavailable",
      reason: "DEADLINE_EXCEEDED",
      message: "no answer from quay.io before the review's deadline",
    }),
  ),
  golden("artifact-invalid-no-layers", { evidence: [evaluation({}, { layers: [] })] }),
  golden("artifact-invalid-index-and-manifest", { evidence: [evaluation({}, { manifests: [] })] }),
  golden("artifact-invalid-no-evaluation", {
    evidence: [
      artifactOf([{ bytes: Buffer.from("x"), mediaType: "application/vnd.oci.image.layer.v1.tar" }], {
        annotations: { "org.opencontainers.image.created": "2026-11-10T12:00:00Z" },
      }),
    ],
  }),
  golden("model-unknown-name", { request: running("--model", "/mnt/models"), evidence: [good] }),
  golden("model-unknown-version", { request: annotate({ "assaygate.dev/model-version": null }), evidence: [good] }),
  golden("model-identity-conflict", {
    request: annotate({ "assaygate.dev/model-name": "mistralai/Mistral-7B-Instruct-v0.3" }),
    evidence: [good],
  }),
  declaring("model-unknown-place-declared", {}, atPlace),
  declaring("model-declared-at-a-place-admitted", { declared: { name: ["Place"] } }, atPlace),
  declaring("model-unknown-from-a-secret-declared", { declared: { name: ["Place", "Image"] } }, fromSecret),
  declaring("model-declared-from-a-secret-admitted", { declared: { name: ["Opaque"] } }, fromSecret),
  declaring("model-unknown-nothing-runs-declared", { declared: { name: ["Place"] } }, { image: "quay.io/acme/own:1" }),
  declaring("model-unknown-version-refused", { declared: { name: ["Place"], version: "Refuse" } }, atPlace),
  declaring("model-unknown-alias", byAlias, { args: [...atPlace.args, ...served] }, {}),
  declaring(
    "alias-admitted",
    { ...byAlias, declared: { name: ["Place"] } },
    { args: [...atPlace.args, ...served] },
    {},
  ),
  declaring(
    "model-name-mismatch-behind-an-alias",
    { ...byAlias, declared: { name: ["Place", "Image", "Opaque"] } },
    { command: ["vllm", "serve", "mistralai/Mistral-7B-Instruct-v0.3", ...served] },
    {},
  ),
  declaring(
    "image-not-listed",
    { images: [`docker.io/vllm/vllm-openai@${modelDigest("c")}`] },
    { args: ["--model", "ibm-granite/granite-3.1-8b-instruct"] },
    {},
  ),
  differing("model-name-mismatch", { "dev.assaygate.model.name": "mistralai/Mistral-7B-Instruct-v0.3" }),
  differing("model-version-mismatch", { "dev.assaygate.model.version": "3.0.0" }),
  asking("model-family-mismatch", { model: { family: ["llama"] } }),
  golden("adapter-mismatch", {
    evidence: [good],
    request: running(
      "--model",
      "ibm-granite/granite-3.1-8b-instruct",
      "--enable-lora",
      "--lora-modules",
      "sql=acme/sql-lora",
    ),
    policies: { "policy.yaml": policy({ model: { adapters: "SameAsWorkload" } }) },
  }),
  // What lies there has the name that the evidence is about only because the requester calls it so.
  golden("model-unknown-adapter-by-its-alias", {
    evidence: [evaluation({ "dev.assaygate.model.adapters": "sql" })],
    request: running("--model", "ibm-granite/granite-3.1-8b-instruct", "--lora-modules", "sql=/adapters/sql"),
    policies: { "policy.yaml": policy({ model: { adapters: "SameAsWorkload" } }) },
  }),
  golden("model-unknown-another-tokenizer", {
    evidence: [good],
    request: running("--model", "ibm-granite/granite-3.1-8b-instruct", "--tokenizer", "mallory/words"),
  }),
  golden("quantization-mismatch", {
    evidence: [evaluation({ "dev.assaygate.quantization": "fp8" })],
    policies: { "policy.yaml": policy({ model: { quantization: "SameAsWorkload" } }) },
  }),
  asking("prompt-mismatch", { prompt: { digest: "SameAsWorkload" } }),
  differing("environment-mismatch", { "dev.assaygate.environment": "staging" }),
  differing("environment-mismatch-homoglyph", { "dev.assaygate.environment": "prоduction" }),
  golden("hardware-class-mismatch", {
    evidence: [good],
    request: pinned({ "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB" }),
  }),
  golden("hardware-class-undetermined", { evidence: [good], request: pinned({ "nvidia.com/gpu.product": null }) }),
  golden("hardware-class-of-a-part", {
    evidence: [good],
    request: withContainer({ resources: { limits: { "nvidia.com/mig-1g.10gb": "1" } } }),
  }),
  golden("accelerator-by-an-unknown-resource", {
    evidence: [good],
    policies: onAccelerators,
    request: withContainer({ resources: { limits: { "example.com/gpu": "1" } } }),
  }),
  golden("accelerator-by-a-variable-alone", {
    policies: onAccelerators,
    request: review(
      merge(deployment(undefined), {
        spec: {
          template: {
            spec: {
              nodeSelector: null,
              containers: [vllm({ resources: {}, env: [{ name: "NVIDIA_VISIBLE_DEVICES", value: "all" }] })],
            },
          },
        },
      }) as Record<string, unknown>,
    ),
  }),
  differing("compliance-tag-missing", { "dev.assaygate.compliance.tags": "soc2:cc8.1" }),
  differing("collection-mismatch", { "dev.assaygate.collection.version": "2.0.3" }),
  asking("benchmarks-admitted", onlyBenchmarks({ ...mmlu, min: 0.62 }), evalhub),
  asking("benchmark-missing", onlyBenchmarks({ provider: "garak", id: "toxicity", passed: true }), evalhub),
  asking("benchmark-missing-annotations-only", onlyBenchmarks({ ...mmlu, min: 0.62 })),
  asking(
    "benchmark-failed-no-verdict",
    onlyBenchmarks({ provider: "lm_evaluation_harness", id: "mmlu", passed: true }),
    evalhub,
  ),
  asking("card-admitted", onlyBenchmarks({ ...mmlu, min: 0.62, passed: true }), cardEvaluation()),
  asking(
    "card-admitted-by-what-it-states",
    { ...strict, maxAge: undefined },
    stating("ibm-granite/granite-3.1-8b-instruct"),
  ),
  asking("model-name-mismatch-stated-by-a-card", { ...strict, maxAge: undefined }, stating("granite-served")),
  asking(
    "benchmark-failed-in-a-card",
    onlyBenchmarks({ ...mmlu, min: 0.1, passed: true }),
    cardEvaluation({ rows: [cardRow({ test: { primary_score: "0.4", threshold: "0.5", pass: false } })] }),
  ),
  asking(
    "evaluation-incomplete",
    strict,
    cardEvaluation({ state: "partially_failed", rows: [cardRow(), failedCardRow()] }),
  ),
  asking(
    "artifact-invalid-annotation-contradicts-card",
    onlyBenchmarks({ ...mmlu, passed: true, min: 0.1 }),
    cardEvaluation({}, { "io.github.eval-hub.benchmark_id": "gsm8k" }),
  ),
  asking("evaluator-files-admitted", onlyBenchmarks({ ...mmlu, min: 0.62, minSamples: 100, complete: true }), lmEval),
  registered("not-pre-registered", {}),
  registered("not-pre-registered-not-there", namesRegistration),
  registered("not-pre-registered-another-bar", namesRegistration, registrationOf({ threshold: 0.5 })),
  registered("not-pre-registered-untimed", namesRegistration, registrationOf()),
  asking("samples-too-few", onlyBenchmarks({ ...mmlu, min: 0.62, minSamples: 1000 }), lmEval),
  asking("samples-unknown", onlyBenchmarks({ ...mmlu, min: 0.62, minSamples: 1, complete: true }), evalhub),
  asking(
    "evaluation-incomplete-limited-run",
    onlyBenchmarks({ ...mmlu, min: 0.62, complete: true }),
    lmEvalEvaluation({ "n-samples": { mmlu: { original: 14042, effective: 100 } }, group_subtasks: {} }),
  ),
  asking(
    "artifact-invalid-annotation-contradicts-file",
    onlyBenchmarks({ ...mmlu, min: 0.62 }),
    lmEvalEvaluation({}, { "dev.assaygate.model.name": "granite-3.1-8b-instruct" }),
  ),
  asking("metric-out-of-bounds", onlyBenchmarks({ ...mmlu, min: 0.7 }), evalhub),
  asking(
    "artifact-invalid-annotation-contradicts-content",
    onlyBenchmarks({ ...mmlu, min: 0.62 }),
    evalhubEvaluation({}, { "io.github.eval-hub.benchmark_id": "gsm8k" }),
  ),
  asking("artifact-invalid-no-results", onlyBenchmarks({ ...mmlu, min: 0.62 }), evalhubEvaluation({ results: [] })),
  differing("evidence-expired", { "org.opencontainers.image.created": "2026-10-01T00:00:00Z" }),
  differing("evidence-expired-in-the-future", { "org.opencontainers.image.created": "2026-11-21T00:00:00Z" }),
  golden("namespace-unknown", { namespaceLabels: null }),
  golden("no-policy", {
    policies: { "policy.yaml": policy(strict, { match: { namespaces: ["staging-*"] } }) },
    noMatch: "Deny",
  }),
  golden("no-policy-admitted", {
    policies: { "policy.yaml": policy(strict, { match: { namespaces: ["staging-*"] } }) },
  }),
  golden("review-invalid-containers", {
    evidence: [good],
    request: review(deployment(referenceTo(good), { spec: { template: { spec: { containers: "none" } } } })),
  }),
  golden("review-invalid-delete", {
    evidence: [good],
    request: review(deployment(referenceTo(good)), { operation: "DELETE" }),
  }),
  golden("two-policies-one-denies", {
    policies: {
      "a.yaml": policy(strict, {}, "baseline"),
      "b.yaml": policy({ complianceTags: ["hipaa:164.312-b"] }, {}, "regulated"),
    },
  }),
  golden("audit-says-nothing-beside-a-denial", {
    policies: {
      "a.yaml": policy({ complianceTags: ["hipaa:164.312-b"] }, { mode: "Audit" }, "rollout"),
      "b.yaml": policy({ complianceTags: ["fedramp:moderate"] }, {}, "enforced"),
    },
  }),
  golden("several-findings", {
    evidence: [
      evaluation({
        "dev.assaygate.environment": "staging",
        "dev.assaygate.hardware.class": "nvidia-a100",
        "dev.assaygate.compliance.tags": undefined,
      }),
    ],
  }),
  golden("mode-warn", {
    evidence: [evaluation({ "dev.assaygate.environment": "staging" })],
    policies: { "policy.yaml": policy(strict, { mode: "Warn" }) },
  }),
  golden("mode-audit", {
    evidence: [evaluation({ "dev.assaygate.environment": "staging" })],
    policies: { "policy.yaml": policy(strict, { mode: "Audit" }) },
  }),
  golden("exception-softens", {
    evidence: [evaluation({ "dev.assaygate.environment": "staging" })],
    policies: { "policy.yaml": policy(), "exception.yaml": launch() },
  }),
  golden("exception-expired", {
    evidence: [evaluation({ "dev.assaygate.environment": "staging" })],
    policies: { "policy.yaml": policy(), "exception.yaml": launch({ expiresAt: "2026-11-20T11:59:59Z" }) },
  }),
  golden("update-unchanged", {
    evidence: [],
    request: update(
      deployment(undefined, {
        spec: { replicas: 9 },
        metadata: { annotations: { "deployment.kubernetes.io/revision": "2" } },
      }),
      deployment(undefined),
    ),
  }),
  golden("update-swaps-the-image", {
    evidence: [],
    request: update(
      merge(deployment(undefined), {
        spec: { template: { spec: { containers: [{ name: "vllm", image: "evil/vllm" }] } } },
      }) as Record<string, unknown>,
      deployment(undefined),
    ),
  }),
  golden("update-changes-a-label-that-an-expression-reads", {
    request: update(
      deployment(referenceTo(good), { metadata: { labels: { risk: "high" } } }),
      deployment(referenceTo(good), { metadata: { labels: { risk: "low" } } }),
    ),
    policies: {
      "policy.yaml": policy({
        ...strict,
        expressions: [{ cel: 'workload.labels["risk"] == "low"', message: "a workload of low risk" }],
      }),
    },
  }),
  golden("update-of-what-nothing-reads", {
    evidence: [],
    request: update(
      deployment(undefined, { spec: { template: { spec: { tolerations: [{ operator: "Exists" }] } } } }),
      deployment(undefined, {
        spec: { template: { spec: { schedulingGates: [{ name: "kueue.x-k8s.io/admission" }] } } },
      }),
    ),
  }),
  golden("update-removes-the-annotation", {
    evidence: [],
    request: update(deployment(undefined), deployment(referenceTo(good))),
  }),
  claiming("claim-admitted", { kind: "found", requests: [[{ deviceClass: "gpu.nvidia.com", expressions: [h100] }]] }),
  claiming("claim-of-any-gpu", { kind: "found", requests: [[{ deviceClass: "gpu.nvidia.com", expressions: [] }]] }),
  claiming("claim-not-looked-up"),
  claiming("claim-forbidden", { kind: "unknown", why: "forbidden (403)" }),
  claiming("cluster-unavailable", { kind: "unavailable", why: "the API server gave no answer" }),
  signedBy("signed-admitted", ours, good),
  signedBy("signature-missing", undefined, good),
  signedBy("signature-invalid", ours, another),
  signedBy("signer-not-trusted", seededKey(2), good),
  tooManySignatures,
  golden("model-digest-mismatch", {
    evidence: [withDigest],
    policies: { "policy.yaml": policy(byDigest) },
    request: imageVolume("b"),
  }),
  golden("model-digest-admitted", {
    evidence: [withDigest],
    policies: { "policy.yaml": policy(byDigest) },
    request: imageVolume("a"),
  }),
  signedModel("model-signed-admitted", ours),
  signedModel("model-not-signed", undefined),
  signedModel("model-not-signed-by-whom-the-policy-names", seededKey(2)),
  signedModel("model-not-signed-in-all-its-files", ours, { "tokenizer.json": "{}" }),
  golden("discovered-admitted", { evidence: [discoverable], policies: discovering, request: unnamed("a") }),
  golden("discovered-none", { evidence: [discoverable], policies: discovering, request: unnamed("b") }),
  golden("expression-false", expressed("evaluation.environment == 'staging'")),
  golden("expression-error", expressed("evaluation.promptDigest == 'x'")),
  golden("delegated-pod", { evidence: [], request: pod("system:serviceaccount:kube-system:replicaset-controller") }),
  golden("forged-owner", { evidence: [], request: pod("jane@example.com") }),
  golden("workload-too-large", { request: review(deployment(referenceTo(good), doubling)) }),
  golden("not-a-workload", {
    evidence: [],
    request: review({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "granite", namespace: "prod-chat" },
      spec: {},
    }),
  }),
];
