import type { Digest } from "../../policies/digest.ts";
import type { Unseen } from "../errors.ts";

/** A Sigstore bundle, JSON. https://docs.sigstore.dev/about/bundle/ */
export interface BundleSignature {
  /**
   * `attestation`: a bundle that is the evidence itself, a statement in its signed envelope. None is attached. `registration`: one
   * of those, of which it matters when it was signed. `model`: one that is attached to a model, and lists the model's files.
   * `revocation`: one that is attached to evidence, and revokes it.
   */
  readonly kind: "bundle" | "attestation" | "registration" | "model" | "revocation";
  readonly bytes: Uint8Array;
  readonly from?: Digest;
}

/** A DSSE envelope that is the evidence itself and stands alone, JSON. It may hold several signatures, and no certificate. */
export interface EnvelopeSignature {
  readonly kind: "envelope";
  readonly bytes: Uint8Array;
  readonly from?: Digest;
}

/** cosign's older form. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export interface SimpleSigning {
  readonly kind: "simple-signing";
  readonly from?: Digest | undefined;
  readonly payload: Uint8Array;
  /** Base64. */
  readonly signature: string;
  /** PEM, where it was made with a certificate. */
  readonly certificate: string | undefined;
  /** JSON: what the transparency log promised. */
  readonly logEntry: string | undefined;
  /** JSON, with a timestamp by RFC 3161. */
  readonly timestamp: string | undefined;
}

/**
 * A JWS envelope of the Notary Project's.
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md
 */
export interface NotationSignature {
  readonly kind: "notation";
  readonly bytes: Uint8Array;
  readonly from?: Digest;
}

/** A signature that cannot be read, and why. */
export interface BrokenSignature {
  readonly kind: "broken";
  readonly message: string;
}

/**
 * A signature that is attached to an artifact, unverified: who made it, and over what, is still to be seen. `from` is
 * the manifest that it came in, where it came in one of its own.
 */
export type AttachedSignature =
  BundleSignature | EnvelopeSignature | SimpleSigning | NotationSignature | BrokenSignature;

/** The signatures that one look at a registry found. */
export interface AttachedSignatures {
  /** In the order in which they were read: while a look goes on, more are added at the end only. */
  readonly all: readonly AttachedSignature[];
  /** The artifact's own manifest, where a signature is over its bytes; else nothing. */
  readonly manifest: Uint8Array;
  /** False where more could be read, but what was read is enough. */
  readonly complete: boolean;
  /** Why there may be more, where what was read is not enough. */
  readonly unseen: readonly Unseen[];
}

/** The artifact that a signature must be over. */
export interface Target {
  readonly digest: Digest;
  /** Its bytes, proved. */
  readonly manifest: Uint8Array;
}

/** The manifest, where no signature is over its bytes. */
export const noBytes = new Uint8Array();
