import type { Check } from "../checks/check.ts";
import { checks } from "../checks/index.ts";
import { error, fail, skip, type ErrorResult, type FailResult, type Finding } from "../finding.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { CandidateEvaluation } from "./candidates.ts";
import type { NewestCheck } from "./newest/newest.ts";
import { locateFinding, type RequirementQuestion, toFinding } from "./place-finding.ts";

/** `pass` beats `error` beats `fail` among evaluations, for one proof is enough; the other way round among requirements. */
export type Outcome = "pass" | "error" | "fail";

/** What one requirement about one model comes to. */
export interface RequirementResult {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

/**
 * One requirement about one model: it holds when one single evaluation passes every check. When it holds, only that
 * evaluation's findings remain; when not, those of all of them do, the evaluation that came closest first. `checkNewest` says of
 * each whether it is the newest word, where the policy asks for that.
 */
export function evaluateRequirement(
  question: RequirementQuestion,
  candidates: readonly CandidateEvaluation[],
  checkNewest?: NewestCheck,
): RequirementResult {
  const { references } = question.workload;
  if (references.problem !== undefined)
    return alone(
      question,
      fail("EVIDENCE_MALFORMED", { expected: "usable references", found: "none", message: references.problem }),
    );
  if (candidates.length === 0) {
    const message = `no annotation assaygate.dev/evaluation on the object or its pod template${sayDiscovery(question)}`;
    return alone(question, fail("EVIDENCE_MISSING", { expected: "an evaluation", found: "none", message }));
  }
  const results = candidates
    .map((candidate) => evaluateCandidate(question, candidate, checkNewest))
    .toSorted(byCloseness);
  const [best] = results;
  if (best?.outcome === "pass") return best;
  return {
    outcome: results.some(({ outcome }) => outcome === "error") ? "error" : "fail",
    findings: results.flatMap(({ findings }) => findings),
  };
}

/** What came of looking for evaluations, where the policy lets the gate look. */
function sayDiscovery({ policy, workload, model }: RequirementQuestion): string {
  if (!policy.discover) return "";
  if (model.digest === undefined) return ", and the model is not named by digest, by which evaluations could be found";
  return workload.discovered === undefined ? "" : ", and no evaluation refers to the model";
}

function evaluateCandidate(
  question: RequirementQuestion,
  candidate: CandidateEvaluation,
  checkNewest: NewestCheck | undefined,
): RequirementResult {
  const place = locateFinding(question, candidate.name);
  if ("unusable" in candidate) return concludeFrom([toFinding(place, "evidence", candidate.unusable)]);
  const input = { ...question, evaluation: candidate.evaluation };
  const findings: Finding[] = [];
  for (const { id, run } of checks) {
    const result = run(input);
    if (isSeveral(result)) for (const one of result) findings.push(toFinding(place, id, one));
    else if (result.outcome !== "skip") findings.push(toFinding(place, id, result));
  }
  const newest = checkNewest?.(candidate.evaluation) ?? skip;
  if (newest.outcome !== "skip") findings.push(toFinding(place, "newest", newest));
  return concludeFrom(findings.length > 0 ? findings : [toFinding(place, "requirement", noCheckRan)]);
}

function isSeveral(result: ReturnType<Check["run"]>): result is NonEmpty<FailResult | ErrorResult> {
  return Array.isArray(result);
}

/** Cannot come about, because a requirement that asks for nothing does not load. If it does, nothing was proved. */
const noCheckRan = error("INTERNAL_ERROR", { expected: "at least one check", found: "none", message: "no check ran" });

/** A disproof is certain whatever else could not be looked at. */
function concludeFrom(findings: readonly Finding[]): RequirementResult {
  const has = (wanted: Outcome): boolean => findings.some(({ outcome }) => outcome === wanted);
  return { outcome: has("fail") || findings.length === 0 ? "fail" : has("error") ? "error" : "pass", findings };
}

const rank = { pass: 0, error: 1, fail: 2 } as const;

/** Best outcome first, then fewest problems, then by name, so that the order of references never shows. */
function byCloseness(a: RequirementResult, b: RequirementResult): number {
  return rank[a.outcome] - rank[b.outcome] || problems(a) - problems(b) || (getModelName(a) < getModelName(b) ? -1 : 1);
}

function problems({ findings }: RequirementResult): number {
  return findings.filter(({ outcome }) => outcome === "fail" || outcome === "error").length;
}

function getModelName({ findings }: RequirementResult): string {
  return findings[0]?.evidence ?? "";
}

function alone(question: RequirementQuestion, result: FailResult | ErrorResult): RequirementResult {
  return concludeFrom([toFinding(locateFinding(question, undefined), "evidence", result)]);
}
