import type { Artifact } from "../policies/artifact.ts";
import type { Policy } from "../policies/policy.ts";

/**
 * True when the policy cannot judge the artifact by its annotations: it asks for benchmarks, or for an age, which in EvalHub's
 * results the content states and anyone who starts a job may annotate.
 */
export function needsContent({ requirements }: Policy, { kind }: Artifact): boolean {
  return requirements.some(
    ({ benchmarks, maxAgeMs }) => benchmarks !== undefined || (maxAgeMs !== undefined && kind !== "generic"),
  );
}
