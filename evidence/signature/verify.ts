import type { SignatureProblem, VerifiedSignature } from "../../policies/artifact.ts";
import { show } from "../../policies/show.ts";
import type { NotationSigner, Signer } from "../../policies/signer.ts";
import type { AttachedSignature, Target } from "./attached-signature.ts";
import { readStatementIn } from "./cosign/bundle.ts";
import { verifyByIdentity, verifyByKey } from "./cosign/verify.ts";
import { findWitness } from "./cosign/witness.ts";
import { classifyRejection, type RejectionCode, SignatureRejection } from "./rejection.ts";
import { readRevocation } from "./revocation/statement.ts";
import type { Trust } from "./trust.ts";

/** Why a signature is not the signer's, with the code for the way in which it fails. */
export interface RejectedSignature extends SignatureProblem {
  readonly code: RejectionCode;
}

/** What comes of one signature for one signer. */
export type Verdict = VerifiedSignature | RejectedSignature;

/**
 * Whether the attached signature is this signer's, over exactly the target, at a time; and if not, why. Asks no
 * network. Never throws for what is in the bytes, nor rejects. Later only where signature and signer are the Notary Project's.
 */
export function verifySignature(
  attached: AttachedSignature,
  target: Target,
  signer: Signer,
  trust: Trust,
  now: Date,
): Verdict | Promise<Verdict> {
  const reject = (cause: unknown): Verdict => toVerdict(signer, cause);
  try {
    const identity = verifyBy(attached, target, signer, trust, now);
    return typeof identity === "string"
      ? toVerified(attached, target, signer, trust, identity)
      : identity.then((one) => toVerified(attached, target, signer, trust, one)).catch(reject);
  } catch (cause) {
    return reject(cause);
  }
}

function toVerified(
  attached: AttachedSignature,
  target: Target,
  by: Signer,
  trust: Trust,
  identity: string,
): VerifiedSignature {
  const verified = { signer: by.id, identity };
  if (attached.kind === "revocation")
    return { ...verified, revocation: readRevocation(readStatementIn(attached.bytes)) };
  if (attached.kind === "registration" && by.kind !== "notation")
    return { ...verified, witness: findWitness(attached, target, by, trust) };
  return verified;
}

function toVerdict(signer: Signer, cause: unknown): Verdict {
  const { code, message } = cause instanceof SignatureRejection ? cause : toRejection(cause);
  return { signer: signer.id, kind: classifyRejection(code), code, message };
}

/** What a library, or Node, says of hostile bytes. */
function toRejection(cause: unknown): SignatureRejection {
  return new SignatureRejection("UNVERIFIABLE", cause instanceof Error ? show(cause.message) : "it cannot be verified");
}

function verifyBy(
  attached: AttachedSignature,
  target: Target,
  signer: Signer,
  trust: Trust,
  now: Date,
): string | Promise<string> {
  if (attached.kind === "broken") throw new SignatureRejection("SIGNATURE_UNREADABLE", attached.message);
  if (signer.kind === "notation") {
    if (attached.kind !== "notation")
      throw new SignatureRejection("FORMAT_MISMATCH", "signed by cosign, not as the Notary Project has it");
    return verifyByNotation(attached.bytes, target, signer, trust, now);
  }
  if (attached.kind === "notation")
    throw new SignatureRejection("FORMAT_MISMATCH", "signed as the Notary Project has it, not by cosign");
  return signer.kind === "key"
    ? verifyByKey(attached, target, signer, trust)
    : verifyByIdentity(attached, target, signer, trust);
}

async function verifyByNotation(
  bytes: Uint8Array,
  { digest, manifest }: Target,
  { trustStore, identities }: NotationSigner,
  { stores }: Trust,
  now: Date,
): Promise<string> {
  const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: manifest.byteLength };
  // With what reads its certificates it is large, and few policies need it.
  const { verifyNotation } = await import("./notation/verify.ts");
  const result = await verifyNotation(bytes, target, { stores, trustStore, identities }, now);
  // Not the store: whoever is in two of them is still one.
  if (result.verified) return result.signer;
  throw new SignatureRejection(result.code, show(result.message));
}
