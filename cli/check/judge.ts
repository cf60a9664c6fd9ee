import { createDeadline } from "../../webhook/server/deadline.ts";
import type { Gate, ReviewResult } from "../../webhook/admission/gate.ts";
import type { Review } from "../../webhook/admission/review.ts";
import type { Manifest } from "./manifests.ts";

/** A manifest, what the API server would have asked about it, and the gate's answer. */
export interface ManifestResult {
  readonly manifest: Manifest;
  readonly review: Review;
  readonly result: ReviewResult;
}

/** One manifest after the other, each within `timeoutMs`, as the webhook would judge its creation. */
export async function evaluateManifests(
  gate: Gate,
  manifests: readonly Manifest[],
  timeoutMs: number,
): Promise<ManifestResult[]> {
  const judged: ManifestResult[] = [];
  for (const [at, manifest] of manifests.entries()) {
    const review = toReview(manifest, at);
    const deadline = createDeadline("", timeoutMs);
    try {
      judged.push({ manifest, review, result: await gate.judge(review, deadline) });
    } finally {
      deadline.clear();
    }
  }
  return judged;
}

/** The review that the API server would send for `kubectl create`. The user is nobody: no controller's children are waved through. */
export function toReview(
  { group, version, kind, namespace, name, object }: Omit<Manifest, "file" | "labels">,
  at: number,
): Review {
  return {
    uid: `assaygate-check-${at + 1}`,
    operation: "CREATE",
    kind: { group, version, kind },
    namespace: namespace === "" ? "default" : namespace,
    name,
    user: { username: "assaygate check", groups: [] },
    dryRun: true,
    object,
    oldObject: null,
  };
}
