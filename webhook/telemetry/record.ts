import { listReasons, type EvidenceRecord, type PolicyRecord } from "../../policies/decision.ts";
import type { Finding } from "../../policies/finding.ts";
import type { ObjectIdentity } from "../../policies/workload.ts";
import type { ReviewResult } from "../admission/gate.ts";
import type { ReviewHead } from "../admission/review.ts";
import { gateVersion } from "../../runtime/version.ts";

/** What an auditor keeps of one review. Holds no secret: of the object only its name, of the user only who and which groups. */
export interface DecisionRecord {
  readonly schema: "assaygate.dev/decision-record/v1";
  /** RFC 3339, UTC: the time that the decision judged by. */
  readonly time: string;
  readonly uid: string;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly operation: string;
  readonly object: ObjectIdentity;
  readonly dryRun: boolean;
  readonly decision: "admit" | "warn" | "deny";
  readonly basis: string;
  readonly couldNotLook: boolean;
  /** Codes of everything that failed, sorted, each once. */
  readonly reasons: readonly string[];
  /** What every check found that was asked for. */
  readonly findings: readonly Finding[];
  /** Digest of the policy set, and the policies that were about the workload. */
  readonly policySet: string;
  readonly policies: readonly PolicyRecord[];
  readonly evidence: readonly EvidenceRecord[];
  readonly exceptions: readonly string[];
  readonly remarks: readonly string[];
  readonly cached: boolean;
  readonly durationMs: ReviewResult["durationMs"];
  readonly gateVersion: string;
}

export function toRecord(
  review: ReviewHead,
  { decision, generation, cached, durationMs }: ReviewResult,
): DecisionRecord {
  return {
    schema: "assaygate.dev/decision-record/v1",
    time: decision.time.toISOString(),
    uid: review.uid,
    user: review.user,
    operation: review.operation,
    object: decision.object,
    dryRun: review.dryRun,
    decision: decision.verdict,
    basis: decision.basis,
    couldNotLook: decision.couldNotLook,
    reasons: listReasons(decision),
    findings: decision.findings,
    policySet: generation,
    policies: decision.policies,
    evidence: decision.evidence,
    exceptions: decision.exceptions,
    remarks: decision.warnings,
    cached,
    durationMs,
    gateVersion,
  };
}
