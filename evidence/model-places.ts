import type { Digest } from "../policies/digest.ts";
import { toEvidenceKey } from "../policies/evidence.ts";
import type { Policy } from "../policies/policy.ts";
import type { Workload } from "../policies/workload.ts";

/** Where something that refers to a model may lie. */
export interface ModelPlace {
  readonly repository: string;
  /** The model's. */
  readonly digest: Digest;
}

/**
 * Where to look for what refers to the workload's models: the model's own repository, where one of the policies trusts it, and
 * every repository that one of them names in full. Each once; nothing is asked of a repository that none of them trusts.
 */
export function listModelPlaces({ models }: Pick<Workload, "models">, policies: readonly Policy[]): ModelPlace[] {
  const places = models.flatMap(({ name, digest }) => {
    if (digest === undefined) return [];
    const own = name !== undefined && policies.some((policy) => trusts(policy, name)) ? [name] : [];
    const named = policies.flatMap(({ repositories }) => repositories.filter(({ exact }) => exact));
    return [...own, ...named.map(({ text }) => text)].map((repository) => ({ repository, digest }));
  });
  return onceEach(places);
}

/**
 * The same, and every repository of a reference of the workload's that one of the policies trusts: what is as new as the evidence
 * lies where the evidence lies.
 */
export function listEvaluationPlaces(
  { models, references }: Pick<Workload, "models" | "references">,
  policies: readonly Policy[],
): ModelPlace[] {
  const named = references.entries.flatMap((one) => (one.kind === "full" ? [one.repository] : []));
  const trusted = named.filter((repository) => policies.some((policy) => trusts(policy, repository)));
  const besides = models.flatMap(({ digest }) =>
    digest === undefined ? [] : trusted.map((repository) => ({ repository, digest })),
  );
  return onceEach([...listModelPlaces({ models }, policies), ...besides]);
}

function onceEach(places: readonly ModelPlace[]): ModelPlace[] {
  return [...new Map(places.map((place) => [toEvidenceKey(place.repository, place.digest), place])).values()];
}

function trusts({ repositories }: Policy, name: string): boolean {
  return repositories.some((pattern) => pattern.matches(name));
}
