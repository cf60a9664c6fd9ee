/** What says that somebody else signed, rather than that a signature does not hold. */
const byAnotherSigner = [
  "FORMAT_MISMATCH",
  "SIGNED_WITH_MISMATCH",
  "KEY_MISMATCH",
  "CERTIFICATE_NOT_TRUSTED",
  "IDENTITY_NOT_TRUSTED",
] as const;

/** What says that a signature does not hold, or that the gate was not given what it takes to tell. */
type InvalidCode =
  // Of cosign's and the Notary Project's alike.
  | "SIGNATURE_UNREADABLE"
  | "SIGNATURE_INVALID"
  | "PAYLOAD_MALFORMED"
  | "TARGET_MISMATCH"
  // Of cosign's.
  | "KEY_UNUSABLE"
  | "TRUSTED_ROOT_MISSING"
  | "BUNDLE_MALFORMED"
  | "MATERIAL_MALFORMED"
  | "CERTIFICATE_INVALID"
  | "TIMESTAMP_INVALID"
  | "LOG_ENTRY_MISSING"
  | "LOG_ENTRY_INVALID"
  | "IDENTITY_MISSING"
  | "STATEMENT_MISSING"
  | "STATEMENT_MALFORMED"
  | "PAYLOAD_TYPE_UNKNOWN"
  | "PREDICATE_TYPE_UNKNOWN"
  | "UNVERIFIABLE"
  // Of a model's.
  | "FILES_INCOMPARABLE"
  | "FILES_MISMATCH"
  // Of the Notary Project's.
  | "ENVELOPE_TOO_LARGE"
  | "ENVELOPE_MALFORMED"
  | "COSE_UNSUPPORTED"
  | "HEADER_INVALID"
  | "CRITICAL_UNKNOWN"
  | "CRITICAL_MISSING"
  | "PLUGIN_UNSUPPORTED"
  | "ALGORITHM_NOT_ALLOWED"
  | "ALGORITHM_KEY_MISMATCH"
  | "CHAIN_INVALID"
  | "CERTIFICATE_NOT_ALLOWED"
  | "CERTIFICATE_EXPIRED"
  | "CERTIFICATE_NOT_YET_VALID"
  | "TRUST_STORE_UNKNOWN"
  | "TRUST_STORE_INVALID"
  | "IDENTITY_INVALID"
  | "SIGNATURE_EXPIRED";

/** Why a signature does not count. The codes are stable: tests and callers tell the ways to fail apart by them. */
export type RejectionCode = (typeof byAnotherSigner)[number] | InvalidCode;

/**
 * Thrown by the steps of a verification. {@link import("./verify.ts").verifySignature} and
 * {@link import("./notation/verify.ts").verifyNotation} turn it into a result; it leaves this folder nowhere else.
 */
export class SignatureRejection extends Error {
  override readonly name = "SignatureRejection";
  readonly code: RejectionCode;

  constructor(code: RejectionCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the code says that another signed, or that the signature does not hold. */
export function classifyRejection(code: RejectionCode): "other-signer" | "invalid" {
  return byAnotherSigner.some((one) => one === code) ? "other-signer" : "invalid";
}
