import { isFailed, listReasons, type Decision } from "../../policies/decision.ts";
import type { Finding } from "../../policies/finding.ts";
import type { ReadRecord } from "../record-schema.ts";

/** A finding as a record holds it. What is not there is undefined. */
export type OutcomeFinding = ReadRecord["findings"][number];

/** What a decision comes to, in the words of a record: what is compared. */
export interface Outcome {
  readonly decision: string;
  readonly basis: string;
  readonly couldNotLook: boolean;
  readonly reasons: readonly string[];
  readonly policies: readonly { readonly name: string; readonly mode: string; readonly outcome: string }[];
  readonly exceptions: readonly string[];
  readonly findings: readonly OutcomeFinding[];
  /** Undefined where the record was cut here. */
  readonly remarks: readonly string[] | undefined;
}

/** What a record says that was decided. */
export function readOutcome(record: ReadRecord): Outcome {
  const { decision, basis, couldNotLook, reasons, policies, exceptions, findings, remarks, truncated = {} } = record;
  const isCut = truncated["remarks"] !== undefined || truncated["texts"] !== undefined;
  return {
    decision,
    basis,
    couldNotLook,
    reasons,
    policies: policies.map(({ name, mode, outcome }) => ({ name, mode, outcome })),
    exceptions,
    findings,
    remarks: isCut ? undefined : remarks,
  };
}

/** What a decision would be recorded as. */
export function toOutcome(decision: Decision): Outcome {
  return {
    decision: decision.verdict,
    basis: decision.basis,
    couldNotLook: decision.couldNotLook,
    reasons: listReasons(decision),
    policies: decision.policies.map(({ name, mode, outcome }) => ({ name, mode, outcome })),
    exceptions: decision.exceptions,
    findings: decision.findings.map(toOutcomeFinding),
    remarks: decision.warnings,
  };
}

function toOutcomeFinding(finding: Finding): OutcomeFinding {
  const { policy, requirement, check, outcome, expected, found, evidence, model } = finding;
  const known = { policy, requirement, check, outcome, expected, found, evidence, model };
  if (!isFailed(finding)) return known;
  const { reason, message, remedy, field } = finding;
  return { ...known, reason, message, remedy, field };
}
