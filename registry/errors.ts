import type { Evidence } from "../policies/evidence.ts";
import type { ErrorReason, FailReason } from "../policies/reasons.ts";

/**
 * Why evidence could not be had. The message is for users: no secret, no token, no address that the user did not write.
 * Internal detail goes into `cause`, which is logged at most. Anything else that is thrown is a programmer's error.
 */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
  readonly evidence: Exclude<Evidence, { kind: "found" }>;

  constructor(evidence: Exclude<Evidence, { kind: "found" }>, options?: ErrorOptions) {
    super(evidence.message, options);
    this.evidence = evidence;
  }
}

/** The source answered that it does not hold the bytes. */
export function absent(message: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError({ kind: "absent", message }, options);
}

/** The source answered with something that can never be accepted. */
export function refused(reason: FailReason, message: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError({ kind: "refused", reason, message }, options);
}

/** The source gave no answer that says anything about the evidence. */
export function unavailable(reason: ErrorReason, message: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError({ kind: "unavailable", reason, message }, options);
}

export function deadlineExceeded(options?: ErrorOptions): EvidenceError {
  return unavailable("DEADLINE_EXCEEDED", "the time was up before the evidence was read", options);
}
