import type { Artifact } from "../artifact.ts";
import type { Evidence, EvidenceReference, EvidenceSet } from "../evidence.ts";
import { evidenceKey } from "../evidence.ts";
import { attestEvaluation, isEvaluation, readEvaluation, type Evaluation } from "../evaluation.ts";
import { checks } from "../checks/index.ts";
import type { Check, CheckInput } from "../checks/check.ts";
import {
  bounded,
  error,
  fail,
  type CheckResult,
  type Disproof,
  type Doubt,
  type FailedFinding,
  type Finding,
} from "../finding.ts";
import type { NonEmpty, Policy } from "../policy.ts";
import { reasons } from "../reasons.ts";
import { show, showAll } from "../show.ts";
import type { Workload } from "../workload.ts";

/** `pass` beats `error` beats `fail` among evaluations, for one proof is enough; the other way round among requirements. */
export type Outcome = "pass" | "error" | "fail";

/** What one requirement about one model comes to. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
}

/** One reference seen by one policy: an evaluation to check, or what stands in the way of one. */
export type Exhibit =
  | { readonly name: string; readonly evaluation: Evaluation }
  | { readonly name: string; readonly obstacle: Disproof | Doubt };

/** What is asked of evaluations: all that a check reads but the evaluation. */
export type Asked = Omit<CheckInput, "evaluation"> & { readonly policy: Policy };

/**
 * One requirement about one model: it holds when one single evaluation passes every check. When it holds, only that
 * evaluation's findings remain; when not, those of all of them do, the evaluation that came closest first.
 */
export function judgeRequirement(asked: Asked, exhibits: readonly Exhibit[]): Judgement {
  const { references } = asked.workload;
  if (references.problem !== undefined)
    return alone(
      asked,
      fail("EVIDENCE_MALFORMED", { expected: "usable references", found: "none", message: references.problem }),
    );
  if (exhibits.length === 0) {
    const message = `no annotation assaygate.dev/evaluation on the object or its pod template${sayDiscovery(asked)}`;
    return alone(asked, fail("EVIDENCE_MISSING", { expected: "an evaluation", found: "none", message }));
  }
  const judgements = exhibits.map((exhibit) => judgeExhibit(asked, exhibit)).toSorted(byCloseness);
  const [best] = judgements;
  if (best?.outcome === "pass") return best;
  return {
    outcome: judgements.some(({ outcome }) => outcome === "error") ? "error" : "fail",
    findings: judgements.flatMap(({ findings }) => findings),
  };
}

/** What came of looking for evaluations, where the policy lets the gate look. */
function sayDiscovery({ policy, workload, model }: Asked): string {
  if (!policy.discover) return "";
  if (model.digest === undefined) return ", and the model is not named by digest, by which evaluations could be found";
  return workload.discovered === undefined ? "" : ", and no evaluation refers to the model";
}

/** What each reference of the workload comes to under this policy: its repositories, its annotation keys. */
export function exhibitsOf(workload: Workload, policy: Policy, evidence: EvidenceSet): Exhibit[] {
  const exhibits = new Map<string, Exhibit>();
  for (const reference of workload.references.entries) {
    const { name, found } = lookUp(reference, policy, evidence);
    exhibits.set(
      name,
      found.kind === "found" ? understand(name, found.artifact, policy) : { name, obstacle: obstacleOf(found) },
    );
  }
  return combine([...exhibits.values(), ...discoveriesOf(workload, policy, evidence)]);
}

/** A statement about an evaluation that is here as well gives results for it; alone, that statement proves nothing. */
function combine(exhibits: readonly Exhibit[]): Exhibit[] {
  const evaluations = exhibits.flatMap((exhibit) => ("evaluation" in exhibit ? [exhibit.evaluation] : []));
  if (evaluations.every(({ attestation }) => attestation === undefined)) return [...exhibits];
  return exhibits.flatMap((exhibit): Exhibit[] => {
    if (!("evaluation" in exhibit)) return [exhibit];
    const { name, evaluation: statement } = exhibit;
    const subjects = statement.attestation?.subjects ?? [];
    const about = evaluations.filter(
      ({ attestation, digest }) => attestation === undefined && subjects.includes(digest),
    );
    if (about.length === 0) return [exhibit];
    return [exhibit, ...about.map((one) => ({ name, evaluation: attestEvaluation(one, statement) }))];
  });
}

/** Of what refers to the workload's model: what this policy trusts, and takes for an evaluation. Much else may refer to it. */
function discoveriesOf({ discovered }: Workload, policy: Policy, evidence: EvidenceSet): Exhibit[] {
  if (discovered === undefined || !policy.discover) return [];
  const exhibits = discovered.references.flatMap((reference): Exhibit[] => {
    const { name, found } = lookUp(reference, policy, evidence);
    if (found.kind === "unavailable") return [{ name, obstacle: obstacleOf(found) }];
    const isOurs = found.kind === "found" && isEvaluation(found.artifact, policy.annotationKeys);
    return isOurs ? [understand(name, found.artifact, policy)] : [];
  });
  const unsearched = discovered.problems.map(({ place, ...problem }) => ({
    name: place,
    obstacle: obstacleOf(problem),
  }));
  return [...exhibits, ...unsearched];
}

/** What policies have read of artifacts that are still remembered. Both are frozen, so that reading them again gives the same. */
const understood = new WeakMap<Artifact, WeakMap<Policy, Exhibit>>();

function understand(name: string, artifact: Artifact, policy: Policy): Exhibit {
  const known = understood.get(artifact)?.get(policy);
  if (known?.name === name) return known;
  const exhibit = read(name, artifact, policy);
  const readings = understood.get(artifact) ?? new WeakMap<Policy, Exhibit>();
  understood.set(artifact, readings.set(policy, exhibit));
  return exhibit;
}

function read(name: string, artifact: Artifact, { annotationKeys }: Policy): Exhibit {
  if (isEvaluation(artifact, annotationKeys)) return { name, evaluation: readEvaluation(artifact, annotationKeys) };
  const message = "the artifact carries no evaluation annotations: it may be something else altogether";
  return { name, obstacle: fail("ARTIFACT_INVALID", { expected: "an evaluation", found: "none", message }) };
}

function lookUp(
  reference: EvidenceReference,
  policy: Policy,
  evidence: EvidenceSet,
): { name: string; found: Evidence } {
  switch (reference.kind) {
    case "malformed":
      return {
        name: show(reference.text),
        found: { kind: "refused", reason: "EVIDENCE_MALFORMED", message: reference.problem },
      };
    case "full": {
      const name = evidenceKey(reference.repository, reference.digest);
      if (policy.repositories.some((pattern) => pattern.matches(reference.repository)))
        return { name, found: evidence.get(name) ?? notLookedFor };
      const message = `${show(reference.repository)} is not among the policy's repositories: ${repositoriesOf(policy)}`;
      return { name, found: { kind: "refused", reason: "REPOSITORY_NOT_TRUSTED", message } };
    }
    case "bare": {
      const places = policy.repositories
        .filter(({ exact }) => exact)
        .map(({ text }) => evidenceKey(text, reference.digest));
      const answers = places.map((name) => ({ name, found: evidence.get(name) ?? notLookedFor }));
      const [best] = answers.toSorted((a, b) => preference[a.found.kind] - preference[b.found.kind]);
      const hint = `the policy lists only patterns (${repositoriesOf(policy)}), so a bare digest cannot be looked up: name the repository`;
      return best ?? { name: reference.text, found: { kind: "absent", message: hint } };
    }
  }
}

/** Among the places where a bare digest may lie: a proof, then a doubt, then a refusal. */
const preference = { found: 0, unavailable: 1, refused: 2, absent: 3 } as const;

const notLookedFor: Evidence = {
  kind: "unavailable",
  reason: "INTERNAL_ERROR",
  message: "the evidence was not looked for",
};

function obstacleOf(found: Exclude<Evidence, { kind: "found" }>): Disproof | Doubt {
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

function judgeExhibit(asked: Asked, exhibit: Exhibit): Judgement {
  const place = placeOf(asked, exhibit.name);
  if ("obstacle" in exhibit) return judgementOf([toFinding(place, "evidence", exhibit.obstacle)]);
  const input = { ...asked, evaluation: exhibit.evaluation };
  const findings: Finding[] = [];
  for (const { id, run } of checks) {
    const result = run(input);
    if (isSeveral(result)) for (const one of result) findings.push(toFinding(place, id, one));
    else if (result.outcome !== "skip") findings.push(toFinding(place, id, result));
  }
  return judgementOf(findings.length > 0 ? findings : [toFinding(place, "requirement", noCheckRan)]);
}

function isSeveral(result: ReturnType<Check["run"]>): result is NonEmpty<Disproof | Doubt> {
  return Array.isArray(result);
}

/** Cannot come about, because a requirement that asks for nothing does not load. If it does, nothing was proved. */
const noCheckRan = error("INTERNAL_ERROR", { expected: "at least one check", found: "none", message: "no check ran" });

/** A disproof is certain whatever else could not be looked at. */
function judgementOf(findings: readonly Finding[]): Judgement {
  const has = (wanted: Outcome): boolean => findings.some(({ outcome }) => outcome === wanted);
  return { outcome: has("fail") || findings.length === 0 ? "fail" : has("error") ? "error" : "pass", findings };
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

function alone(asked: Asked, result: Disproof | Doubt): Judgement {
  return judgementOf([toFinding(placeOf(asked, undefined), "evidence", result)]);
}

type Place = Pick<FailedFinding, "policy" | "requirement" | "field" | "evidence" | "model">;

function placeOf({ policy, requirement, model, workload }: Asked, evidence: string | undefined): Place {
  const [name] = model.names;
  return {
    policy: policy.name,
    requirement: requirement.name,
    field: workload.references.field,
    evidence,
    model: name === undefined ? undefined : show(name),
  };
}

function toFinding(
  { policy, requirement, field, evidence, model }: Place,
  check: string,
  result: Exclude<CheckResult, { outcome: "skip" }>,
): Finding {
  if (result.outcome === "pass") return { policy, requirement, check, outcome: "pass", evidence, model };
  const { outcome, reason, expected, found, message, field: own } = bounded(result);
  const { remedy } = reasons[reason];
  const at = own ?? field;
  return { policy, requirement, check, outcome, reason, expected, found, message, remedy, field: at, evidence, model };
}

function repositoriesOf({ repositories }: Policy): string {
  return showAll(repositories.map(({ text }) => text));
}
