import { findRegistration } from "../evaluation.ts";
import type { EvidenceReference, EvidenceSet } from "../evidence.ts";
import type { Policy } from "../policy.ts";
import type { FoundRegistration } from "../registrations/found-registration.ts";
import type { Workload } from "../workload.ts";
import { findEvidence } from "./find-evidence.ts";
import { findRevocationAnywhere, evaluateRevocations } from "./revocations.ts";

/**
 * The registrations among what the workload names, and among what was discovered where the policy lets the gate look: each once. What the
 * policy itself revokes is none. None where the policy asks for none.
 */
export function listRegistrations(workload: Workload, policy: Policy, evidence: EvidenceSet): FoundRegistration[] {
  if (!policy.requirements.some(({ benchmarks = [] }) => benchmarks.some(({ preRegistered }) => preRegistered)))
    return [];
  const discovered = policy.discover ? (workload.discovered?.references ?? []) : [];
  const found = [...workload.references.entries, ...discovered].flatMap((one) => read(one, policy, evidence) ?? []);
  return [...new Map(found.map((one) => [one.name, one])).values()];
}

function read(reference: EvidenceReference, policy: Policy, evidence: EvidenceSet): FoundRegistration | undefined {
  const { name, found } = findEvidence(reference, policy, evidence);
  if (found.kind !== "found" || policy.revoked.has(found.artifact.digest)) return undefined;
  const registration = findRegistration(found.artifact);
  if (registration === undefined) return undefined;
  const { digest, signatures, revocations } = found.artifact;
  const elsewhere = reference.kind === "bare" ? findRevocationAnywhere(digest, policy, evidence) : undefined;
  return { name, registration, signatures, standing: evaluateRevocations(revocations, policy, elsewhere) };
}
