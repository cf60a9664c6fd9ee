import type { Artifact, VerifiedSignature } from "../artifact.ts";
import { shortenDigest } from "../digest.ts";
import type { Evidence, EvidenceReference, EvidenceSet } from "../evidence.ts";
import { attestEvaluation, findRegistration, isEvaluation, readEvaluation, type Evaluation } from "../evaluation.ts";
import { error, fail, type ErrorResult, type FailResult } from "../finding.ts";
import type { Policy } from "../policy.ts";
import type { Workload } from "../workload.ts";
import { findEvidence, type FoundEvidence } from "./find-evidence.ts";
import { findRevocationAnywhere, evaluateRevocations } from "./revocations.ts";

/** One reference seen by one policy: an evaluation to check, or what stands in the way of one. */
export type CandidateEvaluation =
  | { readonly name: string; readonly evaluation: Evaluation }
  | {
      readonly name: string;
      readonly unusable: FailResult | ErrorResult;
      /** It is none, and was never meant to be one: it goes with others. */
      readonly isCompanion?: true;
    };

/**
 * What each reference of the workload comes to under this policy: its repositories, its annotation keys. A registration that is
 * named beside something else is nothing to complain of.
 */
export function listCandidates(workload: Workload, policy: Policy, evidence: EvidenceSet): CandidateEvaluation[] {
  const all = listAll(workload, policy, evidence);
  const others = all.filter((candidate) => !("isCompanion" in candidate));
  return others.length > 0 ? others : all;
}

function listAll(workload: Workload, policy: Policy, evidence: EvidenceSet): CandidateEvaluation[] {
  const candidates = new Map<string, CandidateEvaluation>();
  for (const reference of workload.references.entries) {
    const { name, found } = findUnlessRevoked(reference, policy, evidence);
    candidates.set(
      name,
      found.kind === "found"
        ? readUnlessRevoked(name, found.artifact, policy, findElsewhere(reference, policy, evidence))
        : { name, unusable: toUnusable(found) },
    );
  }
  return combine([...candidates.values(), ...listDiscovered(workload, policy, evidence)]);
}

/** What is revoked is so wherever it lies, and whether or not it can be had. */
function findUnlessRevoked(reference: EvidenceReference, policy: Policy, evidence: EvidenceSet): FoundEvidence {
  const found = findEvidence(reference, policy, evidence);
  if (reference.kind === "malformed" || !policy.revoked.has(reference.digest)) return found;
  const message = `${policy.name} revokes ${shortenDigest(reference.digest)}`;
  return { name: found.name, found: { kind: "refused", reason: "EVIDENCE_REVOKED", message } };
}

function isRevoked(found: Evidence): found is Extract<Evidence, { kind: "refused" }> {
  return found.kind === "refused" && found.reason === "EVIDENCE_REVOKED";
}

/** A statement about an evaluation that is here as well gives results for it; alone, that statement proves nothing. */
function combine(candidates: readonly CandidateEvaluation[]): CandidateEvaluation[] {
  const evaluations = candidates.flatMap((candidate) => ("evaluation" in candidate ? [candidate.evaluation] : []));
  if (evaluations.every(({ attestation }) => attestation === undefined)) return [...candidates];
  return candidates.flatMap((candidate): CandidateEvaluation[] => {
    if (!("evaluation" in candidate)) return [candidate];
    const { name, evaluation: statement } = candidate;
    const subjects = statement.attestation?.subjects ?? [];
    const about = evaluations.filter(
      ({ attestation, digest }) => attestation === undefined && subjects.includes(digest),
    );
    if (about.length === 0) return [candidate];
    return [candidate, ...about.map((one) => ({ name, evaluation: attestEvaluation(one, statement) }))];
  });
}

/** Of what refers to the workload's model: what this policy trusts, and takes for an evaluation. Much else may refer to it. */
function listDiscovered({ discovered }: Workload, policy: Policy, evidence: EvidenceSet): CandidateEvaluation[] {
  if (discovered === undefined || !policy.discover) return [];
  const candidates = discovered.references.flatMap((reference): CandidateEvaluation[] => {
    const { name, found } = findUnlessRevoked(reference, policy, evidence);
    if (found.kind === "unavailable" || isRevoked(found)) return [{ name, unusable: toUnusable(found) }];
    const isOurs = found.kind === "found" && isEvaluation(found.artifact, policy.annotationKeys);
    return isOurs ? [readUnlessRevoked(name, found.artifact, policy)] : [];
  });
  const unsearched = discovered.problems.map(({ place, ...problem }) => ({
    name: place,
    unusable: toUnusable(problem.kind === "refused" ? { ...problem, message: sayNameIt(problem.message) } : problem),
  }));
  return [...candidates, ...unsearched];
}

function sayNameIt(message: string): string {
  return `${message}: name the evaluation in the annotation`;
}

/** Of a digest without a repository: it was looked for in several, and is the same in all of them. */
function findElsewhere(
  reference: EvidenceReference,
  policy: Policy,
  evidence: EvidenceSet,
): VerifiedSignature | undefined {
  return reference.kind === "bare" ? findRevocationAnywhere(reference.digest, policy, evidence) : undefined;
}

/** What one of the policy's revokers has signed counts whatever else is there. */
function readUnlessRevoked(
  name: string,
  artifact: Artifact,
  policy: Policy,
  elsewhere?: VerifiedSignature,
): CandidateEvaluation {
  const unusable = evaluateRevocations(artifact.revocations, policy, elsewhere);
  return unusable === undefined ? readOnce(name, artifact, policy) : { name, unusable };
}

/** What policies have read of artifacts that are still remembered. Both are frozen, so that reading them again gives the same. */
const readBefore = new WeakMap<Artifact, WeakMap<Policy, CandidateEvaluation>>();

function readOnce(name: string, artifact: Artifact, policy: Policy): CandidateEvaluation {
  const known = readBefore.get(artifact)?.get(policy);
  if (known?.name === name) return known;
  const candidate = read(name, artifact, policy);
  const readings = readBefore.get(artifact) ?? new WeakMap<Policy, CandidateEvaluation>();
  readBefore.set(artifact, readings.set(policy, candidate));
  return candidate;
}

function read(name: string, artifact: Artifact, { annotationKeys }: Policy): CandidateEvaluation {
  if (isEvaluation(artifact, annotationKeys)) return { name, evaluation: readEvaluation(artifact, annotationKeys) };
  if (findRegistration(artifact) !== undefined) return { name, unusable: registersOnly, isCompanion: true };
  const message = "the artifact carries no evaluation annotations: it may be something else altogether";
  return { name, unusable: fail("ARTIFACT_INVALID", { expected: "an evaluation", found: "none", message }) };
}

const registersOnly = fail("ARTIFACT_INVALID", {
  expected: "an evaluation",
  found: "a registration",
  message: "the statement registers a bar before a run and says nothing about results",
  remedy: "Name the evaluation as well, which was run under it.",
});

function toUnusable(found: Exclude<Evidence, { kind: "found" }>): FailResult | ErrorResult {
  const facts = { expected: "an evaluation", found: found.kind, message: found.message };
  switch (found.kind) {
    case "absent":
      return fail("EVIDENCE_NOT_FOUND", facts);
    case "refused":
      return fail(found.reason, facts);
    case "unavailable":
      return error(found.reason, facts);
  }
}
