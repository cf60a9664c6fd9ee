import { readdirSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { checks } from "../../policies/checks/index.ts";
import { listReasons } from "../../policies/decision.ts";
import type { Attestation, Content, Signatures, StatedBound } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { Hardware, RunningModel, Workload } from "../../policies/workload.ts";
import { asking, aWorkload, decideOn, digest, found, goodBenchmarks, runningModel } from "../support/decisions.ts";

interface Case {
  readonly check: string;
  readonly says: string;
  /** The one thing that the requirement asks for. */
  readonly asks: Record<string, unknown>;
  readonly annotations?: Record<string, string | undefined>;
  readonly subject?: Digest;
  readonly signers?: readonly Record<string, unknown>[];
  readonly signatures?: Signatures;
  readonly content?: Content;
  readonly workload?: Partial<Workload>;
  /** How the policy reads the workload. */
  readonly reading?: Record<string, unknown>;
  /** Nothing: it passes. */
  readonly reason?: string;
}

const any = { name: "Any", version: "Any" } as const;
const named = { model: { name: "SameAsWorkload", version: "Any" } };
const versioned = { model: { name: "Any", version: "SameAsWorkload" } };
const model = (change: Partial<RunningModel>): Partial<Workload> => ({ models: [{ ...runningModel, ...change }] });
const declares: Partial<Workload> = {
  metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-name": "granite-3.1-8b-instruct" } }],
};
const hardware = (change: Partial<Hardware>): Partial<Workload> => ({
  hardware: { accelerator: "requested", classes: [], field: "spec", ...change },
});
const benchmarks = (...rules: Record<string, unknown>[]): Record<string, unknown> => ({ benchmarks: rules });
const mmlu = { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none" };
const results = (...runs: typeof goodBenchmarks): Extract<Content, { kind: "read" }> => ({
  kind: "read",
  benchmarks: runs,
  completedAt: undefined,
});
const scored = (value: number): (typeof goodBenchmarks)[number] => ({
  provider: "lm_evaluation_harness",
  id: "mmlu",
  metrics: new Map([["acc,none", value]]),
  passed: undefined,
});
/** `>= 0.62`: a run whose value is not told. */
const bounded = (...texts: string[]): (typeof goodBenchmarks)[number] => ({
  ...scored(0),
  metrics: new Map(),
  bounds: texts.map((text): StatedBound => {
    const [comparator, threshold = ""] = text.split(" ");
    return { metric: "acc,none", comparator: comparator as StatedBound["comparator"], threshold, passed: true };
  }),
});
const lmEval = { name: "lm_evaluation_harness", version: "0.4.13" };
const byLmEval: Content = {
  ...results({ ...scored(0.642), version: "1", evaluator: lmEval, samples: { scored: 100, total: 100 }, gaps: [] }),
  evaluators: [lmEval],
};
const name = "dev.assaygate.model.name";
const version = "dev.assaygate.model.version";
const environment = "dev.assaygate.environment";
const hardwareKey = "dev.assaygate.hardware.class";
const tags = "dev.assaygate.compliance.tags";
const created = "org.opencontainers.image.created";
const ci = { cosign: { keyRef: "ci.pub" } };
const ciId = JSON.stringify(["keyRef", "ci.pub", true]);
const signedByCi: Signatures = {
  kind: "checked",
  seen: 1,
  verified: [{ signer: ciId, identity: "key sha256:1" }],
  problems: [],
};
const noSignature: Signatures = { kind: "checked", seen: 0, verified: [], problems: [] };
const unseenSignature: Signatures = { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" };
const signedModel = { model: { version: "Any", signedBy: [ci] } };
const stated = (change: Partial<Attestation>): Content => ({
  ...results(...goodBenchmarks),
  attestation: { bundle: "{}", form: "bundle", subjects: [digest(66)], passed: true, verifier: undefined, ...change },
});
const listedImage = `quay.io/acme/vllm@${digest(5)}`;
const listing = { images: [listedImage] };
const runningImages = (...references: (string | undefined)[]): Partial<Workload> => ({
  images: references.map((reference) => ({ reference, container: runningModel.container, field: "spec" })),
});
const digestKey = "dev.assaygate.model.digest";
const sameDigest = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" } };
const cel = (...texts: string[]): Record<string, unknown> => ({
  expressions: texts.map((text) => ({ cel: text, message: "as the policy says" })),
});
const production = { environment: ["production"] };
const same = { hardwareClass: ["SameAsWorkload"] };

const cases: readonly Case[] = [
  { check: "model-name", says: "the same name", asks: named },
  {
    check: "model-name",
    says: "another name",
    asks: named,
    annotations: { [name]: "granite-3.1-2b" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    check: "model-name",
    says: "no name in the evaluation",
    asks: named,
    annotations: { [name]: undefined },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    check: "model-name",
    says: "EvalHub's key",
    asks: named,
    annotations: { [name]: undefined, "io.github.eval-hub.model": "granite-3.1-8b-instruct" },
  },
  {
    check: "model-name",
    says: "a homoglyph (T29)",
    asks: named,
    annotations: { [name]: "grаnite-3.1-8b-instruct" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    check: "model-name",
    says: "another case (T29)",
    asks: named,
    annotations: { [name]: "Granite-3.1-8B-Instruct" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    check: "model-name",
    says: "a trailing newline (T29)",
    asks: named,
    annotations: { [name]: "granite-3.1-8b-instruct\n" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    check: "model-name",
    says: "a wildcard in the evaluation (T30)",
    asks: named,
    annotations: { [name]: "*" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    check: "model-name",
    says: "a workload that does not say",
    asks: named,
    workload: { models: [] },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-name",
    says: "neither says: unknown is not equal to unknown",
    asks: named,
    workload: { models: [] },
    annotations: { [name]: undefined },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-name",
    says: "an unreadable model",
    asks: named,
    workload: model({ unreadable: "from a secret" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-name",
    says: "a declaration that what runs contradicts",
    asks: named,
    workload: { metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-name": "other" } }] },
    reason: "MODEL_IDENTITY_CONFLICT",
  },
  {
    check: "model-name",
    says: "a place, whatever is declared",
    asks: named,
    workload: { ...model({ name: undefined }), ...declares },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-name",
    says: "a place, declared under a policy that accepts it",
    asks: named,
    workload: { ...model({ name: undefined }), ...declares },
    reading: { declared: { name: ["Place"] } },
  },
  {
    check: "model-name",
    says: "nothing that names a model, whatever is declared",
    asks: named,
    workload: { models: [], ...declares },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-name",
    says: "an environment from elsewhere",
    asks: named,
    workload: model({ openEnvironment: "MODEL_ID" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-name",
    says: "an environment from elsewhere under a policy that accepts it",
    asks: named,
    workload: model({ openEnvironment: "MODEL_ID" }),
    reading: { openEnvironment: "Accept" },
  },
  {
    check: "model-name",
    says: "an alias beside a name",
    asks: named,
    workload: {
      ...model({ name: "evil" }),
      arguments: [{ name: "--served-model-name", value: "granite-3.1-8b-instruct", container: runningModel.container }],
    },
    reading: { modelName: [{ argument: "--served-model-name" }], declared: { name: ["Place", "Image", "Opaque"] } },
    reason: "MODEL_NAME_MISMATCH",
  },
  { check: "images", says: "one of the list", asks: named, reading: listing, workload: runningImages(listedImage) },
  {
    check: "images",
    says: "another beside one of the list",
    asks: named,
    reading: listing,
    workload: runningImages(listedImage, "quay.io/acme/vllm:v1"),
    reason: "IMAGE_NOT_LISTED",
  },
  {
    check: "images",
    says: "one that another object names",
    asks: named,
    reading: listing,
    workload: runningImages(undefined),
    reason: "IMAGE_NOT_LISTED",
  },
  { check: "images", says: "that nobody read", asks: named, reading: listing, reason: "IMAGE_NOT_LISTED" },
  {
    check: "images",
    says: "of none of the models",
    asks: named,
    reading: listing,
    workload: { images: [{ reference: listedImage, container: "spec.sidecar", field: "spec" }] },
    reason: "IMAGE_NOT_LISTED",
  },
  { check: "model-version", says: "the same version", asks: versioned },
  {
    check: "model-version",
    says: "a declared one where the policy refuses it",
    asks: versioned,
    workload: {
      ...model({ version: undefined }),
      metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-version": "3.1.0" } }],
    },
    reading: { declared: { version: "Refuse" } },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-version",
    says: "a declared one where nothing names a model",
    asks: versioned,
    workload: {
      models: [],
      metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-version": "3.1.0" } }],
    },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-version",
    says: "an environment from elsewhere",
    asks: versioned,
    workload: model({ openEnvironment: "REVISION" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-version",
    says: "another version",
    asks: versioned,
    annotations: { [version]: "3.0.0" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    check: "model-version",
    says: "v3.1.0 is not 3.1.0 (T32)",
    asks: versioned,
    annotations: { [version]: "v3.1.0" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    check: "model-version",
    says: "3.1 is not 3.1.0 (T32)",
    asks: versioned,
    annotations: { [version]: "3.1" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    check: "model-version",
    says: "build metadata counts (T32)",
    asks: versioned,
    annotations: { [version]: "3.1.0+b1" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    check: "model-version",
    says: "an empty version (T32)",
    asks: versioned,
    annotations: { [version]: "" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    check: "model-version",
    says: "an evaluation without one",
    asks: versioned,
    annotations: { [version]: undefined },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    check: "model-version",
    says: "a workload without one",
    asks: versioned,
    workload: model({ version: undefined }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-version",
    says: "an unreadable model",
    asks: versioned,
    workload: model({ unreadable: "from a secret" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-version",
    says: "a declaration that what runs contradicts",
    asks: versioned,
    workload: { metadata: [{ path: "metadata", labels: { "app.kubernetes.io/version": "9" }, annotations: {} }] },
    reason: "MODEL_IDENTITY_CONFLICT",
  },
  { check: "model-family", says: "an allowed family", asks: { model: { ...any, family: ["llama", "granite"] } } },
  {
    check: "model-family",
    says: "another family",
    asks: { model: { ...any, family: ["llama"] } },
    reason: "MODEL_FAMILY_MISMATCH",
  },
  {
    check: "model-family",
    says: "no family",
    asks: { model: { ...any, family: ["granite"] } },
    annotations: { "dev.assaygate.model.family": undefined },
    reason: "MODEL_FAMILY_MISMATCH",
  },
  {
    check: "adapters",
    says: "the same adapters in another order",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    annotations: { "dev.assaygate.model.adapters": "style-lora,sql-lora" },
  },
  {
    check: "adapters",
    says: "one adapter more",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: model({ adapters: ["sql-lora", "style-lora", "x"] }),
    reason: "ADAPTER_MISMATCH",
  },
  {
    check: "adapters",
    says: "one adapter less",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: model({ adapters: ["sql-lora"] }),
    reason: "ADAPTER_MISMATCH",
  },
  {
    check: "adapters",
    says: "none on both sides",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: model({ adapters: [] }),
    annotations: { "dev.assaygate.model.adapters": undefined },
  },
  {
    check: "adapters",
    says: "unreadable ones",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: model({ unreadable: "from a file" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "adapters",
    says: "none where nothing names a model, for who knows what loads some",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: { models: [] },
    annotations: { "dev.assaygate.model.adapters": undefined },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "adapters",
    says: "none of an image that starts by its own entry point",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: model({ name: undefined, gap: "image", adapters: [] }),
    reading: { declared: { name: ["Image"] } },
    annotations: { "dev.assaygate.model.adapters": undefined },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "adapters",
    says: "an environment from elsewhere",
    asks: { model: { ...any, adapters: "SameAsWorkload" } },
    workload: model({ openEnvironment: "VLLM_LORA_MODULES" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "quantization",
    says: "an environment from elsewhere",
    asks: { model: { ...any, quantization: "SameAsWorkload" } },
    workload: model({ openEnvironment: "QUANTIZE" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "quantization",
    says: "what cannot be read, even where its name may be declared",
    asks: { model: { ...any, quantization: "SameAsWorkload" } },
    workload: model({ unreadable: "a script" }),
    reading: { declared: { name: ["Opaque"] } },
    reason: "MODEL_UNKNOWN",
  },
  { check: "quantization", says: "the same", asks: { model: { ...any, quantization: "SameAsWorkload" } } },
  {
    check: "quantization",
    says: "another",
    asks: { model: { ...any, quantization: "SameAsWorkload" } },
    workload: model({ quantization: "awq" }),
    reason: "QUANTIZATION_MISMATCH",
  },
  {
    check: "quantization",
    says: "unknown on both sides",
    asks: { model: { ...any, quantization: "SameAsWorkload" } },
    workload: model({ quantization: undefined }),
    annotations: { "dev.assaygate.quantization": undefined },
    reason: "QUANTIZATION_MISMATCH",
  },
  { check: "prompt", says: "the same prompt", asks: { prompt: { digest: "SameAsWorkload" } } },
  {
    check: "prompt",
    says: "another prompt",
    asks: { prompt: { digest: "SameAsWorkload" } },
    annotations: { "dev.assaygate.prompt.digest": digest(78) },
    reason: "PROMPT_MISMATCH",
  },
  {
    check: "prompt",
    says: "neither states one",
    asks: { prompt: { digest: "SameAsWorkload" } },
    annotations: { "dev.assaygate.prompt.digest": undefined },
    workload: { metadata: [{ path: "metadata", labels: {}, annotations: {} }] },
    reason: "PROMPT_MISMATCH",
  },
  { check: "environment", says: "a listed environment", asks: { environment: ["staging", "production"] } },
  {
    check: "environment",
    says: "another environment",
    asks: production,
    annotations: { [environment]: "staging" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "no environment",
    asks: production,
    annotations: { [environment]: undefined },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a homoglyph (T29)",
    asks: production,
    annotations: { [environment]: "prоduction" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a zero-width joiner (T29)",
    asks: production,
    annotations: { [environment]: "production\u200d" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a trailing blank (T29)",
    asks: production,
    annotations: { [environment]: "production " },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a decomposed letter (T29)",
    asks: { environment: ["été"] },
    annotations: { [environment]: "e\u0301te\u0301" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a list, which is no environment (T30)",
    asks: production,
    annotations: { [environment]: "production,staging" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a JSON list in a string (T30)",
    asks: production,
    annotations: { [environment]: '["production"]' },
    reason: "ENVIRONMENT_MISMATCH",
  },
  { check: "environment", says: "the workload's own", asks: { environment: ["SameAsWorkload"] } },
  {
    check: "environment",
    says: "not the workload's own",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: { "assaygate.dev/environment": "staging" } },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "a workload in no environment",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: {} },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "unknown on both sides",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: {} },
    annotations: { [environment]: undefined },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "the text SameAsWorkload in the evaluation",
    asks: { environment: ["SameAsWorkload"] },
    annotations: { [environment]: "SameAsWorkload" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    check: "environment",
    says: "an unknown namespace",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: undefined },
    reason: "NAMESPACE_UNKNOWN",
  },
  { check: "hardware-class", says: "a listed class", asks: { hardwareClass: ["nvidia-h100", "nvidia-h200"] } },
  {
    check: "hardware-class",
    says: "another class",
    asks: { hardwareClass: ["nvidia-h200"] },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  { check: "hardware-class", says: "the workload's class", asks: same },
  {
    check: "hardware-class",
    says: "not the workload's class",
    asks: same,
    workload: hardware({ classes: ["nvidia-a100"] }),
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    check: "hardware-class",
    says: "one of two that pods may land on",
    asks: same,
    workload: hardware({ classes: ["nvidia-a100", "nvidia-h100"] }),
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    check: "hardware-class",
    says: "both that pods may land on",
    asks: same,
    workload: hardware({ classes: ["nvidia-a100", "nvidia-h100"] }),
    annotations: { [hardwareKey]: "nvidia-h100,nvidia-a100" },
  },
  {
    check: "hardware-class",
    says: "a blank after the comma is part of the entry (T30)",
    asks: same,
    annotations: { [hardwareKey]: "nvidia-a100, nvidia-h100" },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    check: "hardware-class",
    says: "undetermined",
    asks: same,
    workload: hardware({}),
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    check: "hardware-class",
    says: "undetermined on both sides",
    asks: same,
    workload: hardware({}),
    annotations: { [hardwareKey]: undefined },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    check: "hardware-class",
    says: "a wildcard in the evaluation (T30)",
    asks: same,
    annotations: { [hardwareKey]: "*" },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  { check: "compliance-tags", says: "all of them", asks: { complianceTags: ["soc2:cc8.1", "eu-ai-act:art-15"] } },
  {
    check: "compliance-tags",
    says: "one missing",
    asks: { complianceTags: ["soc2:cc8.1", "hipaa:164.312-b"] },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    check: "compliance-tags",
    says: "none at all",
    asks: { complianceTags: ["soc2:cc8.1"] },
    annotations: { [tags]: undefined },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    check: "compliance-tags",
    says: "an empty string (T30)",
    asks: { complianceTags: ["soc2:cc8.1"] },
    annotations: { [tags]: "" },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    check: "compliance-tags",
    says: "a longer tag that contains it",
    asks: { complianceTags: ["soc2:cc8"] },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    check: "compliance-tags",
    says: "a wildcard in the evaluation (T30)",
    asks: { complianceTags: ["soc2:cc8.1"] },
    annotations: { [tags]: "*" },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    check: "collection",
    says: "a version in range",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=2.1.0 <3" } },
  },
  {
    check: "collection",
    says: "a version out of range",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=2.4.0" } },
    reason: "COLLECTION_MISMATCH",
  },
  {
    check: "collection",
    says: "1.10 is after 1.9 in a range (T32)",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=1.9.0 <2" } },
    annotations: { "dev.assaygate.collection.version": "1.10.0" },
  },
  {
    check: "collection",
    says: "what is no version is in no range (T32)",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=2.1.0" } },
    annotations: { "dev.assaygate.collection.version": "v2.3.0" },
    reason: "COLLECTION_MISMATCH",
  },
  {
    check: "collection",
    says: "an exact version",
    asks: { collection: { id: "safety-and-fairness-v1", version: "2.3.0" } },
  },
  {
    check: "collection",
    says: "an exact version is compared as written",
    asks: { collection: { id: "safety-and-fairness-v1", version: "2.3" } },
    reason: "COLLECTION_MISMATCH",
  },
  {
    check: "collection",
    says: "another collection",
    asks: { collection: { id: "leaderboard-v2" } },
    reason: "COLLECTION_MISMATCH",
  },
  {
    check: "collection",
    says: "no version where one is asked",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=1" } },
    annotations: { "dev.assaygate.collection.version": undefined },
    reason: "COLLECTION_MISMATCH",
  },
  { check: "benchmarks", says: "within bounds", asks: benchmarks({ ...mmlu, min: 0.642, max: 0.642 }) },
  { check: "benchmarks", says: "below", asks: benchmarks({ ...mmlu, min: 0.65 }), reason: "METRIC_OUT_OF_BOUNDS" },
  { check: "benchmarks", says: "above", asks: benchmarks({ ...mmlu, max: 0.6 }), reason: "METRIC_OUT_OF_BOUNDS" },
  {
    check: "benchmarks",
    says: "not a number",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: results(scored(Number.NaN)),
    reason: "METRIC_OUT_OF_BOUNDS",
  },
  {
    check: "benchmarks",
    says: "another provider's benchmark of that name",
    asks: benchmarks({ ...mmlu, provider: "lighteval", min: 0 }),
    reason: "BENCHMARK_MISSING",
  },
  { check: "benchmarks", says: "any provider's", asks: benchmarks({ id: "mmlu", metric: "acc,none", min: 0.6 }) },
  {
    check: "benchmarks",
    says: "a metric that is not there",
    asks: benchmarks({ ...mmlu, metric: "acc_norm", min: 0 }),
    reason: "BENCHMARK_MISSING",
  },
  {
    check: "benchmarks",
    says: "a good run beside a bad one",
    asks: benchmarks({ ...mmlu, min: 0.6 }),
    content: results(scored(0.9), scored(0.1)),
    reason: "METRIC_OUT_OF_BOUNDS",
  },
  ...(
    [
      ["stated as at least as high", [">= 0.62"], { min: 0.62 }],
      ["stated as within both bounds", [">= 0.62", "< 0.7"], { min: 0.6, max: 0.7 }],
      ["stated as less high", [">= 0.62"], { min: 0.63 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as from above alone", ["<= 0.90"], { min: 0.6 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as from below alone", [">= 0.10"], { max: 0.4 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as on one side of two", [">= 0.62"], { min: 0.6, max: 0.7 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as in percent", [">= 62"], { max: 1 }, "METRIC_OUT_OF_BOUNDS"],
    ] as const
  ).map(([says, met, bounds, reason]) => ({
    check: "benchmarks",
    says,
    asks: benchmarks({ ...mmlu, ...bounds }),
    content: results(bounded(...met)),
    ...(reason && { reason }),
  })),
  {
    check: "benchmarks",
    says: "a bound of another metric",
    asks: benchmarks({ ...mmlu, metric: "f1", min: 0 }),
    content: results(bounded(">= 0.62")),
    reason: "BENCHMARK_MISSING",
  },
  {
    check: "benchmarks",
    says: "a low value beside a high bound",
    asks: benchmarks({ ...mmlu, min: 0.6 }),
    content: results(bounded(">= 0.62"), scored(0.1)),
    reason: "METRIC_OUT_OF_BOUNDS",
  },
  {
    check: "benchmarks",
    says: "no results (T20)",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: results(),
    reason: "BENCHMARK_MISSING",
  },
  {
    check: "benchmarks",
    says: "no content",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "none" },
    reason: "BENCHMARK_MISSING",
  },
  {
    check: "benchmarks",
    says: "content that was not read",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "not-read" },
    reason: "INTERNAL_ERROR",
  },
  {
    check: "benchmarks",
    says: "content that is refused",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "refused", reason: "EVIDENCE_CORRUPT", message: "no" },
    reason: "EVIDENCE_CORRUPT",
  },
  {
    check: "benchmarks",
    says: "content that cannot be had",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    check: "benchmarks",
    says: "over enough samples, all of them",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 100, complete: true }),
    content: results({ ...scored(0.642), samples: { scored: 100, total: 100 }, gaps: [] }),
  },
  {
    check: "benchmarks",
    says: "over a sample too few",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 100 }),
    content: results({ ...scored(0.642), samples: { scored: 99, total: 100 } }),
    reason: "SAMPLES_TOO_FEW",
  },
  {
    check: "benchmarks",
    says: "over nobody knows how many samples",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 1 }),
    reason: "SAMPLES_TOO_FEW",
  },
  {
    check: "benchmarks",
    says: "over a part of its samples",
    asks: benchmarks({ ...mmlu, min: 0.6, complete: true }),
    content: results({ ...scored(0.642), gaps: [{ kind: "failed", message: "3 of 4 samples failed" }] }),
    reason: "EVALUATION_INCOMPLETE",
  },
  {
    check: "benchmarks",
    says: "silent about what was left out",
    asks: benchmarks({ ...mmlu, min: 0.6, complete: true }),
    reason: "EVALUATION_INCOMPLETE",
  },
  {
    check: "benchmarks",
    says: "one run of two over too few samples",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 100 }),
    content: results(
      { ...scored(0.7), samples: { scored: 1000, total: 1000 } },
      { ...scored(0.642), samples: { scored: 10, total: 1000 } },
    ),
    reason: "SAMPLES_TOO_FEW",
  },
  { check: "benchmarks", says: "passed", asks: benchmarks({ provider: "garak", id: "toxicity", passed: true }) },
  {
    check: "benchmarks",
    says: "failed",
    asks: benchmarks({ id: "toxicity", passed: true }),
    content: results({ provider: "garak", id: "toxicity", metrics: new Map(), passed: false }),
    reason: "BENCHMARK_FAILED",
  },
  {
    check: "benchmarks",
    says: "no verdict is not a pass",
    asks: benchmarks({ id: "mmlu", passed: true }),
    reason: "BENCHMARK_FAILED",
  },
  { check: "freshness", says: "fresh", asks: { maxAge: "30d" } },
  { check: "freshness", says: "exactly as old as allowed", asks: { maxAge: "10d" } },
  { check: "freshness", says: "too old", asks: { maxAge: "9d23h59m59s" }, reason: "EVIDENCE_EXPIRED" },
  {
    check: "freshness",
    says: "no date (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: undefined },
    content: { kind: "not-read" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    check: "freshness",
    says: "a date in the future (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-20T12:00:01Z" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    check: "freshness",
    says: "no offset (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-20T11:00:00" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    check: "freshness",
    says: "a day that does not exist (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-31T11:00:00Z" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    check: "freshness",
    says: "an offset that makes it older (T26)",
    asks: { maxAge: "1d" },
    annotations: { [created]: "2026-11-19T12:30:00+01:00" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    check: "freshness",
    says: "EvalHub's spelling, with microseconds",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-16T05:20:07.123456+00:00" },
  },
  {
    check: "freshness",
    says: "content that is refused",
    asks: { maxAge: "30d" },
    content: { kind: "refused", reason: "ARTIFACT_INVALID", message: "no" },
    reason: "ARTIFACT_INVALID",
  },
  {
    check: "freshness",
    says: "content that cannot be had",
    asks: { maxAge: "30d" },
    content: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    check: "signers",
    says: "one who is named has signed",
    asks: named,
    signers: [ci],
    signatures: { kind: "checked", seen: 1, verified: [{ signer: ciId, identity: "key sha256:1" }], problems: [] },
  },
  {
    check: "signers",
    says: "nobody has",
    asks: named,
    signers: [ci],
    signatures: { kind: "checked", seen: 0, verified: [], problems: [] },
    reason: "SIGNATURE_MISSING",
  },
  {
    check: "signers",
    says: "somebody else has",
    asks: named,
    signers: [ci],
    signatures: {
      kind: "checked",
      seen: 1,
      verified: [],
      problems: [{ signer: ciId, kind: "other-signer", message: "signed with another key" }],
    },
    reason: "SIGNER_NOT_TRUSTED",
  },
  {
    check: "signers",
    says: "a signer that another policy names has",
    asks: named,
    signers: [ci],
    signatures: { kind: "checked", seen: 1, verified: [{ signer: "other", identity: "key sha256:2" }], problems: [] },
    reason: "SIGNER_NOT_TRUSTED",
  },
  {
    check: "signers",
    says: "a signature does not hold",
    asks: named,
    signers: [ci],
    signatures: {
      kind: "checked",
      seen: 1,
      verified: [],
      problems: [{ signer: ciId, kind: "invalid", message: "it does not verify" }],
    },
    reason: "SIGNATURE_INVALID",
  },
  {
    check: "signers",
    says: "signatures could not be looked for",
    asks: named,
    signers: [ci],
    signatures: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    check: "signers",
    says: "one who is named has signed, and more could not be seen",
    asks: named,
    signers: [ci],
    signatures: {
      kind: "checked",
      seen: 1,
      verified: [{ signer: ciId, identity: "key sha256:1" }],
      problems: [],
      unseen: { kind: "unavailable", reason: "REGISTRY_DENIED", message: "no" },
    },
  },
  {
    check: "signers",
    says: "nobody has, of those that could be seen",
    asks: named,
    signers: [ci],
    signatures: {
      kind: "checked",
      seen: 1,
      verified: [],
      problems: [{ signer: ciId, kind: "invalid", message: "it does not verify" }],
      unseen: { kind: "unavailable", reason: "REGISTRY_DENIED", message: "no" },
    },
    reason: "REGISTRY_DENIED",
  },
  {
    check: "signers",
    says: "nobody has, of those that are looked at",
    asks: named,
    signers: [ci],
    signatures: {
      kind: "checked",
      seen: 128,
      verified: [],
      problems: [],
      unseen: { kind: "too-many", message: "300 are attached" },
    },
    reason: "SIGNATURES_TOO_MANY",
  },
  {
    check: "signers",
    says: "nobody has, and the list of signatures is something else",
    asks: named,
    signers: [ci],
    signatures: {
      kind: "checked",
      seen: 0,
      verified: [],
      problems: [],
      unseen: { kind: "invalid", message: "the tag is taken" },
    },
    reason: "SIGNATURE_INVALID",
  },
  { check: "signers", says: "nobody looked", asks: named, signers: [ci], reason: "INTERNAL_ERROR" },
  {
    check: "attestation",
    says: "about the model, and passed",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
  },
  {
    check: "attestation",
    says: "about another (T22)",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({ subjects: [digest(67)] }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    check: "attestation",
    says: "of a model that the workload does not name by digest",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: model({ digest: undefined }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    check: "attestation",
    says: "failed",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({ passed: false }),
    reason: "BENCHMARK_FAILED",
  },
  {
    check: "attestation",
    says: "a list of properties, where none is asked for by name",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({ passed: undefined }),
    reason: "BENCHMARK_MISSING",
  },
  ...(
    [
      ["by one who is named", { signatures: signedByCi }],
      ["in one place of several", { signatures: noSignature }, undefined, { signatures: signedByCi }],
      ["by nobody", { signatures: noSignature }, "MODEL_NOT_SIGNED"],
      [
        "in another place than the policy's",
        { signatures: signedByCi, repository: "quay.io/else/evals" },
        "MODEL_NOT_SIGNED",
      ],
      ["for another build", { signatures: signedByCi, digest: digest(67) }, "MODEL_NOT_SIGNED"],
      ["by one who could not be looked for", { signatures: unseenSignature }, "REGISTRY_UNAVAILABLE"],
      [
        "by nobody in one place, and not known in another",
        { signatures: noSignature },
        "REGISTRY_UNAVAILABLE",
        { signatures: unseenSignature },
      ],
    ] as const
  ).map(([says, place, reason, ...more]) => ({
    check: "model-signature",
    says,
    asks: signedModel,
    workload: {
      modelSignatures: [place, ...more].map((one) => ({
        repository: "quay.io/acme/evals",
        digest: digest(66),
        ...one,
      })),
    },
    ...(reason && { reason }),
  })),
  { check: "model-signature", says: "where nobody looked", asks: signedModel, reason: "INTERNAL_ERROR" },
  {
    check: "model-signature",
    says: "of a model that is not named by digest",
    asks: signedModel,
    workload: { ...model({ digest: undefined }), modelSignatures: [] },
    reason: "MODEL_UNKNOWN",
  },
  { check: "model-digest", says: "the same, by annotation", asks: sameDigest, workload: model({ digest: digest(66) }) },
  {
    check: "model-digest",
    says: "the same, by the manifest's subject",
    asks: sameDigest,
    annotations: { [digestKey]: undefined },
    subject: digest(66),
    workload: model({ digest: digest(66) }),
  },
  {
    check: "model-digest",
    says: "another build",
    asks: sameDigest,
    workload: model({ digest: digest(67) }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    check: "model-digest",
    says: "no build in the evaluation",
    asks: sameDigest,
    annotations: { [digestKey]: undefined },
    workload: model({ digest: digest(66) }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    check: "model-digest",
    says: "a malformed digest in the evaluation",
    asks: sameDigest,
    annotations: { [digestKey]: "sha256:66" },
    workload: model({ digest: digest(66) }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    check: "model-digest",
    says: "a model by tag",
    asks: sameDigest,
    workload: model({ digest: undefined }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-digest",
    says: "a model that cannot be read",
    asks: sameDigest,
    workload: model({ digest: undefined, unreadable: "a secret" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-digest",
    says: "the digest of what cannot be read, even where its name may be declared",
    asks: sameDigest,
    workload: model({ unreadable: "its containers differ in what they load" }),
    reading: { declared: { name: ["Opaque"] } },
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "model-digest",
    says: "an environment from elsewhere",
    asks: sameDigest,
    workload: model({ openEnvironment: "MODEL_ID" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    check: "attestation",
    says: "about a digest that what runs may not load",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: model({ unreadable: "HF_ENDPOINT leads elsewhere" }),
    reading: { declared: { name: ["Opaque"] } },
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    check: "expressions",
    says: "over adapters that nobody knows",
    asks: cel("workload.model.adapters.all(a, a == 'sql-lora')"),
    workload: { models: [] },
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "over adapters to which others may be added",
    asks: cel("workload.model.adapters.size() == 0"),
    workload: model({ adapters: [], hiddenAdapters: "the serving runtime may load some" }),
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "about the name of what cannot be read",
    asks: cel("workload.model.name != 'evil'"),
    workload: model({ unreadable: "a script" }),
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "about the name of a place that the policy lets nobody declare",
    asks: cel("workload.model.name == 'granite-3.1-8b-instruct'"),
    workload: { ...model({ name: undefined }), ...declares },
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "that ask first whether the model is known",
    asks: cel("!has(workload.model.name) && !has(workload.model.adapters)"),
    workload: { models: [] },
  },
  {
    check: "expressions",
    says: "over hardware of which the evaluation says nothing",
    asks: cel("evaluation.hardwareClasses.all(c, c == 'nvidia-h100')"),
    annotations: { [hardwareKey]: undefined },
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "over all three variables",
    asks: cel(
      'evaluation.model.name == workload.model.name && "nvidia-h100" in workload.hardwareClasses',
      'now - duration("720h") < evaluation.createdAt',
      'evaluation.benchmarks.exists(b, b.id == "mmlu" && b.metrics["acc,none"] > 0.6)',
      'workload.environment == evaluation.environment && evaluation.collection.version.startsWith("2.")',
    ),
    content: results(...goodBenchmarks),
  },
  {
    check: "expressions",
    says: "over the tool that ran, in its version, and its samples",
    asks: cel(
      "evaluation.evaluator.name == 'lm_evaluation_harness' && evaluation.evaluator.version == '0.4.13'",
      "evaluation.benchmarks.all(b, b.evaluator.version == '0.4.13' && b.version == '1' && b.samples >= 100 && b.complete)",
    ),
    content: byLmEval,
  },
  {
    check: "expressions",
    says: "over a tool that the results do not name",
    asks: cel("evaluation.evaluator.name == 'lm_evaluation_harness'"),
    content: results(...goodBenchmarks),
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "over the tool, where two ran",
    asks: cel("evaluation.evaluator.name == 'lm_evaluation_harness'"),
    content: { ...byLmEval, evaluators: [lmEval, { name: "garak", version: "0.17.1" }] },
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "over samples of which the results say nothing",
    asks: cel("evaluation.benchmarks.all(b, b.samples > 0)"),
    content: results(...goodBenchmarks),
    reason: "EXPRESSION_ERROR",
  },
  { check: "expressions", says: "false", asks: cel("evaluation.environment == 'staging'"), reason: "EXPRESSION_FALSE" },
  {
    check: "expressions",
    says: "about what the evaluation does not say",
    asks: cel("evaluation.environment == 'production'"),
    annotations: { [environment]: undefined },
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "that ask first whether the evaluation says it",
    asks: cel("!has(evaluation.environment)"),
    annotations: { [environment]: undefined },
  },
  {
    check: "expressions",
    says: "about all results, where there is no content",
    asks: cel("evaluation.benchmarks.all(b, b.passed)"),
    content: { kind: "none" },
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "about a verdict that is not there",
    asks: cel("evaluation.benchmarks.all(b, b.passed)"),
    content: results(scored(0.7)),
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "expressions",
    says: "about content that is refused",
    asks: cel("evaluation.benchmarks.size() > 0"),
    content: { kind: "refused", reason: "ARTIFACT_INVALID", message: "no" },
    reason: "ARTIFACT_INVALID",
  },
  {
    check: "expressions",
    says: "about content that cannot be had",
    asks: cel("evaluation.benchmarks.size() > 0"),
    content: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    check: "expressions",
    says: "about a namespace that could not be looked up",
    asks: cel("workload.environment == 'production'"),
    workload: { namespaceLabels: undefined },
    reason: "NAMESPACE_UNKNOWN",
  },
  {
    check: "expressions",
    says: "about hardware that could not be looked up",
    asks: cel("'nvidia-h100' in workload.hardwareClasses"),
    workload: hardware({ couldNotLook: true }),
    reason: "CLUSTER_UNAVAILABLE",
  },
  {
    check: "expressions",
    says: "that would take long on what the evaluation holds (T33)",
    asks: cel("evaluation.benchmarks.all(a, evaluation.benchmarks.exists(b, a.id == b.id))"),
    content: results(...Array.from({ length: 400 }, () => scored(0.7))),
    reason: "EXPRESSION_ERROR",
  },
  {
    check: "freshness",
    says: "content older than its annotation (T26)",
    asks: { maxAge: "30d" },
    content: { kind: "read", benchmarks: goodBenchmarks, completedAt: "2026-09-01T00:00:00Z" },
    reason: "EVIDENCE_EXPIRED",
  },
];

describe("each check, asked for alone", () => {
  it.each(cases.map((one) => [one.check, one.says, one.reason ?? "passes", one] as const))(
    "%s: %s: %s",
    (check, _, expected, one) => {
      const decision = decideOn({
        policies: [
          asking(one.asks, {
            ...(one.signers && { evidence: { repositories: ["quay.io/acme/evals"], signers: one.signers } }),
            ...(one.reading && { workload: one.reading }),
          }),
        ],
        workload: aWorkload(one.workload),
        evidence: [
          found(1, {
            annotations: one.annotations ?? {},
            ...(one.subject && { subject: one.subject }),
            ...(one.signatures && { signatures: one.signatures }),
            ...(one.content && { content: one.content }),
          }),
        ],
      });
      expect(listReasons(decision)).toEqual(one.reason === undefined ? [] : [expected]);
      expect(decision.verdict).toBe(one.reason === undefined ? "admit" : "deny");
      const asked = new Set(decision.findings.map((finding) => finding.check));
      // A requirement without anything about the workload would be refused: these come with another check.
      if (one.signers !== undefined || check === "images" || check === "model-signature") asked.delete("model-name");
      if (check === "attestation") asked.delete("signers");
      expect([...asked]).toEqual([check]);
    },
  );

  it("is in the table, with a case that passes and one that does not", () => {
    for (const { id } of checks) {
      expect(cases.filter(({ check, reason }) => check === id && reason === undefined)).not.toHaveLength(0);
      expect(cases.filter(({ check, reason }) => check === id && reason !== undefined)).not.toHaveLength(0);
    }
  });

  it("is one file in policies/checks, by its name", () => {
    const files = readdirSync(new URL("../../policies/checks", import.meta.url)).map((file) =>
      file.replace(/\.ts$/, ""),
    );
    expect(files.filter((file) => file !== "check" && file !== "index").toSorted()).toEqual(
      checks.map(({ id }) => id).toSorted(),
    );
  });
});

it("images: a workload in which none may run a model shows none of the list", () => {
  const policies = [asking({ complianceTags: ["soc2:cc8.1"] }, { workload: listing })];
  const decision = decideOn({ policies, workload: aWorkload({ models: [], images: [] }) });
  expect(listReasons(decision)).toEqual(["IMAGE_NOT_LISTED"]);
});
