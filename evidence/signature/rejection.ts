/** Why a Notary Project signature does not count. The codes are stable: callers and tests tell problems apart by them. */
export type NotationProblem =
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
  | "CERTIFICATE_NOT_TRUSTED"
  | "IDENTITY_INVALID"
  | "IDENTITY_NOT_TRUSTED"
  | "SIGNATURE_INVALID"
  | "SIGNATURE_EXPIRED"
  | "PAYLOAD_MALFORMED"
  | "TARGET_MISMATCH";

/** Thrown inside this folder only; {@link import("./notation/verify.ts").verifyNotation} turns it into a result. */
export class NotationError extends Error {
  override readonly name = "NotationError";
  readonly problem: NotationProblem;

  constructor(problem: NotationProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
