import type { Artifact, Benchmark, Content, Signatures } from "../../policies/artifact.ts";
import { compileException, compilePolicy } from "../../policies/language/compile.ts";
import { digestContent } from "../../policies/language/load.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { decide, defaultSettings, type DecideInput } from "../../policies/decision/decide.ts";
import type { Decision } from "../../policies/decision.ts";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { toEvidenceKey, type Evidence, type EvidenceReference } from "../../policies/evidence.ts";
import type { Exception, Policy } from "../../policies/policy.ts";
import { exceptionDocument, policyDocument } from "../../policies/language/policy-schema.ts";
import type { RunningModel, StringMap, Workload } from "../../policies/workload.ts";

/** A digest that differs for each number. */
export function digest(number: number): Digest {
  const parsed = parseDigest(`sha256:${number.toString(16).padStart(64, "0")}`);
  if (parsed === undefined) throw new Error("not a digest");
  return parsed;
}

const repository = "quay.io/acme/evals";
export const now = new Date("2026-11-20T12:00:00Z");

/** Annotations of an evaluation that proves everything {@link strictRequirement} asks of {@link aWorkload}. */
const goodAnnotations: StringMap = {
  "dev.assaygate.model.name": "granite-3.1-8b-instruct",
  "dev.assaygate.model.version": "3.1.0",
  "dev.assaygate.model.family": "granite",
  "dev.assaygate.quantization": "fp8",
  "dev.assaygate.model.adapters": "sql-lora,style-lora",
  "dev.assaygate.model.digest": digest(66),
  "dev.assaygate.prompt.digest": digest(77),
  "dev.assaygate.environment": "production",
  "dev.assaygate.hardware.class": "nvidia-h100",
  "dev.assaygate.compliance.tags": "eu-ai-act:art-15,soc2:cc8.1",
  "dev.assaygate.collection.id": "safety-and-fairness-v1",
  "dev.assaygate.collection.version": "2.3.0",
  "org.opencontainers.image.created": "2026-11-10T12:00:00Z",
};

export const goodBenchmarks: readonly Benchmark[] = [
  { provider: "lm_evaluation_harness", id: "mmlu", metrics: new Map([["acc,none", 0.642]]), passed: undefined },
  { provider: "garak", id: "toxicity", metrics: new Map(), passed: true },
];

/** Asks for everything that this version can check. */
export const strictRequirement = {
  name: "safety",
  environment: ["SameAsWorkload"],
  hardwareClass: ["SameAsWorkload"],
  complianceTags: ["eu-ai-act:art-15"],
  model: { family: ["granite"], digest: "SameAsWorkload", adapters: "SameAsWorkload", quantization: "SameAsWorkload" },
  prompt: { digest: "SameAsWorkload" },
  collection: { id: "safety-and-fairness-v1", version: ">=2.1.0 <3" },
  benchmarks: [
    { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none", min: 0.62 },
    { provider: "garak", id: "toxicity", passed: true },
  ],
  maxAge: "30d",
  expressions: [{ cel: "evaluation.benchmarks.size() >= 2", message: "at least two benchmarks" }],
};

/** A policy from its `spec`, given in part. Fails the test that gives it a bad one. */
export function aPolicy(spec: Record<string, unknown> = {}, name = "production-llm"): Policy {
  const document = policyDocument.parse({
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationPolicy",
    metadata: { name },
    spec: { evidence: { repositories: [repository] }, require: [strictRequirement], ...spec },
  });
  const policy = compilePolicy(document, digestContent(document, sha256));
  if (Array.isArray(policy)) throw new Error(JSON.stringify(policy));
  return policy;
}

/** A policy with one requirement that asks for nothing but what is given. */
export function asking(requirement: Record<string, unknown>, spec: Record<string, unknown> = {}): Policy {
  return aPolicy({ require: [{ name: "only", model: { name: "Any", version: "Any" }, ...requirement }], ...spec });
}

export function anException(spec: Record<string, unknown> = {}, name = "launch"): Exception {
  const document = exceptionDocument.parse({
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationException",
    metadata: { name },
    spec: {
      scope: { namespace: "prod-chat", kind: "Deployment", name: "granite" },
      policies: ["production-llm"],
      requirements: ["safety"],
      reason: "launch day",
      owner: "security@example.com",
      expiresAt: "2026-11-25T00:00:00Z",
      ...spec,
    },
  });
  const exception = compileException(document, digestContent(document, sha256));
  if (Array.isArray(exception)) throw new Error(JSON.stringify(exception));
  return exception;
}

/** Of the model that {@link runningModel} runs. */
const modelDigest = digest(66);

export const runningModel: RunningModel = {
  name: "granite-3.1-8b-instruct",
  version: "3.1.0",
  digest: modelDigest,
  quantization: "fp8",
  adapters: ["sql-lora", "style-lora"],
  unreadable: undefined,
  field: "spec.template.spec.containers[0].args",
  container: "spec.template.spec.containers[0]",
};

/** A workload that {@link goodAnnotations} prove fit, changed in what is given. */
export function aWorkload(change: Partial<Workload> = {}): Workload {
  return {
    object: { group: "apps", version: "v1", kind: "Deployment", namespace: "prod-chat", name: "granite" },
    metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/prompt-digest": digest(77) } }],
    namespaceLabels: { "assaygate.dev/environment": "production" },
    references: references(full(1)),
    models: [runningModel],
    arguments: [],
    hardware: { accelerator: "requested", classes: ["nvidia-h100"], field: "spec.template.spec.nodeSelector" },
    ...change,
  };
}

export function references(...entries: EvidenceReference[]): Workload["references"] {
  return { entries, problem: undefined, field: "metadata.annotations[assaygate.dev/evaluation]" };
}

export function full(number: number, at = repository): EvidenceReference {
  return { kind: "full", text: `${at}@${digest(number)}`, repository: at, digest: digest(number) };
}

export function bare(number: number): EvidenceReference {
  return { kind: "bare", text: digest(number), digest: digest(number) };
}

export const readContent: Content = { kind: "read", benchmarks: goodBenchmarks, completedAt: undefined };

/** Evidence that was found, good in everything but what is given; an annotation given as undefined is left out. */
export function found(
  number: number,
  change: {
    annotations?: Record<string, string | undefined>;
    subject?: Digest;
    content?: Content;
    signatures?: Signatures;
    repository?: string;
  } = {},
): [string, Evidence] {
  const annotations = Object.fromEntries(
    Object.entries({ ...goodAnnotations, ...change.annotations }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const at = change.repository ?? repository;
  const artifact: Artifact = {
    repository: at,
    digest: digest(number),
    kind: "generic",
    annotations,
    subject: change.subject,
    signatures: change.signatures ?? { kind: "not-looked-for" },
    content: change.content ?? readContent,
  };
  return [toEvidenceKey(at, digest(number)), { kind: "found", artifact }];
}

export function lost(
  number: number,
  evidence: Exclude<Evidence, { kind: "found" }>,
  at = repository,
): [string, Evidence] {
  return [toEvidenceKey(at, digest(number)), evidence];
}

export const unavailable: Exclude<Evidence, { kind: "found" }> = {
  kind: "unavailable",
  reason: "REGISTRY_UNAVAILABLE",
  message: "quay.io answered 503",
};

/** Decides {@link aWorkload} on good evidence under {@link aPolicy}, changed in what is given. */
export function decideOn(
  change: Partial<Omit<DecideInput, "evidence">> & { evidence?: readonly [string, Evidence][] } = {},
): Decision {
  const { evidence = [found(1)], ...rest } = change;
  return decide({
    workload: aWorkload(),
    policies: [aPolicy()],
    exceptions: [],
    now,
    settings: defaultSettings,
    ...rest,
    evidence: new Map(evidence),
  });
}
