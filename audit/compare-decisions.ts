import { isFailed, type Decision } from "../policies/decision.ts";
import type { AuditedObject, AuditFinding } from "./finding.ts";

/** What a decision comes to, as much of it as is compared. */
export interface Verdict {
  readonly verdict: Decision["verdict"];
  /** `policy/requirement CODE` of everything that stands against the workload, sorted, each once. */
  readonly against: readonly string[];
}

/** One object that other policies would judge otherwise. */
export interface PolicyChange {
  readonly object: AuditedObject;
  readonly before: Verdict;
  readonly after: Verdict;
  /** What the other policies say, as an audit says it. */
  readonly findings: readonly AuditFinding[];
}

/** What is compared of a decision. */
export function toVerdict({ verdict, findings }: Pick<Decision, "verdict" | "findings">): Verdict {
  const against = findings.filter(isFailed).map(({ policy, requirement, reason }) => {
    const place = [policy, requirement].filter((name) => name !== "").join("/");
    return `${place === "" ? "" : `${place} `}${reason}`;
  });
  return { verdict, against: [...new Set(against)].toSorted() };
}

/** Undefined where the verdict is the same, and so is all that stands against the object. */
export function comparePolicyChange(
  object: AuditedObject,
  before: Verdict,
  after: Verdict,
  findings: readonly AuditFinding[],
): PolicyChange | undefined {
  const isSame =
    before.verdict === after.verdict &&
    before.against.length === after.against.length &&
    before.against.every((one, at) => one === after.against[at]);
  if (isSame) return undefined;
  return { object, before, after, findings: findings.filter(({ result }) => result !== "pass") };
}

/** Whether the change denies what was not denied before. */
export function isNewDenial({ before, after }: PolicyChange): boolean {
  return after.verdict === "deny" && before.verdict !== "deny";
}
