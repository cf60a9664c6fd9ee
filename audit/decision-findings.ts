import { isFailed, type Decision } from "../policies/decision.ts";
import type { FailedFinding } from "../policies/finding.ts";
import type { AuditedObject, AuditFinding, AuditResult } from "./finding.ts";
import { auditCodes } from "./codes.ts";

/** Of one object, which can come to thousands: as many are put into an audit, the decisive ones first. */
const maxFindings = 64;

/**
 * What a decision says, for an audit: each thing that stands against the object once, and one `pass` for each policy that it
 * meets. `remark` is added to what fails by a policy: when the object was made, for one.
 */
export function toAuditFindings(
  object: AuditedObject,
  decision: Decision,
  remark: (policy: string) => string = () => "",
): AuditFinding[] {
  const failed = distinct(decision.findings.filter(isFailed)).slice(0, maxFindings);
  const passed = decision.policies.filter(({ outcome }) => outcome === "pass");
  return [
    ...failed.map((finding) => toAuditFinding(object, finding, decision, remark(finding.policy))),
    ...passed.map(({ name }): AuditFinding => ({
      object,
      result: "pass",
      policy: name,
      code: "ADMITTED",
      message: auditCodes.ADMITTED.meaning,
    })),
  ];
}

function toAuditFinding(
  object: AuditedObject,
  finding: FailedFinding,
  decision: Decision,
  remark: string,
): AuditFinding {
  const { policy, requirement, reason, message, remedy, evidence } = finding;
  const [exception] = decision.exceptions;
  const exempt = exception === undefined ? "" : ` (admitted by exception ${exception})`;
  return {
    object,
    result: toResult(finding, decision),
    ...(policy !== "" && { policy }),
    ...(requirement !== "" && { requirement }),
    code: reason,
    message: `${message}${exempt}${remark}`,
    remedy,
    ...(evidence !== undefined && { evidence }),
  };
}

/** What could not be looked at says so, whatever the policy does about it. */
function toResult({ outcome, policy }: FailedFinding, { policies, verdict }: Decision): AuditResult {
  if (outcome === "error") return "error";
  const mode = policies.find(({ name }) => name === policy)?.mode ?? "Enforce";
  return mode === "Enforce" && verdict === "deny" ? "fail" : "warn";
}

/** Several requirements, models and pods often fail for one cause. */
function distinct(findings: readonly FailedFinding[]): FailedFinding[] {
  const seen = new Map<string, FailedFinding>();
  for (const finding of findings) {
    const { policy, requirement, reason, message, evidence } = finding;
    const key = JSON.stringify([policy, requirement, reason, message, evidence]);
    if (!seen.has(key)) seen.set(key, finding);
  }
  return [...seen.values()];
}
