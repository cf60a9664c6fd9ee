import type { Signatures } from "../artifact.ts";
import { fail, skip, type FailResult } from "../finding.ts";
import type { RequiredSigners } from "../policy.ts";
import { show } from "../show.ts";
import { evaluateSignatures, isEnough, sayRequired } from "../signers/evaluate-signatures.ts";
import type { Check } from "./check.ts";

/**
 * Enough of the signers that the policy names have signed exactly this artifact: as many entries, each by somebody else.
 * Whoever signed twice counts once, and so does an entry whose pattern fits two who signed.
 *
 * Skips where the policy names none. Signatures that could not be looked for are an error.
 *
 * Reads: `evaluation.signatures`, `evaluation.attestation`, `requirement.signers`.
 */
export const signers: Check = {
  id: "signers",
  run({ evaluation: { signatures, attestation }, requirement: { signers: required } }) {
    if (attestation === undefined) return required === undefined ? skip : evaluateSignatures(required, signatures);
    if (required === undefined) return unsigned;
    const own = evaluateSignatures(required, signatures);
    if (own.outcome !== "pass") return own;
    const { verifier, about } = attestation;
    if (verifier !== undefined && !isSpokenFor(verifier, required, signatures)) return notSpokenFor(verifier, required);
    return about === undefined ? own : evaluateSignatures(required, about.signatures);
  },
};

/** Whoever may push can write a statement. */
const unsigned = fail("SIGNER_NOT_TRUSTED", {
  expected: "a policy with signers",
  found: "none",
  message: "a statement counts only by who signed it, and the policy names no signers",
});

/** A signer is believed about a verifier only where the policy says so. */
function isSpokenFor(verifier: string, { any, threshold }: RequiredSigners, signatures: Signatures): boolean {
  const [first, ...rest] = any.filter(({ verifiers }) => verifiers.includes(verifier));
  if (first === undefined || signatures.kind !== "checked") return false;
  return isEnough({ any: [first, ...rest], threshold }, signatures.verified);
}

function notSpokenFor(verifier: string, required: RequiredSigners): FailResult {
  const message = `the summary is made in the name of ${show(verifier)}, for whom its signer may not speak: see verifiers in the policy`;
  return fail("SIGNER_NOT_TRUSTED", { expected: sayRequired(required), found: show(verifier), message });
}
