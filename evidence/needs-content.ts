import type { Artifact } from "../policies/artifact.ts";
import type { Policy } from "../policies/policy.ts";

/**
 * True when the policy cannot judge the artifact by its annotations: it asks for benchmarks, or for an age, be it in an
 * expression. EvalHub's results state their age in the content, and anyone who starts a job may annotate another.
 */
export function needsContent({ requirements }: Policy, artifact: Artifact): boolean {
  if (isContentEvidence(artifact)) return true;
  const isAnnotated = artifact.kind === "generic" || artifact.kind === "image";
  return requirements.some(
    ({ benchmarks, maxAgeMs, expressions = [] }) =>
      benchmarks !== undefined ||
      expressions.some(({ reads }) => reads.has("benchmarks") || reads.has("evaluator")) ||
      (!isAnnotated && (maxAgeMs !== undefined || expressions.some(({ reads }) => reads.has("createdAt")))),
  );
}

/**
 * True for an artifact whose manifest proves nothing by itself: EvalHub publishes a card of a failed job, too; what stands
 * beside a signed statement is not signed; and an image without annotations may hold an evaluator's files, or a program.
 */
export function isContentEvidence({ kind, annotations }: Pick<Artifact, "kind" | "annotations">): boolean {
  if (kind === "image") return Object.keys(annotations).length === 0;
  return kind === "evaluation-card" || kind === "attestation";
}
