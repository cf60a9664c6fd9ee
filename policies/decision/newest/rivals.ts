import { isEvaluation, readEvaluation, type Evaluation } from "../../evaluation.ts";
import { toEvidenceKey, type EvidenceSet } from "../../evidence.ts";
import { error, fail, type ErrorResult, type FailResult } from "../../finding.ts";
import type { Policy } from "../../policy.ts";
import { parseRfc3339 } from "../../time.ts";
import type { DiscoveredEvidence, Workload } from "../../workload.ts";
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
  /** That it could not be told whether it was revoked: it may stand against others all the same. */
  readonly doubt: ErrorResult | undefined;
}

/** Evaluations that nobody saw. */
export interface UnseenRivals {
  readonly result: FailResult | ErrorResult;
  /** Where it is known that none of them is newer than this. */
  readonly until: Date | undefined;
}

/**
 * What refers to the workload's models in repositories that the policy trusts, as this policy reads it. Undefined where nobody
 * has looked. What is not there, is no evaluation, or was revoked, stands against nothing.
 */
export function listRivals({ listed }: Workload, policy: Policy, evidence: EvidenceSet): Rivals | undefined {
  if (listed === undefined) return undefined;
  const read = listed.references.map((reference) => {
    const { name, found } = findEvidence(reference, policy, evidence);
    if (found.kind === "unavailable")
      return { unseen: { result: reportUnseen(found.reason, `${name}: ${found.message}`), until: undefined } };
    if (found.kind !== "found" || !isEvaluation(found.artifact, policy.annotationKeys)) return {};
    if (policy.revoked.has(found.artifact.digest)) return {};
    const standing = evaluateRevocations(found.artifact.revocations, policy);
    if (standing?.reason === "EVIDENCE_REVOKED") return {};
    const doubt = standing?.outcome === "error" ? standing : undefined;
    return { rival: { name, evaluation: readEvaluation(found.artifact, policy.annotationKeys), doubt } };
  });
  return {
    evaluations: read.flatMap(({ rival }) => rival ?? []),
    unseen: [...read.flatMap(({ unseen }) => unseen ?? []), ...listed.problems.flatMap((one) => toUnseen(one, policy))],
    listed: new Set(
      listed.references.flatMap((one) => (one.kind === "full" ? [toEvidenceKey(one.repository, one.digest)] : [])),
    ),
  };
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
  return error(reason, { ...facts, message: `it could not be looked up whether a newer evaluation fails: ${message}` });
}
