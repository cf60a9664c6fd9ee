import { gzipSync } from "node:zlib";
import type { ClaimAnswer } from "../../workload/hardware/claims.ts";
import type { Evidence } from "../../policies/evidence.ts";
import {
  artifactOf,
  cardArtifact,
  evalhubAnnotations,
  evalhubArtifactType,
  evaluationCard,
  jobResults,
  tarGzipLayer,
  type BuiltArtifact,
  type Json,
  type Layer,
} from "../support/artifacts.ts";
import { lmEvalResults } from "../support/evaluator-files.ts";
import { tarOf } from "../support/tar.ts";

/** Everything that a decision depends on, as files would hold it. */
export interface GoldenCase {
  readonly name: string;
  readonly request: Json;
  /** Policy documents, by file name. */
  readonly policies: Readonly<Record<string, Json>>;
  readonly evidence: readonly BuiltArtifact[];
  /** What the registry does instead of answering, by digest. */
  readonly faults: Readonly<Record<string, Exclude<Evidence, { kind: "found" }>>>;
  /** Labels of the workload's namespace; null: they cannot be looked up. */
  readonly namespaceLabels: Readonly<Record<string, string>> | null;
  readonly noMatch: "Admit" | "Deny";
  /** What the cluster says of claims, by their keys. Without it none is looked up. */
  readonly claims?: Readonly<Record<string, ClaimAnswer>>;
}

export const now = "2026-11-20T12:00:00Z";
export const repository = "quay.io/acme/evals";

export const annotations: Readonly<Record<string, string>> = {
  "dev.assaygate.model.name": "ibm-granite/granite-3.1-8b-instruct",
  "dev.assaygate.model.version": "3.1.0",
  "dev.assaygate.model.family": "granite",
  "dev.assaygate.environment": "production",
  "dev.assaygate.hardware.class": "nvidia-h100",
  "dev.assaygate.compliance.tags": "eu-ai-act:art-15,soc2:cc8.1",
  "dev.assaygate.collection.id": "safety-and-fairness-v1",
  "dev.assaygate.collection.version": "2.3.0",
  "org.opencontainers.image.created": "2026-11-10T12:00:00Z",
};

/** An annotations-only evaluation, good in everything but what is given. */
export function evaluation(
  change: Readonly<Record<string, string | undefined>> = {},
  manifest: Json = {},
): BuiltArtifact {
  const entries = Object.entries({ ...annotations, ...change }).filter(([, value]) => value !== undefined);
  return artifactOf([{ bytes: Buffer.from("{}"), mediaType: "application/vnd.oci.empty.v1+json" }], {
    artifactType: "application/vnd.assaygate.evaluation",
    annotations: Object.fromEntries(entries),
    ...manifest,
  });
}

/** An EvalHub results artifact. */
export function evalhubEvaluation(results: Json = {}, change: Readonly<Record<string, string>> = {}): BuiltArtifact {
  const model = { model_name: "ibm-granite/granite-3.1-8b-instruct" };
  const own = {
    "io.github.eval-hub.model": "ibm-granite/granite-3.1-8b-instruct",
    "org.opencontainers.image.created": "2026-11-10T12:00:00+00:00",
  };
  return artifactOf([fileLayer(jobResults({ ...model, completed_at: "2026-11-10T11:59:00Z", ...results }))], {
    artifactType: evalhubArtifactType,
    annotations: { ...evalhubAnnotations(own), ...annotations, ...change },
  });
}

/** What `assaygate push` makes of a file of lm-evaluation-harness. */
export function lmEvalEvaluation(results: Json = {}, change: Readonly<Record<string, string>> = {}): BuiltArtifact {
  const model = { pretrained: "ibm-granite/granite-3.1-8b-instruct" };
  const content = lmEvalResults({ config: { model_args: model }, model_name: model.pretrained, ...results });
  return artifactOf([fileLayer({ date: Date.parse("2026-11-10T11:59:00Z") / 1000, ...content })], {
    artifactType: evalhubArtifactType,
    annotations: { ...annotations, ...change },
  });
}

/** Stored, not compressed, so that its digest is the same with every version of zlib. */
function fileLayer(content: Json): Layer {
  return {
    bytes: gzipSync(tarOf([{ name: "results.json", content: Buffer.from(JSON.stringify(content)) }]), { level: 0 }),
    mediaType: tarGzipLayer,
    annotations: { "olot.layer.content.name": "results.json" },
  };
}

/** An EvalHub evaluation card with the annotations of a good evaluation, but for those that it is silent about. */
export function cardEvaluation(
  card: Parameters<typeof evaluationCard>[0] = {},
  change: Readonly<Record<string, string>> = {},
  silentAbout: readonly string[] = [],
): BuiltArtifact {
  const said = Object.entries({ ...annotations, ...change }).filter(([key]) => !silentAbout.includes(key));
  return cardArtifact(evaluationCard(card), Object.fromEntries(said));
}

export function referenceTo({ digest }: BuiltArtifact, at = repository): string {
  return `${at}@${digest}`;
}

/** A policy that asks for one requirement named safety; `asks` replaces what it asks, `spec` adds to the policy. */
export function policy(asks: Json = strict, spec: Json = {}, name = "production-llm"): Json {
  return {
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationPolicy",
    metadata: { name },
    spec: { evidence: { repositories: [repository] }, require: [{ name: "safety", ...asks }], ...spec },
  };
}

export const strict: Json = {
  environment: ["SameAsWorkload"],
  hardwareClass: ["SameAsWorkload"],
  complianceTags: ["eu-ai-act:art-15"],
  collection: { id: "safety-and-fairness-v1", version: ">=2.1.0 <3" },
  maxAge: "30d",
};

export const onlyBenchmarks = (...benchmarks: Json[]): Json => ({ model: { name: "Any", version: "Any" }, benchmarks });

/** A Deployment that serves the model with vLLM on H100 nodes; `change` is merged into it (RFC 7386). */
export function deployment(reference: string | undefined, change: Json = {}): Json {
  const base = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "granite",
      namespace: "prod-chat",
      annotations: {
        "assaygate.dev/model-version": "3.1.0",
        ...(reference === undefined ? {} : { "assaygate.dev/evaluation": reference }),
      },
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "granite" } },
      template: {
        metadata: { labels: { app: "granite" } },
        spec: {
          nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" },
          containers: [
            {
              name: "vllm",
              image: "vllm/vllm-openai:v0.11.0",
              args: ["--model", "ibm-granite/granite-3.1-8b-instruct", "--max-model-len", "8192"],
              resources: { limits: { "nvidia.com/gpu": "1" } },
            },
          ],
        },
      },
    },
  };
  return merge(base, change) as Json;
}

/** The AdmissionReview that the API server would send. */
export function review(object: Json, change: Json = {}): Json {
  const { kind, apiVersion, metadata } = object as {
    kind: string;
    apiVersion: string;
    metadata: { name: string; namespace?: string };
  };
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const request = {
    uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
    kind: { group, version, kind },
    resource: { group, version, resource: `${kind.toLowerCase()}s` },
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    operation: "CREATE",
    userInfo: { username: "jane@example.com", groups: ["system:authenticated"] },
    object,
    oldObject: null,
    dryRun: false,
    options: { apiVersion: "meta.k8s.io/v1", kind: "CreateOptions" },
  };
  return { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request: merge(request, change) };
}

/** A case that differs from a good one in what is given. The first artifact is the one that the workload names. */
export function golden(name: string, change: Partial<Omit<GoldenCase, "name">> = {}): GoldenCase {
  const evidence = change.evidence ?? [evaluation()];
  const [first] = evidence;
  return {
    name,
    request: review(deployment(first === undefined ? undefined : referenceTo(first))),
    policies: { "policy.yaml": policy() },
    faults: {},
    namespaceLabels: { "assaygate.dev/environment": "production" },
    noMatch: "Admit",
    ...change,
    evidence,
  };
}

/** JSON merge patch. https://www.rfc-editor.org/rfc/rfc7386 */
export function merge(base: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
