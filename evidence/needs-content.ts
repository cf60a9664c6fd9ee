import type { Artifact } from "../policies/artifact.ts";
import { has, type Policy } from "../policies/policy.ts";

/**
 * True when the policy cannot judge the artifact by its annotations: it asks for benchmarks, or for an age that no
 * annotation states.
 */
export function needsContent({ requirements, annotationKeys }: Policy, { annotations }: Artifact): boolean {
  const isDated = annotationKeys.createdAt.some((key) => has(annotations, key));
  return requirements.some(
    ({ benchmarks, maxAgeMs }) => benchmarks !== undefined || (maxAgeMs !== undefined && !isDated),
  );
}
