import { clip } from "./show.ts";
import type { ErrorReason, FailReason, Reason } from "./reasons.ts";

/** What one check says of one evaluation. `skip`: the requirement does not ask. */
export type CheckResult = PassResult | { readonly outcome: "skip" } | FailResult | ErrorResult;

/** What was asked for holds. What was compared goes into the record, so that a pass can be read later, too. */
export interface PassResult {
  readonly outcome: "pass";
  readonly expected: string;
  readonly found: string;
}

/** What was asked for does not hold. */
export interface FailResult extends Facts {
  readonly outcome: "fail";
  readonly reason: FailReason;
}

/** The gate could not look. */
export interface ErrorResult extends Facts {
  readonly outcome: "error";
  readonly reason: ErrorReason;
}

/** What a check compared, for the person who reads the message. */
export interface Facts {
  readonly expected: string;
  readonly found: string;
  /** One line for the person deploying: what was asked, what was found. */
  readonly message: string;
  /** JSON path in the object, where it is not the evidence annotation. */
  readonly field?: string;
  /** What to do, where that differs from what the reason says. */
  readonly remedy?: string;
}

/** A check's result in its place: which policy and requirement asked, of which model, about which evidence. */
export type Finding = PassedFinding | FailedFinding;

interface Placed {
  readonly policy: string;
  readonly requirement: string;
  readonly check: string;
  /** `repository@digest`, or the reference as written where nothing was fetched; undefined where there is none. */
  readonly evidence: string | undefined;
  readonly model: string | undefined;
}

/** Something that was asked for holds. */
export interface PassedFinding extends Placed {
  readonly outcome: "pass";
  readonly expected: string;
  readonly found: string;
}

/** Something that was asked for does not hold, or could not be looked at. */
export interface FailedFinding extends Placed {
  readonly outcome: "fail" | "error";
  readonly reason: Reason;
  readonly expected: string;
  readonly found: string;
  readonly message: string;
  readonly remedy: string;
  /** JSON path in the object. */
  readonly field: string;
}

/** Of a message, which quotes several values; of what was expected or found; of a place. */
const maxMessageLength = 1024;
const maxFactLength = 512;

/**
 * What a check found, each text of a bounded length: much of it was written by the requester, and one workload can come to many
 * findings.
 */
export function boundTexts<R extends FailResult | ErrorResult>(result: R): R {
  const { expected, found, message, field } = result;
  const isShort =
    message.length <= maxMessageLength && Math.max(expected.length, found.length, field?.length ?? 0) <= maxFactLength;
  if (isShort) return result;
  return {
    ...result,
    expected: clip(expected, maxFactLength),
    found: clip(found, maxFactLength),
    message: clip(message, maxMessageLength),
    ...(field === undefined ? {} : { field: clip(field, maxFactLength) }),
  };
}

/** It holds: this was asked for, and that was found. */
export function passWith(expected: string, found: string): PassResult {
  return { outcome: "pass", expected: clip(expected, maxFactLength), found: clip(found, maxFactLength) };
}

/** It is not asked for. */
export const skip: CheckResult = { outcome: "skip" };

/** It does not hold. */
export function fail(reason: FailReason, facts: Facts): FailResult {
  return { outcome: "fail", reason, ...facts };
}

/** It could not be looked at. */
export function error(reason: ErrorReason, facts: Facts): ErrorResult {
  return { outcome: "error", reason, ...facts };
}
