import type { Signatures, VerifiedSignature } from "../artifact.ts";
import { error, fail, passWith, type CheckResult, type FailResult, type PassResult } from "../finding.ts";
import type { RequiredSigners } from "../policy.ts";
import { showAll } from "../show.ts";
import { countSigners } from "./count-signers.ts";

/** About signatures that are frozen, and so stay what they are: those of artifacts that are remembered. */
const evaluated = new WeakMap<Signatures, WeakMap<RequiredSigners, CheckResult>>();

/** Whether enough have signed, by what became of looking for signatures, whatever it is that is signed. */
export function evaluateSignatures(required: RequiredSigners, signatures: Signatures): CheckResult {
  if (!Object.isFrozen(signatures)) return evaluate(required, signatures);
  const results = evaluated.get(signatures) ?? new WeakMap<RequiredSigners, CheckResult>();
  const known = results.get(required);
  if (known !== undefined) return known;
  const result = evaluate(required, signatures);
  evaluated.set(signatures, results.set(required, result));
  return result;
}

function evaluate(required: RequiredSigners, signatures: Signatures): CheckResult {
  switch (signatures.kind) {
    case "checked":
      return isEnough(required, signatures.verified)
        ? passSigned(required, signatures.verified)
        : missing(required, signatures);
    case "unavailable":
      return couldNotLook(required, signatures);
    case "not-looked-for":
      return error("INTERNAL_ERROR", {
        expected: sayRequired(required),
        found: "not looked for",
        message: "the artifact's signatures were not looked for",
      });
  }
}

function passSigned(required: RequiredSigners, verified: readonly VerifiedSignature[]): PassResult {
  return passWith(sayRequired(required), showAll(requireSigners(required, verified)));
}

/** Nothing that was seen is enough: is there more, and whose doing is it that it was not seen? */
function missing(required: RequiredSigners, signatures: Extract<Signatures, { kind: "checked" }>): CheckResult {
  const { unseen } = signatures;
  switch (unseen?.kind) {
    case undefined:
      return disprove(required, signatures);
    case "unavailable":
      return couldNotLook(required, unseen);
    case "invalid":
      return fail("SIGNATURE_INVALID", {
        expected: sayRequired(required),
        found: unseen.message,
        message: unseen.message,
      });
    case "too-many": {
      const expected = sayRequired(required);
      const message = `${unseen.message}: those that were looked at are not enough for ${expected}. Remove signatures and attachments that nobody needs, or push the evidence anew and sign it once`;
      return fail("SIGNATURES_TOO_MANY", { expected, found: unseen.message, message });
    }
  }
}

function couldNotLook(required: RequiredSigners, { reason, message }: Unavailable): CheckResult {
  const facts = { expected: sayRequired(required), found: "unknown" };
  return error(reason, { ...facts, message: `signatures could not be looked for: ${message}` });
}

type Unavailable = Omit<Extract<Signatures, { kind: "unavailable" }>, "kind">;

/** Those who signed and are named, each once. */
export function requireSigners({ any }: RequiredSigners, verified: readonly VerifiedSignature[]): string[] {
  const named = verified.filter(({ signer }) => any.some(({ id }) => id === signer));
  return [...new Set(named.map(({ identity }) => identity))].toSorted();
}

/** True when as many signers as are asked for have signed. */
export function isEnough(required: RequiredSigners, verified: readonly VerifiedSignature[]): boolean {
  return countSigners(required.any, verified) >= required.threshold;
}

function disprove(
  required: RequiredSigners,
  { verified, problems, seen }: Extract<Signatures, { kind: "checked" }>,
): FailResult {
  const expected = sayRequired(required);
  const found = requireSigners(required, verified);
  if (seen === 0)
    return fail("SIGNATURE_MISSING", {
      expected,
      found: "none",
      message: `no signature is attached, but the policy expects ${expected}`,
    });
  const own = problems.filter(({ signer }) => required.any.some(({ id }) => id === signer));
  const invalid = own.find(({ kind }) => kind === "invalid");
  if (found.length > 0) {
    const message = `signed by ${showAll(found)}, which is ${countSigners(required.any, verified)} of ${required.threshold} signers that the policy requires: ${expected}`;
    return fail("SIGNER_NOT_TRUSTED", { expected, found: showAll(found), message });
  }
  if (invalid !== undefined)
    return fail("SIGNATURE_INVALID", {
      expected,
      found: invalid.message,
      message: `a signature does not hold: ${invalid.message}`,
    });
  const others = [...new Set(own.map(({ message }) => message))];
  const message = `signed, but not by ${expected}: ${others.slice(0, 2).join("; ")}`;
  return fail("SIGNER_NOT_TRUSTED", { expected, found: others.join("; "), message });
}

/** The signers that a policy requires, in words. */
export function sayRequired({ any, threshold }: RequiredSigners): string {
  const names = [...new Set(any.map(({ text }) => text))].join(" or ");
  return threshold === 1 ? names : `${threshold} of ${names}`;
}
