/** Somebody whose signature a policy accepts. Two entries that say the same have the same `id`. */
export type Signer = KeySigner | IdentitySigner | NotationSigner;

interface Named {
  readonly id: string;
  /** For messages. */
  readonly text: string;
  /** The verifiers in whose name the signer may summarise. https://slsa.dev/spec/v1.0/verification_summary */
  readonly verifiers: readonly string[];
}

/** What keys and identities have in common: cosign verifies both. */
export interface CosignSigner extends Named {
  /** Whether a transparency log must have recorded the signature. */
  readonly logged: boolean;
}

/** Whoever holds a key. */
export interface KeySigner extends CosignSigner {
  readonly kind: "key";
  /** PEM, or the name of a file that the gate's configuration leads to. */
  readonly key: { readonly pem: string } | { readonly file: string };
}

/** Whoever an issuer of identities vouched for at the time of signing, as Fulcio's certificates say. */
export interface IdentitySigner extends CosignSigner {
  readonly kind: "identity";
  /** To the letter. */
  readonly issuer: string;
  isNamed(identity: string): boolean;
}

/** Whoever has a certificate for one of these subjects, of an authority in a named trust store, as the Notary Project has it. */
export interface NotationSigner extends Named {
  readonly kind: "notation";
  readonly trustStore: string;
  /** `x509.subject: C=…, O=…`. */
  readonly identities: readonly string[];
}
