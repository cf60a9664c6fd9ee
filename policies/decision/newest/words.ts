import { benchmarks, hasRun } from "../../checks/benchmarks.ts";
import type { Check } from "../../checks/check.ts";
import { checks } from "../../checks/index.ts";
import type { Evaluation } from "../../evaluation.ts";
import type { CheckResult, ErrorResult, FailResult } from "../../finding.ts";
import type { BenchmarkRule } from "../../policy.ts";
import type { RequirementQuestion } from "../place-finding.ts";
import { reportUnseen, type Rival } from "./rivals.ts";

/** What one evaluation says of one benchmark: it meets the rule, it does not, or that could not be looked at. */
export interface Word {
  readonly name: string;
  readonly evaluation: Evaluation;
  readonly said: "pass" | FailResult | ErrorResult;
}

/** About the workload or its age, and not about whether the evaluation counts; or about any of its results. */
const aboutOther: ReadonlySet<string> = new Set([
  "images",
  "model-signature",
  "freshness",
  "expressions",
  "benchmarks",
]);
const whetherItCounts: readonly Check[] = checks.filter(({ id }) => !aboutOther.has(id));

/** What results themselves come to. For any other reason an evaluation does not count, and then its results say nothing. */
const ofResults: ReadonlySet<string> = new Set(["METRIC_OUT_OF_BOUNDS", "BENCHMARK_FAILED"]);

/**
 * What a rival says of one benchmark of a requirement: undefined where it says nothing. That is where it holds no run of it,
 * where it would not count as evidence for the requirement, such as for want of a signer or on other hardware, and where its
 * results cannot be read. Nothing that whoever pushes can attach hides it.
 */
export function readWord(
  question: RequirementQuestion,
  rule: BenchmarkRule,
  { name, evaluation, doubt }: Rival,
): Word | undefined {
  const { content, subject, attestation, signatures } = evaluation;
  if (attestation === undefined && subject !== question.model.digest) return undefined;
  if (content.kind !== "read" && content.kind !== "unavailable") return undefined;
  if (content.kind === "read" && !hasRun(rule, content.benchmarks)) return undefined;
  const input = { ...question, evaluation, requirement: { ...question.requirement, benchmarks: [rule] as const } };
  const results = [...whetherItCounts, benchmarks].flatMap((check): CheckResult[] => [check.run(input)].flat());
  const failed = results.filter((one) => one.outcome === "fail");
  const isHidden = signatures.kind === "checked" && signatures.unseen !== undefined;
  const other = failed.find(({ reason }) => !ofResults.has(reason));
  if (other !== undefined && !(isHidden && isOfSigners(other))) return undefined;
  if (other !== undefined) return { name, evaluation, said: { ...other, reason: "EVIDENCE_STANDING_UNKNOWN" } };
  const unknown = results.find((one) => one.outcome === "error") ?? doubt;
  if (unknown !== undefined)
    return { name, evaluation, said: reportUnseen(unknown.reason, `${name}: ${unknown.message}`) };
  return { name, evaluation, said: failed[0] ?? "pass" };
}

/** Whoever can push can attach so much that signatures are not seen to the end. */
function isOfSigners({ reason }: FailResult): boolean {
  return reason === "SIGNATURES_TOO_MANY" || reason === "SIGNATURE_INVALID";
}
