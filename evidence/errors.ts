import type { Evidence } from "../policies/evidence.ts";
import type { ErrorReason, FailReason } from "../policies/reasons.ts";
import { RegistryError, type Failure, type RefusedReason, type UnavailableReason } from "../registry/errors.ts";
import type { Unseen as UnseenReferrers } from "../registry/referrers.ts";

/** Why evidence is not there to be judged. */
export type UnusableEvidence = Exclude<Evidence, { kind: "found" }>;

/**
 * Evidence cannot be accepted, or could not be had. The message is for users. What a registry came to is a RegistryError, which
 * {@link explainUnusable} translates; anything else that is thrown is a programmer's error.
 */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";
  readonly evidence: UnusableEvidence;

  constructor(evidence: UnusableEvidence, options?: ErrorOptions) {
    super(evidence.message, options);
    this.evidence = evidence;
  }
}

/** Evidence that was read and can never be accepted. */
export function refused(reason: FailReason, message: string, options?: ErrorOptions): EvidenceError {
  return new EvidenceError({ kind: "refused", reason, message }, options);
}

/** Why evidence is missing, by what was thrown; undefined for what is a bug, which goes on as one. */
export function explainUnusable(error: unknown): UnusableEvidence | undefined {
  if (error instanceof EvidenceError) return error.evidence;
  return error instanceof RegistryError ? toMissing(error.failure) : undefined;
}

/**
 * Why there may be more than was seen. It matters only where what was seen is not enough. `too-many` is the doing of whoever
 * attaches.
 */
export type Unseen = { readonly kind: "too-many"; readonly message: string } | UnusableEvidence;

/** What a list of referrers does not show, in the words of evidence. */
export function toUnseen(unseen: UnseenReferrers): Unseen {
  return unseen.kind === "too-many" ? unseen : toMissing(unseen);
}

/** What a registry's failure means for evidence: its reason becomes a public one. */
function toMissing(failure: Failure): UnusableEvidence {
  switch (failure.kind) {
    case "absent":
      return failure;
    case "refused":
      return { ...failure, reason: refusedReasons[failure.reason] };
    case "unavailable":
      return { ...failure, reason: unavailableReasons[failure.reason] };
  }
}

const refusedReasons = {
  corrupt: "EVIDENCE_CORRUPT",
  invalid: "ARTIFACT_INVALID",
} as const satisfies Record<RefusedReason, FailReason>;

const unavailableReasons = {
  "no-answer": "REGISTRY_UNAVAILABLE",
  denied: "REGISTRY_DENIED",
  "out-of-time": "DEADLINE_EXCEEDED",
} as const satisfies Record<UnavailableReason, ErrorReason>;
