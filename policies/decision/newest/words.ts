import { hasRun } from "../../checks/benchmarks.ts";
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
const aboutOther: ReadonlySet<string> = new Set(["images", "model-signature", "freshness", "expressions"]);
/** Those that ask for what the rules of benchmarks say. */
const aboutRules: ReadonlySet<string> = new Set(["attestation", "benchmarks"]);
const whetherItCounts = checks.filter(({ id }) => !aboutOther.has(id) && !aboutRules.has(id));
const ofRule = checks.filter(({ id }) => aboutRules.has(id));

/** What results themselves come to. For any other reason an evaluation does not count, and then its results say nothing. */
const ofResults: ReadonlySet<string> = new Set(["METRIC_OUT_OF_BOUNDS", "BENCHMARK_FAILED"]);
/** One that is not registered supersedes nothing; and one that fails stands against others, registered or not. */
const unregistered = "NOT_PRE_REGISTERED";

/** A rival that counts for a requirement, or of which that is not known, whatever its results. */
export interface CountingRival extends Rival {
  /** What is attached hides whether it was signed. */
  readonly hidden: FailResult | undefined;
  readonly unknown: ErrorResult | undefined;
}

/** Undefined where the rival would not count as evidence for the requirement, such as for want of a signer or on other hardware. */
export function readRival(question: RequirementQuestion, rival: Rival): CountingRival | undefined {
  const { content, subject, attestation, signatures } = rival.evaluation;
  if (attestation === undefined && subject !== question.model.digest) return undefined;
  if (content.kind !== "read" && content.kind !== "unavailable") return undefined;
  const isHidden = signatures.kind === "checked" && signatures.unseen !== undefined;
  const input = { ...question, evaluation: rival.evaluation };
  let hidden: FailResult | undefined;
  let unknown = rival.doubt?.outcome === "error" ? rival.doubt : undefined;
  for (const check of whetherItCounts)
    for (const result of [check.run(input)].flat()) {
      if (result.outcome === "error") unknown ??= result;
      if (result.outcome !== "fail") continue;
      if (!isHidden || !isOfSigners(result)) return undefined;
      hidden ??= result;
    }
  return { ...rival, hidden, unknown };
}

/**
 * What a rival says of one benchmark of a requirement: undefined where it says nothing. That is where it holds no run of it, or
 * one that does not count, such as of too few samples. Nothing that whoever pushes can attach hides one that fails; one that
 * passes, and of which it cannot be told whether it counts or was revoked, supersedes none.
 */
export function readWord(question: RequirementQuestion, rule: BenchmarkRule, rival: CountingRival): Word | undefined {
  const { name, evaluation, doubt, hidden } = rival;
  const { content } = evaluation;
  if (content.kind === "read" && !hasRun(rule, content.benchmarks)) return undefined;
  const requirement = { ...question.requirement, benchmarks: listAlone(rule) };
  const results = ofRule.flatMap((check): CheckResult[] =>
    [check.run({ ...question, evaluation, requirement })].flat(),
  );
  const refusals = results.filter((one) => one.outcome === "fail");
  const failed = refusals.filter(({ reason }) => ofResults.has(reason));
  if (refusals.some(({ reason }) => !ofResults.has(reason) && reason !== unregistered)) return undefined;
  // Whoever runs evaluations chooses which of them to register.
  if (failed.length === 0 && refusals.length > 0) return undefined;
  const unknown = rival.unknown ?? results.find((one) => one.outcome === "error");
  if (hidden !== undefined && (failed.length > 0 || unknown !== undefined))
    return { name, evaluation, said: { ...hidden, reason: "EVIDENCE_STANDING_UNKNOWN" } };
  if (unknown !== undefined)
    return { name, evaluation, said: reportUnseen(unknown.reason, `${name}: ${unknown.message}`) };
  const [said] = failed;
  if (said !== undefined) return { name, evaluation, said };
  return doubt === undefined && hidden === undefined ? { name, evaluation, said: "pass" } : undefined;
}

const alone = new WeakMap<BenchmarkRule, readonly [BenchmarkRule]>();

/** The same list for the same rule, so that what is remembered of it is found again. */
function listAlone(rule: BenchmarkRule): readonly [BenchmarkRule] {
  const list = alone.get(rule) ?? ([rule] as const);
  alone.set(rule, list);
  return list;
}

/** Whoever can push can attach so much that signatures are not seen to the end. */
function isOfSigners({ reason }: FailResult): boolean {
  return reason === "SIGNATURES_TOO_MANY" || reason === "SIGNATURE_INVALID";
}
