import type { CheckInput } from "../checks/check.ts";
import { boundTexts, type CheckResult, type FailedFinding, type Finding } from "../finding.ts";
import type { Policy } from "../policy.ts";
import { reasons } from "../reasons.ts";
import { show } from "../show.ts";

/** What is question of evaluations: all that a check reads but the evaluation. */
export type RequirementQuestion = Omit<CheckInput, "evaluation"> & { readonly policy: Policy };

/** Where a result belongs. */
export type Place = Pick<FailedFinding, "policy" | "requirement" | "field" | "evidence" | "model">;

/** The place of a result about one candidate; undefined where there is none. */
export function locateFinding(
  { policy, requirement, model, workload }: RequirementQuestion,
  evidence: string | undefined,
): Place {
  const [name] = model.names;
  return {
    policy: policy.name,
    requirement: requirement.name,
    field: workload.references.field,
    evidence,
    model: name === undefined ? undefined : show(name),
  };
}

/** A check's result, put in its place, each text of a bounded length. */
export function toFinding(
  { policy, requirement, field, evidence, model }: Place,
  check: string,
  result: Exclude<CheckResult, { outcome: "skip" }>,
): Finding {
  if (result.outcome === "pass") {
    const { expected, found } = result;
    return { policy, requirement, check, outcome: "pass", expected, found, evidence, model };
  }
  const { outcome, reason, expected, found, message, field: own } = boundTexts(result);
  const remedy = result.remedy ?? reasons[reason].remedy;
  const at = own ?? field;
  return { policy, requirement, check, outcome, reason, expected, found, message, remedy, field: at, evidence, model };
}
