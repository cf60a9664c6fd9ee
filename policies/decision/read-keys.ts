import type { Keys } from "../expression.ts";
import type { PolicySet } from "../policy.ts";
import { evidenceAnnotation, promptDigestAnnotation } from "../workload.ts";

/** What of an object's metadata and flags any decision under a policy set depends on. Everything else of a workload may matter. */
export interface ReadKeys {
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
  /** Besides, of the object's own metadata and not its pods'. */
  readonly own: { readonly labels: Keys; readonly annotations: Keys };
  readonly namespaceLabels: ReadonlySet<string>;
  /** Names of flags, with their dashes. */
  readonly flags: ReadonlySet<string>;
}

/** The keys of metadata that any policy of the set reads. */
export function listKeysRead({ policies }: PolicySet): ReadKeys {
  const sources = policies.flatMap(({ sources: { modelName, modelVersion, environment } }) => [
    ...modelName,
    ...modelVersion,
    ...environment,
  ]);
  const expressions = policies
    .flatMap(({ requirements }) => requirements)
    .flatMap(({ expressions: asked }) => asked ?? [])
    .map(({ keys }) => keys);
  return {
    labels: new Set(sources.flatMap(({ label }) => label ?? [])),
    annotations: new Set([
      evidenceAnnotation,
      promptDigestAnnotation,
      ...sources.flatMap(({ annotation }) => annotation ?? []),
    ]),
    own: {
      labels: union([
        new Set(policies.flatMap(({ scope }) => scope.objectLabels)),
        ...expressions.map(({ labels }) => labels),
      ]),
      annotations: union(expressions.map(({ annotations }) => annotations)),
    },
    namespaceLabels: new Set([
      ...policies.flatMap(({ scope }) => scope.namespaceLabels),
      ...sources.flatMap(({ namespaceLabel }) => namespaceLabel ?? []),
    ]),
    flags: new Set(sources.flatMap(({ argument }) => argument ?? [])),
  };
}

function union(sets: readonly Keys[]): Keys {
  const all = new Set<string>();
  for (const keys of sets) {
    if (keys === "all") return "all";
    for (const key of keys) all.add(key);
  }
  return all;
}
