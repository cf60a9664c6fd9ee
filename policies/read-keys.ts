import type { PolicySet } from "./policy.ts";
import { evidenceAnnotation, promptDigestAnnotation } from "./workload.ts";

/** The labels and annotations of an object that any decision under a policy set depends on. */
export interface ReadKeys {
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
}

export function keysReadBy({ policies }: PolicySet): ReadKeys {
  const sources = policies.flatMap(({ sources: { modelName, modelVersion, environment } }) => [
    ...modelName,
    ...modelVersion,
    ...environment,
  ]);
  return {
    labels: new Set([
      ...policies.flatMap(({ scope }) => scope.objectLabels),
      ...sources.flatMap(({ label }) => label ?? []),
    ]),
    annotations: new Set([
      evidenceAnnotation,
      promptDigestAnnotation,
      ...sources.flatMap(({ annotation }) => annotation ?? []),
    ]),
  };
}
