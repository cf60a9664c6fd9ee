import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BuiltArtifact } from "../../test/support/artifacts.ts";
import { lmEvalEvaluation, referenceTo } from "../../test/support/builders/evaluation.ts";
import type { Json } from "../../test/support/builders/json.ts";
import { policy, strict } from "../../test/support/builders/policy.ts";
import { review } from "../../test/support/builders/review.ts";
import { deployment } from "../../test/support/builders/workload.ts";

/** One Deployment that somebody applies, and what the gate must say of it. */
export interface Scene {
  readonly title: string;
  readonly review: Json;
  /** The reason it is denied for; undefined: admitted. */
  readonly denied?: string;
}

/** A file as lm-evaluation-harness writes it, shortened. */
const resultsFile = join(
  import.meta.dirname,
  "../../docs/examples/evaluators/lm-eval/results_2026-11-10T11-45-35.791619.json",
);
const results = JSON.parse(readFileSync(resultsFile, "utf8")) as Json;
/** What `assaygate push` makes of it, with these annotations. */
const evaluated = (change: Readonly<Record<string, string>> = {}): BuiltArtifact => lmEvalEvaluation(results, change);

const production = evaluated();
const others = {
  staging: evaluated({ "dev.assaygate.environment": "staging" }),
  onA100: evaluated({ "dev.assaygate.hardware.class": "nvidia-a100" }),
  untagged: evaluated({ "dev.assaygate.compliance.tags": "soc2:cc8.1" }),
  older: evaluated({ "dev.assaygate.model.version": "3.0.0" }),
  tampered: evaluated({ "dev.assaygate.job": "tampered with after it was pushed" }),
};
const neverPushed = evaluated({ "dev.assaygate.job": "never pushed" });

/** What the registry holds. */
export const evidence: readonly BuiltArtifact[] = [production, ...Object.values(others)];

/** The blob whose bytes are changed after it was written, as somebody with access to the registry's disk could. */
export const tampered: BuiltArtifact = others.tampered;

const gsm8k = { id: "gsm8k", metric: "exact_match,strict-match", min: 0.7, minSamples: 1000, complete: true };

/** The policy of the demo. */
export const demoPolicy: Json = policy({
  ...strict,
  environment: ["production"],
  maxAge: undefined,
  benchmarks: [gsm8k],
});

const apply = (artifact: BuiltArtifact | undefined): Json => review(deployment(artifact && referenceTo(artifact)));

/** What the demo shows, one after the other. */
export const scenes: readonly Scene[] = [
  { title: "evaluated with lm-eval for production, on this hardware, in this version", review: apply(production) },
  { title: "names no evidence", review: apply(undefined), denied: "EVIDENCE_MISSING" },
  { title: "names evidence that does not exist", review: apply(neverPushed), denied: "EVIDENCE_NOT_FOUND" },
  { title: "evaluated for staging", review: apply(others.staging), denied: "ENVIRONMENT_MISMATCH" },
  { title: "evaluated on another class of hardware", review: apply(others.onA100), denied: "HARDWARE_CLASS_MISMATCH" },
  {
    title: "evaluated without the tests for EU AI Act article 15",
    review: apply(others.untagged),
    denied: "COMPLIANCE_TAG_MISSING",
  },
  { title: "evaluated in an older version", review: apply(others.older), denied: "MODEL_VERSION_MISMATCH" },
  { title: "its evidence was tampered with", review: apply(others.tampered), denied: "EVIDENCE_CORRUPT" },
  { title: "the first one again, now from memory", review: apply(production) },
];
