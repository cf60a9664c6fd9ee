import type { Evaluator } from "./artifact.ts";
import type { FailedFinding, Finding } from "./finding.ts";
import type { ObjectIdentity } from "./workload.ts";

/**
 * What a decision rests on: policies were judged; none is about the workload; nothing that a decision reads has changed in
 * an object that is already there; or a controller made the object for a parent that was itself under review.
 */
export type Basis = "judged" | "no-policy" | "unchanged" | "delegated";

/** What the gate concludes about one workload, and everything that led there. */
export interface Decision {
  readonly basis: Basis;
  readonly verdict: "admit" | "warn" | "deny";
  /** True when nothing was disproved and the denial or warning comes only from not being able to look. */
  readonly couldNotLook: boolean;
  readonly object: ObjectIdentity;
  readonly findings: readonly Finding[];
  /** The policies that the workload had to meet. */
  readonly policies: readonly PolicyRecord[];
  readonly evidence: readonly EvidenceRecord[];
  /** The exception by which the workload is exempt, at most one: two never add up. */
  readonly exceptions: readonly string[];
  /** Things worth saying that changed nothing, one line each. */
  readonly warnings: readonly string[];
  readonly time: Date;
}

/** What one policy comes to. */
export interface PolicyRecord {
  readonly name: string;
  readonly digest: string;
  readonly mode: "Enforce" | "Warn" | "Audit";
  /** What it comes to on its own, before its mode. */
  readonly outcome: "pass" | "fail" | "error";
}

/** What was found under one reference. */
export interface EvidenceRecord {
  readonly repository: string;
  readonly digest: string;
  readonly state: "found" | "absent" | "refused" | "unavailable";
  readonly signers: readonly string[];
  /** The tools that wrote its results, where those were read and are the tools' own files. */
  readonly evaluators?: readonly Evaluator[];
}

/** True for a finding that speaks against the workload, or could not be made. */
export function isFailed(finding: Finding): finding is FailedFinding {
  return finding.outcome !== "pass";
}

/** Codes of everything that failed, sorted, each once. Empty for a decision that rests on proof. */
export function listReasons({ findings }: Pick<Decision, "findings">): string[] {
  return [...new Set(findings.filter(isFailed).map(({ reason }) => reason))].toSorted();
}
