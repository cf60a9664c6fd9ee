import type { ArtifactCache } from "../../evidence/artifact-cache.ts";
import { collectEvidence } from "../../evidence/collect.ts";
import type { Deadline } from "../../evidence/search.ts";
import { asksForDiscovery, type Discovery } from "../../evidence/discovery.ts";
import { findModelSignatures, type ModelSignatureCache } from "../../evidence/model-signatures.ts";
import { findModelIndexes } from "../../evidence/model-index/find-indexes.ts";
import type { ModelIndexCache } from "../../evidence/model-index/index-cache.ts";
import type { RevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import type { SignatureCache } from "../../evidence/signature/signature-cache.ts";
import { selectPolicies } from "../../policies/decision/decide.ts";
import { toEvidenceKey, type EvidenceReference, type EvidenceSet } from "../../policies/evidence.ts";
import type { Policy, PolicySet } from "../../policies/policy.ts";
import type { StringMap, Workload } from "../../policies/workload.ts";
import { andThen, both, isNow, type NowOrLater } from "../../runtime/now-or-later.ts";
import { waitUnlessAborted } from "../../runtime/unless-aborted.ts";
import { readWorkload } from "../../workload/read.ts";
import type { ClaimAnswer } from "../../workload/hardware/claims.ts";
import { cluster, type ClaimResolver, type ConfigMapResolver } from "../cluster/resolvers.ts";
import { listClaims, listConfigMaps, withAnswers } from "./cluster-questions.ts";
import type { EarlyAnswer, Judgeable, TriageDependencies } from "./triage.ts";
import type { ObjectState } from "./readings/object-state.ts";
import { triageWorkload, type JudgeableWorkload, type ReadableWorkload } from "./triage-workload.ts";

/** What the cluster can be asked about a workload. */
export interface Resolvers {
  /** Without one, claims in other objects stay unknown. */
  readonly claims?: ClaimResolver | undefined;
  /** Without one, an environment that comes from a config map may set any variable. */
  readonly configMaps?: ConfigMapResolver | undefined;
}

/** Everybody who is asked. */
export interface GatherDependencies extends TriageDependencies, Resolvers {
  /** Labels of a namespace, or undefined where they cannot be looked up. */
  namespaceLabels(namespace: string): StringMap | undefined;
  /** Asks once for the labels of a namespace that {@link namespaceLabels} does not know. Never rejects. */
  lookUpNamespace?(namespace: string, deadline: Deadline): Promise<StringMap | undefined>;
  readonly store: ArtifactCache;
  /** Without one, nothing that must be signed is admitted. */
  readonly signatures?: SignatureCache;
  /** Without one, nothing counts that somebody may revoke. */
  readonly revocations?: RevocationCache;
  /** Without one, no model that must be signed itself is admitted. */
  readonly modelSignatures?: ModelSignatureCache;
  /** Without one, evidence about an image index is about no manifest in it. */
  readonly modelIndexes?: ModelIndexCache;
  /** Without one, nothing is found that a workload does not name. */
  readonly discovery?: Discovery;
  /** Milliseconds of a monotonic clock. */
  elapsedMs(): number;
}

/** Everything that a decision rests on but policies and time. */
export interface Facts {
  readonly workload: Workload;
  readonly evidence: EvidenceSet;
  readonly state: ObjectState;
  /** When the workload was read, by {@link GatherDependencies.elapsedMs}. */
  readonly readMs: number;
  /** True when the evidence was at hand and nothing was fetched. */
  readonly cached: boolean;
}

/**
 * What has to be known of a review: at once where all of it is at hand. This is the only file between a review and its answer
 * that may wait. First come the labels of the namespace, for they can tell that nothing else is needed; then, at the same time,
 * the evidence and what the cluster says of claims and config maps. Never rejects but for bugs and unreadable objects.
 */
export function gather(
  dependencies: GatherDependencies,
  set: PolicySet,
  judgeable: Judgeable,
  deadline: Deadline,
): NowOrLater<EarlyAnswer | Facts> {
  return andThen(resolveNamespace(dependencies, judgeable.review.namespace, deadline), (labels) =>
    gatherFacts(dependencies, set, triageWorkload(dependencies, set, judgeable, labels), deadline),
  );
}

/** A namespace may have been made a moment ago, together with what is in it. */
function resolveNamespace(
  dependencies: GatherDependencies,
  namespace: string,
  deadline: Deadline,
): NowOrLater<StringMap | undefined> {
  const labels = dependencies.namespaceLabels(namespace);
  return labels === undefined && namespace !== "" ? dependencies.lookUpNamespace?.(namespace, deadline) : labels;
}

/** What waits here does not hold the object under review, which is the most of a review. */
function gatherFacts(
  dependencies: GatherDependencies,
  set: PolicySet,
  triaged: EarlyAnswer | JudgeableWorkload,
  deadline: Deadline,
): NowOrLater<EarlyAnswer | Facts> {
  if ("decision" in triaged) return triaged;
  const readMs = dependencies.elapsedMs();
  const { state } = triaged;
  const policies = selectPolicies(triaged.workload, set.policies);
  const collected = gatherEvidence(dependencies, triaged.workload, policies, deadline);
  const cached = isNow(collected);
  const resolved = andThen(resolveWorkload(dependencies, triaged, policies, deadline), (known) =>
    withModelSignatures(dependencies, known, policies, deadline),
  );
  return andThen(both(collected, resolved), ([{ evidence, found }, known]) => {
    const workload = found === undefined ? known : { ...known, ...found };
    const complete = withModelIndexes(dependencies, workload, evidence, policies, deadline);
    const isCached = cached && isNow(complete);
    return andThen(complete, (whole) => ({ workload: whole, evidence, state, readMs, cached: isCached }));
  });
}

/** The workload with who signed its models themselves, where a policy asks. */
function withModelSignatures(
  { modelSignatures: cache }: GatherDependencies,
  workload: Workload,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<Workload> {
  return andThen(findModelSignatures(cache, workload, policies, deadline), (modelSignatures) =>
    modelSignatures === undefined ? workload : { ...workload, modelSignatures },
  );
}

/** The workload with what is known of the digests by which evidence names its models otherwise than it does itself. */
function withModelIndexes(
  { modelIndexes: cache }: GatherDependencies,
  workload: Workload,
  evidence: EvidenceSet,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<Workload> {
  return andThen(findModelIndexes(cache, workload, evidence, policies, deadline), (modelIndexes) =>
    modelIndexes === undefined ? workload : { ...workload, modelIndexes },
  );
}

/** Evidence, and what was found without being named. */
interface Collected {
  readonly evidence: EvidenceSet;
  /** Of a workload: what was discovered, and what was listed. */
  readonly found?: Pick<Workload, "discovered" | "listed">;
}

/** The evidence that a decision reads: what the workload names or was discovered, and what may stand against it. */
function gatherEvidence(
  dependencies: GatherDependencies,
  workload: Workload,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<Collected> {
  const own = gatherOwn(dependencies, workload, policies, deadline);
  const newest = policies.filter((policy) => policy.newest);
  const { discovery } = dependencies;
  if (discovery === undefined || newest.length === 0) return own;
  return andThen(both(own, discovery.list(workload, newest, deadline)), ([{ evidence, found }, listed]) => {
    const others = listed.references.filter((one) => one.kind !== "full" || !isIn(evidence, one));
    return andThen(collect(dependencies, others, newest, deadline), (rest) => ({
      evidence: new Map([...rest, ...evidence]),
      found: { ...found, listed },
    }));
  });
}

function isIn(evidence: EvidenceSet, { repository, digest }: Extract<EvidenceReference, { kind: "full" }>): boolean {
  return evidence.has(toEvidenceKey(repository, digest));
}

/** The evidence that the workload names; where it names none and a policy lets the gate look, what refers to its models. */
function gatherOwn(
  dependencies: GatherDependencies,
  workload: Workload,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<Collected> {
  const { discovery } = dependencies;
  if (discovery === undefined || !asksForDiscovery(workload, policies))
    return andThen(collect(dependencies, workload.references.entries, policies, deadline), (evidence) => ({
      evidence,
    }));
  return andThen(discovery.find(workload, policies, deadline), (discovered) =>
    andThen(collect(dependencies, discovered.references, policies, deadline), (evidence) => ({
      evidence,
      found: { discovered },
    })),
  );
}

function collect(
  { store, signatures, revocations }: GatherDependencies,
  references: readonly EvidenceReference[],
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<EvidenceSet> {
  return collectEvidence(store, { references, policies }, deadline, signatures, revocations);
}

/**
 * The workload with what the cluster says of its claims and config maps, where a policy minds; otherwise as it is, at once.
 *
 * The names of both stand only in a reading, and the variables that a config map sets can change which models it finds. So it
 * is read once more when the answers are there, with all of them: a workload of which nothing was asked is read once.
 */
export function resolveWorkload(
  { claims, configMaps }: Resolvers,
  readable: ReadableWorkload,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<Workload> {
  const { input, workload } = readable;
  const { namespace } = input;
  const keys =
    configMaps &&
    askCluster(listConfigMaps(readable, policies), undefined, deadline, (name, signal) =>
      configMaps.listKeys(namespace, name, signal),
    );
  const answers =
    claims &&
    askCluster(listClaims(workload, policies), late, deadline, (claim, signal) =>
      claims.resolve(namespace, claim, signal),
    );
  if (keys === undefined && answers === undefined) return workload;
  return andThen(both(keys, answers), ([known, answered]) => readWorkload(withAnswers(input, known, answered)));
}

const late: ClaimAnswer = {
  kind: "unavailable",
  why: "the review's time was up before the API server answered",
};

/** The answer to each question, by its key; `otherwise` where the review's time was up before. Undefined without questions. */
function askCluster<Question, Answer>(
  questions: ReadonlyMap<string, Question>,
  otherwise: Answer,
  deadline: Deadline,
  ask: (question: Question, signal: AbortSignal) => Promise<Answer>,
): Promise<ReadonlyMap<string, Answer>> | undefined {
  if (questions.size === 0) return undefined;
  const signal = deadline.signal(cluster);
  const answers = [...questions].map(async ([key, question]) => {
    const answer = await waitUnlessAborted(ask(question, signal), signal).catch(() => otherwise);
    return [key, answer] as const;
  });
  return Promise.all(answers).then((all) => new Map(all));
}
