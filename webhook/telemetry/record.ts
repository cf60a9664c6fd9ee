import { listReasons } from "../../policies/decision.ts";
import { listKeysRead, type ReadKeys } from "../../policies/decision/read-keys.ts";
import { toEvidenceKey } from "../../policies/evidence.ts";
import type { Exception, PolicySet } from "../../policies/policy.ts";
import { listEvidenceKeys, toEvidenceRecord, type EvidenceKeys } from "../../records/evidence-record.ts";
import type { DecisionRecord } from "../../records/record-schema.ts";
import { recordVersion } from "../../records/record-version.ts";
import { toWorkloadRecord } from "../../records/workload-record.ts";
import { gateVersion } from "../../runtime/version.ts";
import type { DecisionFacts, ReviewResult } from "../admission/gate.ts";
import type { ReviewHead } from "../admission/review.ts";

/** What the configuration says of records. */
export interface RecordSettings {
  /** Whether policies stand in records by digest alone, or whole. */
  readonly policies: "Digest" | "Whole";
}

/**
 * What an auditor keeps of one review, and what it takes to decide again. Holds no secret: of the object only what a decision
 * reads, of the user only who and which groups.
 */
export function toRecord(review: ReviewHead, result: ReviewResult, settings: RecordSettings): DecisionRecord {
  const { decision, generation, cached, durationMs, facts } = result;
  const keys = facts && memoizedKeys(facts.set);
  return {
    schema: recordVersion,
    time: decision.time.toISOString(),
    uid: review.uid,
    user: review.user,
    operation: review.operation,
    object: describeObject(review, result),
    dryRun: review.dryRun,
    decision: decision.verdict,
    basis: decision.basis,
    couldNotLook: decision.couldNotLook,
    reasons: listReasons(decision),
    findings: decision.findings,
    workload: facts && keys && toWorkloadRecord(facts.workload, keys.workload),
    policySet: generation,
    policies: settings.policies === "Whole" ? listWholePolicies(result) : decision.policies,
    evidence: describeEvidence(result, keys?.evidence),
    trust: facts?.trust,
    exceptions: decision.exceptions,
    exemption: facts && describeExemption(decision.exceptions, facts, settings),
    settings: facts?.settings,
    remarks: decision.warnings,
    cached,
    durationMs: roundTimes(durationMs),
    gateVersion,
  };
}

/** To microseconds: what is finer is chance, and its digits take time to write. */
function roundTimes({ read, collect, decide }: ReviewResult["durationMs"]): DecisionRecord["durationMs"] {
  return { read: roundMs(read), collect: roundMs(collect), decide: roundMs(decide) };
}

function roundMs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

function describeObject(
  { objectUid, generation }: ReviewHead,
  { decision: { object }, facts }: ReviewResult,
): DecisionRecord["object"] {
  return { ...object, uid: objectUid, generation, template: facts?.state.template, images: facts?.state.images };
}

function describeEvidence(
  { decision, facts }: ReviewResult,
  keys: EvidenceKeys | undefined,
): DecisionRecord["evidence"] {
  if (facts === undefined || keys === undefined) return decision.evidence;
  return decision.evidence.map((one) =>
    toEvidenceRecord(one, facts.evidence.get(toEvidenceKey(one.repository, one.digest)), keys),
  );
}

function listWholePolicies({ decision, facts }: ReviewResult): DecisionRecord["policies"] {
  return decision.policies.map((one) => {
    const policy = facts?.set.policies.find(({ name }) => name === one.name);
    return policy === undefined ? one : { ...one, spec: policy.document.spec };
  });
}

function describeExemption(
  [name]: readonly string[],
  { set }: DecisionFacts,
  settings: RecordSettings,
): DecisionRecord["exemption"] {
  const used: Exception | undefined = set.exceptions.find((exception) => exception.name === name);
  if (used === undefined) return undefined;
  const { digest, document } = used;
  return { name: used.name, digest, ...(settings.policies === "Whole" && { spec: document.spec }) };
}

/** What the policies of a set read, made once for each. */
const keysOfSets = new WeakMap<PolicySet, { readonly workload: ReadKeys; readonly evidence: EvidenceKeys }>();

function memoizedKeys(set: PolicySet): { readonly workload: ReadKeys; readonly evidence: EvidenceKeys } {
  const known = keysOfSets.get(set);
  if (known !== undefined) return known;
  const keys = { workload: listKeysRead(set), evidence: listEvidenceKeys(set) };
  keysOfSets.set(set, keys);
  return keys;
}
