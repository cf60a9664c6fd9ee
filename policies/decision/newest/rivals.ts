import type { Artifact } from "../../artifact.ts";
import { isEvaluation, readEvaluation, type Evaluation } from "../../evaluation.ts";
import { toEvidenceKey, type EvidenceSet } from "../../evidence.ts";
import { error, fail, type ErrorResult, type FailResult } from "../../finding.ts";
import type { Policy } from "../../policy.ts";
import { parseRfc3339 } from "../../time.ts";
import type { DiscoveredEvidence, Workload } from "../../workload.ts";
import { isEnough } from "../../signers/evaluate-signatures.ts";
import { findEvidence } from "../find-evidence.ts";
import { evaluateRevocations } from "../revocations.ts";

/** What refers to a model and may stand against an older evaluation of it: evaluations, and what could not be seen of them. */
export interface Rivals {
  readonly evaluations: readonly Rival[];
  readonly unseen: readonly UnseenRivals[];
  /** Places that were listed, with what they list: `repository@digest`. */
  readonly listed: ReadonlySet<string>;
}

/** One evaluation that refers to the model, and has not been revoked. */
export interface Rival {
  readonly name: string;
  readonly evaluation: Evaluation;
  /** That it cannot be told whether it was revoked: it may stand against others all the same, and speaks for none. */
  readonly doubt: FailResult | ErrorResult | undefined;
}

/** Evaluations that nobody saw. */
export interface UnseenRivals {
  readonly result: FailResult | ErrorResult;
  /** Where it is known that none of them is newer than this. */
  readonly until: Date | undefined;
}

/**
 * What refers to the workload's models in repositories that the policy trusts, as this policy reads it. Undefined where nobody
 * has looked. What is not there, is not an evaluation, or was revoked stands against nothing.
 */
export function listRivals(workload: Workload, policy: Policy, evidence: EvidenceSet): Rivals | undefined {
  const { listed } = workload;
  if (listed === undefined) return undefined;
  const read = listed.references.map((reference) => {
    const { name, found } = findEvidence(reference, policy, evidence);
    if (found.kind === "unavailable")
      return { unseen: { result: reportUnseen(found.reason, `${name}: ${found.message}`), until: undefined } };
    if (found.kind !== "found" || !isEvaluation(found.artifact, policy.annotationKeys)) return {};
    if (policy.revoked.has(found.artifact.digest)) return {};
    const standing = evaluateRevocations(found.artifact.revocations, policy);
    if (standing?.reason === "EVIDENCE_REVOKED" || isUnsigned(found.artifact, policy)) return {};
    return { rival: { name, evaluation: readEvaluation(found.artifact, policy.annotationKeys), doubt: standing } };
  });
  const rivals = read.flatMap(({ rival }) => rival ?? []);
  const excess = findExcess(rivals, workload, policy);
  const problems = listed.problems.flatMap((one) => toUnseen(one, policy));
  return {
    evaluations: excess === undefined ? rivals : [],
    unseen: [...(excess === undefined ? [] : [excess]), ...read.flatMap(({ unseen }) => unseen ?? []), ...problems],
    listed: new Set(
      listed.references.flatMap((one) => (one.kind === "full" ? [toEvidenceKey(one.repository, one.digest)] : [])),
    ),
  };
}

/** Certainly: much that is attached may hide a signature. Whoever can push, and not sign, is not to give anybody work. */
function isUnsigned({ signatures }: Artifact, { requirements: [{ signers }] }: Policy): boolean {
  if (signers === undefined || signatures.kind !== "checked" || signatures.unseen !== undefined) return false;
  return !isEnough(signers, signatures.verified);
}

/** So many times a result is compared with a benchmark of a requirement, for all models: some tenths of a second. */
const maxComparisons = 32_768;

/** Where there are more, nobody knows what they say. */
function findExcess(
  rivals: readonly Rival[],
  { models }: Workload,
  { requirements }: Policy,
): UnseenRivals | undefined {
  const rules = requirements.reduce((sum, { benchmarks = [] }) => sum + benchmarks.length, 0);
  const named = models.filter(({ digest }) => digest !== undefined).length;
  if (rivals.length * rules * named <= maxComparisons) return undefined;
  const facts = `${rivals.length} evaluations, ${rules} benchmarks and ${named} models`;
  const message = `${unknown}: ${facts} take more than ${maxComparisons} comparisons`;
  return { result: fail("EVIDENCE_STANDING_UNKNOWN", { ...asked, found: "unknown", message }), until: undefined };
}

/** What could not be listed in a place that this policy does not trust is nothing to it. */
function toUnseen(problem: DiscoveredEvidence["problems"][number], policy: Policy): UnseenRivals[] {
  const repository = problem.place.slice(0, problem.place.lastIndexOf("@"));
  if (!policy.repositories.some((pattern) => pattern.matches(repository))) return [];
  const message = `${problem.place}: ${problem.message}`;
  if (problem.kind === "unavailable") return [{ result: reportUnseen(problem.reason, message), until: undefined }];
  const result = fail("EVIDENCE_STANDING_UNKNOWN", { ...asked, found: "unknown", message: `${unknown}: ${message}` });
  return [{ result, until: knownUntil(problem.until, policy) }];
}

/** A list tells the time at which a manifest says that it was made. It bounds that of the evaluation where the policy reads it. */
function knownUntil(until: string | undefined, { annotationKeys: { createdAt } }: Policy): Date | undefined {
  const isRead = createdAt.length === 1 && createdAt[0] === "org.opencontainers.image.created";
  return until !== undefined && isRead ? parseRfc3339(until) : undefined;
}

const asked = { expected: "no newer evaluation that fails" };
const unknown = "it cannot be told whether a newer evaluation fails";

/** That it could not be looked whether a newer evaluation fails, and why. */
export function reportUnseen(reason: ErrorResult["reason"], message: string): ErrorResult {
  const facts = { ...asked, found: "unknown" };
  return error(reason, { ...facts, message: `it could not be checked whether a newer evaluation fails: ${message}` });
}
