import type { Signatures, VerifiedSignature } from "../artifact.ts";
import type { Digest } from "../digest.ts";
import type { EvidenceSet } from "../evidence.ts";
import { error, fail, type ErrorResult, type FailResult } from "../finding.ts";
import type { Policy } from "../policy.ts";
import { show } from "../show.ts";

/**
 * Why an artifact counts for nothing under this policy, or cannot, by what became of looking for its revocations: one of the
 * policy's revokers has signed a statement that revokes it, or it could not be seen to the end who has. Undefined where the
 * policy names no revokers, and where none of them has revoked it. `elsewhere` is a revocation of the same digest that was found
 * in another place.
 */
export function evaluateRevocations(
  revocations: Signatures | undefined,
  policy: Pick<Policy, "revokers">,
  elsewhere?: VerifiedSignature,
): FailResult | ErrorResult | undefined {
  if (policy.revokers === undefined) return undefined;
  const by = findRevoker(revocations, policy) ?? elsewhere;
  if (by !== undefined) return fail("EVIDENCE_REVOKED", { ...asked, found: "revoked", message: sayRevoked(by) });
  if (revocations?.kind !== "checked") return couldNotLook(revocations);
  const { unseen } = revocations;
  switch (unseen?.kind) {
    case undefined:
      return undefined;
    case "unavailable":
      return couldNotLook(unseen);
    case "too-many":
    case "invalid":
      return fail("EVIDENCE_STANDING_UNKNOWN", {
        ...asked,
        found: "unknown",
        message: `it cannot be told whether it was revoked: ${unseen.message}`,
      });
  }
}

const asked = { expected: "not revoked" };

/** One of the policy's revokers who has revoked it. A statement by anybody else changes nothing. */
function findRevoker(
  revocations: Signatures | undefined,
  { revokers }: Pick<Policy, "revokers">,
): VerifiedSignature | undefined {
  if (revocations?.kind !== "checked") return undefined;
  return revocations.verified.find(({ signer }) => revokers?.any.some(({ id }) => id === signer));
}

/**
 * A revocation of the digest in any of the policy's repositories that it was found in. Where there are several, it is the same
 * one whatever the order.
 */
export function findRevocationAnywhere(
  digest: Digest,
  policy: Policy,
  evidence: EvidenceSet,
): VerifiedSignature | undefined {
  if (policy.revokers === undefined) return undefined;
  const found = [...evidence.values()].flatMap((one) => {
    if (one.kind !== "found" || one.artifact.digest !== digest) return [];
    const { repository, revocations } = one.artifact;
    const isTrusted = policy.repositories.some((pattern) => pattern.matches(repository));
    return isTrusted ? (findRevoker(revocations, policy) ?? []) : [];
  });
  return found.toSorted((a, b) => (a.identity < b.identity ? -1 : 1))[0];
}

/** `revoked: the test set was in the training data (by key sha256:…, 2026-11-20T12:00:00Z)`: the reason first, for lines are cut. */
function sayRevoked({ identity, revocation }: VerifiedSignature): string {
  const { reason, revokedAt } = revocation ?? {};
  const when = revokedAt === undefined ? "" : `, ${show(revokedAt)}`;
  return `revoked: ${reason === undefined ? "no reason is given" : show(reason)} (by ${show(identity)}${when})`;
}

function couldNotLook(revocations: Exclude<Signatures, { kind: "checked" }> | undefined): ErrorResult {
  const facts = { ...asked, found: "unknown" };
  if (revocations?.kind !== "unavailable")
    return error("INTERNAL_ERROR", { ...facts, message: "it was not checked whether it was revoked" });
  const message = `it could not be checked whether it was revoked: ${revocations.message}`;
  return error(revocations.reason, { ...facts, message });
}
