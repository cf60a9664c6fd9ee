import type { SignedEntity } from "@sigstore/verify";

/** A signature of cosign's, read from either of its layouts, unverified. */
export interface CosignSignature {
  readonly signedWith: "key" | "certificate";
  /** cosign's name for the key, where the layout names one. Whoever wrote it could write any. */
  readonly hint: string | undefined;
  /** The bytes that the signature is over, and the signature. Throws SignatureRejection unless there is one. */
  readonly readSigned: () => { readonly bytes: Uint8Array; readonly signature: Uint8Array };
  /** For Sigstore's verifier, with certificate, log entries and timestamps. Throws SignatureRejection. */
  readonly toEntity: () => SignedEntity;
  /** Throws SignatureRejection unless what is signed vouches for the target. To be called once it is known who signed. */
  readonly checkSubject: () => void;
}
