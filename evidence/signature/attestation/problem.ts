/** Why an attestation is no evidence. */
export type AttestationProblem =
  | "ENVELOPE_MALFORMED"
  | "PAYLOAD_TYPE_UNKNOWN"
  | "SIGNATURE_INVALID"
  | "STATEMENT_MALFORMED"
  | "PREDICATE_TYPE_UNKNOWN"
  | "PREDICATE_MALFORMED"
  | "SUBJECT_MISMATCH";

/** Thrown inside this folder only; {@link import("./attestation.ts").verifyAttestation} turns it into a result. */
export class AttestationError extends Error {
  override readonly name = "AttestationError";
  readonly problem: AttestationProblem;

  constructor(problem: AttestationProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}
