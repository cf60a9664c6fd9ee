import type { Decision } from "../decision.ts";
import { boundTexts, type ErrorResult, type FailResult } from "../finding.ts";
import type { ObjectIdentity } from "../workload.ts";
import { findNoPolicy, makeGateFinding } from "./gate-findings.ts";

/** What a decision holds that rests on no policy. */
const nothingJudged = {
  couldNotLook: false,
  findings: [],
  policies: [],
  evidence: [],
  exceptions: [],
  warnings: [],
} as const;

/** An object that no policy is about. */
export interface UnmatchedWorkload {
  readonly object: ObjectIdentity;
  /** The JSON path at which the object would name evidence. */
  readonly field: string;
  readonly settings: { readonly noMatch: "Admit" | "Deny" };
  readonly now: Date;
}

/** The decision on an object that no policy is about: what the settings say of such objects. */
export function decideUnmatched({ object, field, settings, now }: UnmatchedWorkload): Decision {
  const unmatched = { ...nothingJudged, basis: "no-policy", verdict: "admit", object, time: now } as const;
  if (settings.noMatch === "Admit") return unmatched;
  return { ...unmatched, verdict: "deny", findings: [findNoPolicy(field)] };
}

/** Admission of an object that needs no proof of its own, by the laws on updates and on controllers' children. */
export function admitWithoutJudging(object: ObjectIdentity, basis: "unchanged" | "delegated", now: Date): Decision {
  return { ...nothingJudged, basis, verdict: "admit", object, time: now };
}

/** Denial of a review that cannot be judged at all: it is not readable, or the gate itself failed. */
export function denyUnjudged(object: ObjectIdentity, result: FailResult | ErrorResult, now: Date): Decision {
  const finding = makeGateFinding(result, "", boundTexts(result).field ?? "");
  const couldNotLook = result.outcome === "error";
  return { ...nothingJudged, basis: "judged", verdict: "deny", couldNotLook, object, findings: [finding], time: now };
}
