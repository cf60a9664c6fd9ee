import type { KeyObject } from "node:crypto";
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { toTrustMaterial, VerificationError, Verifier, type Signer as Certified } from "@sigstore/verify";
import { show } from "../../../policies/show.ts";
import type { IdentitySigner, KeySigner } from "../../../policies/signer.ts";
import type { BundleSignature, EnvelopeSignature, SimpleSigning, Target } from "../attached-signature.ts";
import { verifyRawSignature } from "../raw-signature.ts";
import { type RejectionCode, SignatureRejection } from "../rejection.ts";
import { getFingerprint, getHint, readKey, type Trust } from "../trust.ts";
import { openBundle } from "./bundle.ts";
import type { CosignSignature } from "./cosign-signature.ts";
import { openEnvelope } from "./envelope.ts";
import { openSimpleSigning } from "./simple-signing.ts";

type Attached = BundleSignature | EnvelopeSignature | SimpleSigning;

/**
 * Verifies a signature made with a key, in the steps of `cosign verify --key`. Returns who signed: the key's fingerprint.
 * Throws SignatureRejection. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export function verifyByKey(attached: Attached, target: Target, signer: KeySigner, trust: Trust): string {
  const key = requireKey(signer, trust);
  const signature = openSignature(attached, target);
  checkSignedWith("key", signature);
  const root = signer.logged ? requireRoot(trust) : undefined;
  checkSignature(signature, key);
  if (root !== undefined) checkLogEntry(signature, key, root);
  signature.checkSubject();
  return `key ${getFingerprint(key)}`;
}

/**
 * Verifies a signature made with a certificate for an identity, in the steps of Sigstore's client specification. Returns
 * who signed: the identity and its issuer. Throws SignatureRejection.
 * https://docs.sigstore.dev/about/bundle/
 */
export function verifyByIdentity(attached: Attached, target: Target, signer: IdentitySigner, trust: Trust): string {
  const signature = openSignature(attached, target);
  checkSignedWith("certificate", signature);
  const root = requireRoot(trust);
  const certified = checkCertified(signature, signer, root);
  const who = checkIdentity(certified, signer);
  signature.checkSubject();
  return who;
}

function requireKey(signer: KeySigner, trust: Trust): KeyObject {
  const key = readKey(signer, trust);
  if (typeof key === "string") throw new SignatureRejection("KEY_UNUSABLE", key);
  return key;
}

function requireRoot({ root }: Trust): TrustedRoot {
  if (root !== undefined) return root;
  throw new SignatureRejection(
    "TRUSTED_ROOT_MISSING",
    "the gate has no trusted root to check transparency logs, timestamps and certificates with: see signatures.trustedRoot in its configuration",
  );
}

function openSignature(attached: Attached, target: Target): CosignSignature {
  switch (attached.kind) {
    case "simple-signing":
      return openSimpleSigning(attached, target);
    case "envelope":
      return openEnvelope(attached);
    case "bundle":
    case "model":
    case "revocation":
    case "registration":
    case "attestation":
      return openBundle(attached, target);
  }
}

function checkSignedWith(expected: "key" | "certificate", { signedWith }: CosignSignature): void {
  if (signedWith === expected) return;
  throw new SignatureRejection("SIGNED_WITH_MISMATCH", `signed with a ${signedWith}, not with a ${expected}`);
}

/** A signature that does not hold under this key may be sound under another, unless it names this one. */
function checkSignature({ hint, readSigned }: CosignSignature, key: KeyObject): void {
  const { bytes, signatures } = readSigned();
  if (signatures.some((signature) => verifyRawSignature(bytes, key, signature))) return;
  if (hint === undefined) throw new SignatureRejection("KEY_MISMATCH", "signed with another key, or changed since");
  if (hint !== getHint(key)) throw new SignatureRejection("KEY_MISMATCH", "signed with another key");
  throw new SignatureRejection("SIGNATURE_INVALID", "it does not verify: changed since it was made");
}

/** One log has promised, or proved, that it recorded this signature by this key. */
function checkLogEntry(signature: CosignSignature, key: KeyObject, root: TrustedRoot): void {
  const entity = signature.toEntity();
  if (entity.tlogEntries.length === 0)
    throw new SignatureRejection("LOG_ENTRY_MISSING", "no transparency log recorded it, and the policy requires one");
  const material = toTrustMaterial(root, () => ({ publicKey: key, validFor: () => true }));
  const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
  withCodes(() => verifier.verify(entity));
}

/**
 * The certificate was issued by an authority of the root, and was valid at a time that a log or a timestamp authority
 * vouches for; the signature is by its key. Where the policy asks for no log, nothing that a log says counts.
 */
function checkCertified(signature: CosignSignature, { logged }: IdentitySigner, root: TrustedRoot): Certified {
  const entity = signature.toEntity();
  const timestamps = entity.timestamps.filter((one) => logged || one.$case === "timestamp-authority");
  const verifier = new Verifier(toTrustMaterial(root), {
    tlogThreshold: logged ? 1 : 0,
    ctlogThreshold: logged ? 1 : 0,
    timestampThreshold: 1,
  });
  return withCodes(() => verifier.verify({ ...entity, timestamps, tlogEntries: logged ? entity.tlogEntries : [] }));
}

function checkIdentity({ identity: certified }: Certified, signer: IdentitySigner): string {
  const [identity, issuer] = [certified?.subjectAlternativeName, certified?.extensions?.issuer];
  if (identity === undefined || issuer === undefined)
    throw new SignatureRejection("IDENTITY_MISSING", "the certificate names no identity, or no issuer");
  if (issuer !== signer.issuer || !signer.isNamed(identity))
    throw new SignatureRejection("IDENTITY_NOT_TRUSTED", `signed by ${show(identity)} of ${show(issuer)}`);
  return `${identity} of ${issuer}`;
}

const codes: Readonly<Record<VerificationError["code"], RejectionCode>> = {
  CERTIFICATE_ERROR: "CERTIFICATE_INVALID",
  TIMESTAMP_ERROR: "TIMESTAMP_INVALID",
  TLOG_ERROR: "LOG_ENTRY_INVALID",
  TLOG_BODY_ERROR: "LOG_ENTRY_INVALID",
  TLOG_INCLUSION_PROMISE_ERROR: "LOG_ENTRY_INVALID",
  TLOG_INCLUSION_PROOF_ERROR: "LOG_ENTRY_INVALID",
  TLOG_MISSING_INCLUSION_ERROR: "LOG_ENTRY_INVALID",
  SIGNATURE_ERROR: "SIGNATURE_INVALID",
  PUBLIC_KEY_ERROR: "UNVERIFIABLE",
  NOT_IMPLEMENTED_ERROR: "UNVERIFIABLE",
};

/** Runs Sigstore's verifier, and gives its refusals codes of ours. Its messages stay. */
function withCodes<T>(verify: () => T): T {
  try {
    return verify();
  } catch (cause) {
    if (!(cause instanceof VerificationError)) throw cause;
    throw new SignatureRejection(codes[cause.code], show(cause.message), { cause });
  }
}
