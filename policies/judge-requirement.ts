import type { Artifact } from "./artifact.ts";
import type { Evidence, EvidenceReference, EvidenceSet } from "./evidence.ts";
import { evidenceKey } from "./evidence.ts";
import { isEvaluation, readEvaluation, type Evaluation } from "./evaluation.ts";
import { checks } from "./checks/index.ts";
import type { CheckInput } from "./checks/check.ts";
import { error, fail, pass, type CheckResult, type Finding } from "./finding.ts";
import type { ModelIdentity } from "./identify.ts";
import type { Policy, Requirement } from "./policy.ts";
import { reasons } from "./reasons.ts";
import { show, showAll } from "./show.ts";
import type { Workload } from "./workload.ts";

/** `pass` beats `error` beats `fail` among evaluations, for one proof is enough; the other way round among requirements. */
export type Outcome = "pass" | "error" | "fail";

export interface Judgement {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

/** One reference seen by one policy: an evaluation to check, or a result that stands in the way of one. */
export interface Exhibit {
  /** For messages: `repository@digest`, or the reference as written. */
  readonly name: string;
  readonly evaluation: Evaluation | undefined;
  readonly obstacle: CheckResult;
}

export type Asked = Omit<CheckInput, "evaluation"> & { readonly policy: Policy };

/**
 * One requirement about one model: it holds when one single evaluation passes every check. When it holds, only that
 * evaluation's findings remain; when not, those of all of them do, the evaluation that came closest first.
 */
export function judgeRequirement(asked: Asked, exhibits: readonly Exhibit[]): Judgement {
  const { references } = asked.workload;
  if (references.problem !== undefined) return alone(asked, fail("EVIDENCE_MALFORMED", { expected: "usable references", found: "none", message: references.problem }));
  if (exhibits.length === 0) {
    const message = "no annotation assaygate.dev/evaluation on the object or its pod template";
    return alone(asked, fail("EVIDENCE_MISSING", { expected: "an evaluation", found: "none", message }));
  }
  const judgements = exhibits.map((exhibit) => judgeExhibit(asked, exhibit)).toSorted(byCloseness);
  const [best] = judgements;
  if (best?.outcome === "pass") return best;
  return { outcome: judgements.some(({ outcome }) => outcome === "error") ? "error" : "fail", findings: judgements.flatMap(({ findings }) => findings) };
}

/** What each reference of the workload comes to under this policy: its repositories, its annotation keys. */
export function exhibit(workload: Workload, policy: Policy, evidence: EvidenceSet): Exhibit[] {
  const exhibits = new Map<string, Exhibit>();
  for (const reference of workload.references.entries) {
    const { name, found } = lookUp(reference, policy, evidence);
    exhibits.set(name, found.kind === "found" ? understand(name, found.artifact, policy) : { name, evaluation: undefined, obstacle: obstacleOf(found) });
  }
  return [...exhibits.values()];
}

function understand(name: string, artifact: Artifact, { annotationKeys }: Policy): Exhibit {
  if (isEvaluation(artifact, annotationKeys)) return { name, evaluation: readEvaluation(artifact, annotationKeys), obstacle: pass };
  const message = "the artifact carries no evaluation annotations: it may be something else altogether";
  return { name, evaluation: undefined, obstacle: fail("ARTIFACT_INVALID", { expected: "an evaluation", found: "none", message }) };
}

function lookUp(reference: EvidenceReference, policy: Policy, evidence: EvidenceSet): { name: string; found: Evidence } {
  switch (reference.kind) {
    case "malformed":
      return { name: show(reference.text), found: { kind: "refused", reason: "EVIDENCE_MALFORMED", message: reference.problem } };
    case "full": {
      const name = evidenceKey(reference.repository, reference.digest);
      if (policy.repositories.some((pattern) => pattern.matches(reference.repository))) return { name, found: evidence.get(name) ?? notLookedFor };
      const message = `${show(reference.repository)} is not among the policy's repositories: ${repositoriesOf(policy)}`;
      return { name, found: { kind: "refused", reason: "REPOSITORY_NOT_TRUSTED", message } };
    }
    case "bare": {
      const places = policy.repositories.filter(({ exact }) => exact).map(({ text }) => evidenceKey(text, reference.digest));
      const answers = places.map((name) => ({ name, found: evidence.get(name) ?? notLookedFor }));
      const [best] = answers.toSorted((a, b) => preference[a.found.kind] - preference[b.found.kind]);
      const hint = `the policy lists only patterns (${repositoriesOf(policy)}), so a bare digest cannot be looked up: name the repository`;
      return best ?? { name: reference.text, found: { kind: "absent", message: hint } };
    }
  }
}

/** Among the places where a bare digest may lie: a proof, then a doubt, then a refusal. */
const preference = { found: 0, unavailable: 1, refused: 2, absent: 3 } as const;

const notLookedFor: Evidence = { kind: "unavailable", reason: "INTERNAL_ERROR", message: "the evidence was not looked for" };

function obstacleOf(found: Exclude<Evidence, { kind: "found" }>): CheckResult {
  const facts = { expected: "an evaluation", found: found.kind, message: found.message };
  switch (found.kind) {
    case "absent":
      return fail("EVIDENCE_NOT_FOUND", facts);
    case "refused":
      return fail(found.reason, facts);
    case "unavailable":
      return error(found.reason, facts);
  }
}

function judgeExhibit(asked: Asked, { name, evaluation, obstacle }: Exhibit): Judgement {
  const results: [string, CheckResult][] =
    evaluation === undefined
      ? [["evidence", obstacle]]
      : checks.flatMap((check) => [check.run({ ...asked, evaluation })].flat().map((result): [string, CheckResult] => [check.id, result]));
  const findings = results.map(([check, result]) => toFinding(asked, check, result, name));
  return { outcome: outcomeOf(findings), findings };
}

/** A disproof is certain whatever else could not be looked at; and where every check skipped, nothing was proved. */
function outcomeOf(findings: readonly Finding[]): Outcome {
  if (findings.some(({ outcome }) => outcome === "fail")) return "fail";
  if (findings.some(({ outcome }) => outcome === "error")) return "error";
  return findings.some(({ outcome }) => outcome === "pass") ? "pass" : "fail";
}

const rank = { pass: 0, error: 1, fail: 2 } as const;

/** Best outcome first, then fewest problems, then by name, so that the order of references never shows. */
function byCloseness(a: Judgement, b: Judgement): number {
  return rank[a.outcome] - rank[b.outcome] || problems(a) - problems(b) || (nameIn(a) < nameIn(b) ? -1 : 1);
}

function problems({ findings }: Judgement): number {
  return findings.filter(({ outcome }) => outcome === "fail" || outcome === "error").length;
}

function nameIn({ findings }: Judgement): string {
  return findings[0]?.evidence ?? "";
}

function alone(asked: Asked, result: CheckResult): Judgement {
  const findings = [toFinding(asked, "evidence", result, undefined)];
  return { outcome: outcomeOf(findings), findings };
}

export function toFinding({ policy, requirement, model, workload }: { policy: Policy; requirement: Requirement; model: ModelIdentity; workload: Workload }, check: string, result: CheckResult, evidence: string | undefined): Finding {
  const place = {
    policy: policy.name,
    requirement: requirement.name,
    check,
    field: workload.references.field,
    ...(evidence === undefined ? {} : { evidence }),
    ...(model.names[0] === undefined ? {} : { model: show(model.names[0]) }),
  };
  if (result.outcome === "pass" || result.outcome === "skip") return { ...place, outcome: result.outcome };
  const { outcome, reason, expected, found, message, field = place.field } = result;
  return { ...place, outcome, reason, expected, found, message, remedy: reasons[reason].remedy, field };
}

function repositoriesOf({ repositories }: Policy): string {
  return showAll(repositories.map(({ text }) => text));
}
