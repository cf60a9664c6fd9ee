import { isFields } from "../workload/shape.ts";
import type { ClusterObject } from "./finding.ts";
import { findControllerOwner } from "./owner.ts";

/**
 * Whether the object runs anything, or will by itself. A pod or job that has ended does not, and neither does a replica set of
 * an older revision, which its deployment keeps without pods.
 */
export function isRunning({ group, kind, object }: ClusterObject): boolean {
  const { status, spec } = isFields(object) ? object : {};
  if (group === "" && kind === "Pod") return !(isFields(status) && isEnd(status["phase"]));
  if (group === "batch" && kind === "Job") return !(isFields(status) && hasEnded(status["conditions"]));
  if (group === "apps" && kind === "ReplicaSet" && findControllerOwner(object) !== undefined)
    return !(isFields(spec) && spec["replicas"] === 0);
  return true;
}

/** https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
function isEnd(phase: unknown): boolean {
  return phase === "Succeeded" || phase === "Failed";
}

function hasEnded(conditions: unknown): boolean {
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (one: unknown) =>
        isFields(one) && one["status"] === "True" && (one["type"] === "Complete" || one["type"] === "Failed"),
    )
  );
}
