import type { SignedEntity } from "@sigstore/verify";

/** A signature of cosign's, read from either of its layouts, unverified. */
export interface CosignSignature {
  readonly signedWith: "key" | "certificate";
  /** cosign's name for the key, where the layout names one. Whoever wrote it could write any. */
  readonly hint: string | undefined;
  /**
   * The bytes that are signed, and the signatures over them: one, but for an envelope that stands alone. Throws
   * SignatureRejection where there is none, or more than may be.
   */
  readonly readSigned: () => { readonly bytes: Uint8Array; readonly signatures: readonly Uint8Array[] };
  /** For Sigstore's verifier, with certificate, log entries and timestamps. Throws SignatureRejection. */
  readonly toEntity: () => SignedEntity;
  /** Throws SignatureRejection unless what is signed vouches for the target. To be called once it is known who signed. */
  readonly checkSubject: () => void;
}
