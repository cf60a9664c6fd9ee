import type { Artifact } from "../../policies/artifact.ts";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import type { EvidenceSet } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import { has, type ModelIndex, type Workload } from "../../policies/workload.ts";
import { limits } from "../../registry/limits.ts";
import { allOf, andThen, type NowOrLater } from "../../runtime/now-or-later.ts";
import { listModelPlaces, type ModelPlace } from "../model-places.ts";
import { getHost } from "../registry-of.ts";
import type { Deadline } from "../search.ts";
import type { IndexAnswer, ModelIndexCache } from "./index-cache.ts";

/**
 * What the digests are, by which evidence and workload name the model where they name different ones: image indexes, or not. One
 * may be a part of the other. At once where it is remembered; undefined where there is no such pair, and then nobody is asked.
 * Never rejects but for bugs.
 */
export function findModelIndexes(
  cache: ModelIndexCache | undefined,
  workload: Workload,
  evidence: EvidenceSet,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<readonly ModelIndex[] | undefined> {
  const models = [...new Set(workload.models.flatMap(({ digest }) => digest ?? []))];
  if (cache === undefined || models.length === 0) return undefined;
  const others = listOthers(models, evidence, policies);
  if (others.length === 0) return undefined;
  const relevant = new Set([...models, ...others.slice(0, limits.indexesRead)]);
  // The first that is too many stands for all of them.
  const places = listPlaces(workload, [...others, ...models], policies).slice(0, limits.indexesRead + 1);
  const answers = places.map(({ repository, digest }, at) =>
    andThen(
      at < limits.indexesRead
        ? (cache.peek(repository, digest) ?? cache.lookUp(repository, digest, deadline.signal(getHost(repository))))
        : tooMany,
      (answer): ModelIndex => ({ repository, digest, found: toFound(answer, relevant) }),
    ),
  );
  return allOf(answers);
}

const tooMany: IndexAnswer = {
  kind: "refused",
  message: `more than ${limits.indexesRead} places would have to be searched for the image indexes that evidence is about`,
};

/** Where each digest may lie: where what refers to the workload's models is looked for, too. Each once. */
function listPlaces(workload: Workload, digests: readonly Digest[], policies: readonly Policy[]): ModelPlace[] {
  const repositories = [...new Set(listModelPlaces(workload, policies).map(({ repository }) => repository))];
  return digests.flatMap((digest) => repositories.map((repository) => ({ repository, digest })));
}

/** What evidence is about that names none of the models by its own digest. Evidence may be about other evidence: that is known. */
function listOthers(models: readonly Digest[], evidence: EvidenceSet, policies: readonly Policy[]): Digest[] {
  const artifacts = [...evidence.values()].flatMap((one) => (one.kind === "found" ? [one.artifact] : []));
  const own = new Set(artifacts.map(({ digest }) => digest));
  const others = artifacts.flatMap((artifact) => {
    const about = listSubjects(artifact, policies);
    return models.every((model) => about.includes(model)) ? [] : about;
  });
  return [...new Set(others)].filter((digest) => !own.has(digest) && !models.includes(digest));
}

/** Every digest by which an artifact may name a model. What stands beside an envelope is not signed with it. */
function listSubjects({ kind, content, subject, annotations }: Artifact, policies: readonly Policy[]): Digest[] {
  if (kind === "attestation") return content.kind === "read" ? [...(content.attestation?.subjects ?? [])] : [];
  const keys = new Set(policies.filter(asksForDigest).flatMap(({ annotationKeys }) => annotationKeys.modelDigest));
  const stated = [...keys].flatMap((key) => (has(annotations, key) ? (parseDigest(annotations[key] ?? "") ?? []) : []));
  return keys.size === 0 || subject === undefined ? stated : [subject, ...stated];
}

function asksForDigest({ requirements }: Policy): boolean {
  return requirements.some(({ model }) => model.digest !== undefined);
}

/** Of what an index lists, a decision needs to know only whether this workload or its evidence is in it. */
function toFound(answer: IndexAnswer, relevant: ReadonlySet<Digest>): ModelIndex["found"] {
  if (answer.kind !== "index") return answer;
  return { kind: "index", size: answer.lists.length, lists: answer.lists.filter((digest) => relevant.has(digest)) };
}
