import type { Artifact } from "../policies/artifact.ts";
import type { Policy } from "../policies/policy.ts";

/**
 * True when the policy cannot judge the artifact by its annotations: it asks for benchmarks, or for an age, be it in an
 * expression. EvalHub's results state their age in the content, and anyone who starts a job may annotate another.
 */
export function needsContent({ requirements }: Policy, { kind }: Artifact): boolean {
  if (isContentEvidence({ kind })) return true;
  return requirements.some(
    ({ benchmarks, maxAgeMs, expressions = [] }) =>
      benchmarks !== undefined ||
      expressions.some(({ reads }) => reads.has("benchmarks")) ||
      (kind !== "generic" && (maxAgeMs !== undefined || expressions.some(({ reads }) => reads.has("createdAt")))),
  );
}

/**
 * True for a kind whose manifest proves nothing by itself: EvalHub publishes a card of a failed job, too, and what stands
 * beside a signed statement is not signed.
 */
export function isContentEvidence({ kind }: Pick<Artifact, "kind">): boolean {
  return kind === "evaluation-card" || kind === "attestation";
}
