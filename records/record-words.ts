import * as z from "zod";
import { parseDigest, type Digest } from "../policies/digest.ts";
import { isReason, reasons, type ErrorReason, type FailReason, type Reason } from "../policies/reasons.ts";
import { show } from "../policies/show.ts";
import { RecordError } from "./record-error.ts";

/** A digest as records have it. */
export const digestOfRecord = z.string().max(128);

/** A reason as records have it: those of a newer gate may be unknown to this one. */
export const reasonOfRecord = z.string().max(64);

/** The digest. Throws a RecordError for anything else. */
export function readDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined) throw new RecordError(`${show(text)} is not a sha256 digest`);
  return digest;
}

/** The reason of something that was disproved. Throws a RecordError for one that this version does not know as such. */
export function readFailReason(text: string | undefined): FailReason {
  const reason = readReason(text);
  if (isFailReason(reason)) return reason;
  throw new RecordError(`${reason} is not a reason for a refusal`);
}

/** The reason for which something could not be looked at. Throws a RecordError, as {@link readFailReason}. */
export function readErrorReason(text: string | undefined): ErrorReason {
  const reason = readReason(text);
  if (!isFailReason(reason)) return reason;
  throw new RecordError(`${reason} is not a reason for which something cannot be looked at`);
}

function readReason(text: string | undefined): Reason {
  if (text !== undefined && isReason(text)) return text;
  throw new RecordError(`the reason ${show(text)} is not known to this version: another gate has written the record`);
}

function isFailReason(reason: Reason): reason is FailReason {
  return reasons[reason].outcome === "fail";
}
