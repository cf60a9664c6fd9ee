import type { Decision } from "../../policies/decision.ts";
import { denyUnjudged } from "../../policies/decision/unjudged.ts";
import { error, fail, type FailResult, type ErrorResult } from "../../policies/finding.ts";
import { WorkloadError } from "../../workload/shape.ts";
import { toIdentity, type ReviewHead } from "./review.ts";

/** The denial of an operation that the gate does not judge: the webhook configuration should not send it. */
export function denyOperation(review: ReviewHead, now: Date): Decision {
  const message = `the gate judges CREATE and UPDATE, not ${review.operation}: correct the rules of the webhook configuration`;
  const facts = { expected: "CREATE or UPDATE", found: review.operation, message };
  return denyUnjudged(toIdentity(review), fail("REVIEW_INVALID", facts), now);
}

/** The denial of an object that was not parsed: the labels that a policy may be about are not known either. */
export function denyUnparsed(review: ReviewHead, message: string, now: Date): Decision {
  const facts = { expected: "an object within the reader's limits", found: message, message };
  return denyUnjudged(toIdentity(review), fail("WORKLOAD_TOO_LARGE", facts), now);
}

/** The denial of every review until the first policy set has been loaded. */
export function denyWithoutPolicies(review: ReviewHead, now: Date): Decision {
  const facts = { expected: "a policy set", found: "none", message: "no policy set has been loaded yet" };
  return denyUnjudged(toIdentity(review), error("POLICIES_NOT_LOADED", facts), now);
}

/** The denial of a review over which something was thrown: the requester's fault for an unreadable object, or else a bug. */
export function denyFailed(review: ReviewHead, cause: unknown, now: Date): Decision {
  return denyUnjudged(toIdentity(review), isUnreadable(cause) ? unreadable(cause) : internal(review), now);
}

/** True for an object that is not of the shape that its kind promises: whoever wrote it is told, and nothing is logged. */
export function isUnreadable(cause: unknown): cause is WorkloadError {
  return cause instanceof WorkloadError;
}

function unreadable({ message, path }: WorkloadError): FailResult {
  return fail("REVIEW_INVALID", { expected: "a readable object", found: message, message, field: path });
}

/** The cause goes to the log, and never into an answer. */
function internal({ uid }: ReviewHead): ErrorResult {
  const message = `internal error while judging review ${uid}`;
  return error("INTERNAL_ERROR", { expected: "a judgement", found: "a failure", message });
}
