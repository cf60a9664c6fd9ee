import type { BuiltArtifact } from "../../test/support/artifacts.ts";
import { evaluation, referenceTo } from "../../test/support/builders/evaluation.ts";
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

const production = evaluation();
const others = {
  staging: evaluation({ "dev.assaygate.environment": "staging" }),
  onA100: evaluation({ "dev.assaygate.hardware.class": "nvidia-a100" }),
  untagged: evaluation({ "dev.assaygate.compliance.tags": "soc2:cc8.1" }),
  older: evaluation({ "dev.assaygate.model.version": "3.0.0" }),
  tampered: evaluation({ "dev.assaygate.job": "tampered with after it was pushed" }),
};
const neverPushed = evaluation({ "dev.assaygate.job": "never pushed" });

/** What the registry holds. */
export const evidence: readonly BuiltArtifact[] = [production, ...Object.values(others)];

/** The blob whose bytes are changed after it was written, as somebody with access to the registry's disk could. */
export const tampered: BuiltArtifact = others.tampered;

/** The policy of the demo. */
export const demoPolicy: Json = policy({ ...strict, environment: ["production"], maxAge: undefined });

const apply = (artifact: BuiltArtifact | undefined): Json => review(deployment(artifact && referenceTo(artifact)));

/** What the demo shows, one after the other. */
export const scenes: readonly Scene[] = [
  { title: "evaluated for production, on this hardware, in this version", review: apply(production) },
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
