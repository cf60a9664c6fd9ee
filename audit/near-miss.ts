import type { ArtifactCache } from "../evidence/artifact-cache.ts";
import { collectEvidence } from "../evidence/collect.ts";
import type { Discovery } from "../evidence/discovery.ts";
import { findModelIndexes } from "../evidence/model-index/find-indexes.ts";
import type { ModelIndexCache } from "../evidence/model-index/index-cache.ts";
import type { Deadline } from "../evidence/search.ts";
import type { RevocationCache } from "../evidence/signature/revocation/revocation-cache.ts";
import type { SignatureCache } from "../evidence/signature/signature-cache.ts";
import { decide, selectPolicies, type DecideSettings } from "../policies/decision/decide.ts";
import { isFailed, type Decision } from "../policies/decision.ts";
import type { EvidenceReference, EvidenceSet } from "../policies/evidence.ts";
import type { FailedFinding } from "../policies/finding.ts";
import type { Policy } from "../policies/policy.ts";
import { evidenceAnnotation, maxReferences, type Workload } from "../policies/workload.ts";

/** What there is of a denied workload's model in the repositories of its policies. */
export type NearMiss =
  /** With this annotation the workload would be admitted. */
  | { readonly kind: "found"; readonly annotation: { readonly key: string; readonly value: string } }
  /** Nothing would do; this comes closest. */
  | { readonly kind: "closest"; readonly evidence: string; readonly lacks: readonly string[] }
  /** There is nothing, or it could not be looked for: why, in one line. */
  | { readonly kind: "none"; readonly message: string };

/** Where evidence is looked for. */
export interface NearMissSources {
  readonly store: ArtifactCache;
  readonly discovery: Discovery;
  readonly signatures?: SignatureCache;
  readonly revocations?: RevocationCache;
  readonly modelIndexes?: ModelIndexCache;
}

/** A workload that was denied, and by what. */
export interface DeniedWorkload {
  readonly workload: Workload;
  readonly policies: readonly Policy[];
  readonly settings: DecideSettings;
  readonly now: Date;
}

/**
 * Looks in the repositories of the policies for evidence about the models of a denied workload, and decides anew with all that is
 * there. For people who ask, and never during a review: that it is there does not make it the workload's. Bounded by what
 * discovery looks at. Undefined where the workload names no model by its digest, by which evaluations are found. Never rejects but
 * for bugs.
 */
export async function findNearMiss(
  sources: NearMissSources,
  denied: DeniedWorkload,
  deadline: Deadline,
): Promise<NearMiss | undefined> {
  const policies = selectPolicies(denied.workload, denied.policies);
  if (denied.workload.models.every(({ digest }) => digest === undefined)) return undefined;
  const searched = policies.map((policy) => ({ ...policy, discover: true }));
  const { references, problems } = await sources.discovery.find(denied.workload, searched, deadline);
  if (references.length === 0) return { kind: "none", message: sayNothing(policies, problems) };
  const asked = { references: [...references, ...(denied.workload.listed?.references ?? [])], policies };
  const evidence = await collectEvidence(sources.store, asked, deadline, sources.signatures, sources.revocations);
  const question = { ...denied, policies, evidence };
  const workload = await withIndexes(sources, question, references, deadline);
  return choose(question, workload);
}

interface Question extends DeniedWorkload {
  readonly evidence: EvidenceSet;
}

async function withIndexes(
  { modelIndexes: cache }: NearMissSources,
  { workload, evidence, policies }: Question,
  references: readonly EvidenceReference[],
  deadline: Deadline,
): Promise<Workload> {
  const named = naming(workload, references);
  const modelIndexes = await findModelIndexes(cache, named, evidence, policies, deadline);
  return modelIndexes === undefined ? named : { ...named, modelIndexes };
}

/** The workload as if it named these and nothing else. */
function naming({ discovered: _1, ...workload }: Workload, references: readonly EvidenceReference[]): Workload {
  return { ...workload, references: { ...workload.references, entries: references, problem: undefined } };
}

/** The least that would do of what was found: what the requirements that hold were met by. */
function choose(question: Question, workload: Workload): NearMiss {
  const decision = judge(question, workload);
  if (decision.verdict === "deny") return findClosest(decision);
  const used = new Set(decision.findings.flatMap(({ outcome, evidence = [] }) => (outcome === "pass" ? evidence : [])));
  const { entries } = workload.references;
  const fewest = entries.filter(({ text }) => used.has(text));
  // A statement counts together with the evaluation that it is about, and only one of them is named in a finding.
  const enough = [fewest, entries].find(
    (some) => some.length <= maxReferences && judge(question, naming(workload, some)).verdict !== "deny",
  );
  if (enough === undefined)
    return { kind: "none", message: `more evidence would have to be named than the ${maxReferences} that are read` };
  return { kind: "found", annotation: { key: evidenceAnnotation, value: enough.map(({ text }) => text).join(", ") } };
}

function judge({ evidence, policies, settings, now }: Question, workload: Workload): Decision {
  return decide({ workload, evidence, policies, exceptions: [], now, settings });
}

/** So many of the things that it lacks are told. */
const maxLacks = 5;

/** The evidence that the fewest things stand against. */
function findClosest({ findings }: Decision): NearMiss {
  const failed = findings.filter(isFailed);
  const byEvidence = [...Map.groupBy(failed, ({ evidence = "" }) => evidence)].filter(([evidence]) => evidence !== "");
  const [closest] = byEvidence.toSorted(([a, inA], [b, inB]) => inA.length - inB.length || (a < b ? -1 : 1));
  if (closest === undefined) {
    const [first] = failed;
    return { kind: "none", message: first === undefined ? "nothing would do" : sayLack(first) };
  }
  const [evidence, lacks] = closest;
  return { kind: "closest", evidence, lacks: [...new Set(lacks.map(sayLack))].slice(0, maxLacks) };
}

function sayLack({ reason, message }: FailedFinding): string {
  return `${reason}: ${message}`;
}

function sayNothing(policies: readonly Policy[], problems: readonly { readonly message: string }[]): string {
  const [problem] = problems;
  if (problem !== undefined) return `its evaluations could not be looked for: ${problem.message}`;
  const places = [...new Set(policies.flatMap(({ repositories }) => repositories.map(({ text }) => text)))];
  return `no evaluation refers to the model in ${places.join(", ")}`;
}
