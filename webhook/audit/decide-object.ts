import type { ClusterObject, ObjectDecider } from "../../audit/finding.ts";
import type { Deadline } from "../../evidence/search.ts";
import { andThen } from "../../runtime/now-or-later.ts";
import type { Gate } from "../admission/gate.ts";
import type { Review } from "../admission/review.ts";

/** The time for one object. Let go of it when the object is done with. */
export interface ObjectDeadline extends Deadline {
  clear(): void;
}

/**
 * Decides about objects by a gate, each inside a deadline of its own, as the creation of the object would be reviewed now. The user is
 * nobody: no controller's children are waved through.
 */
export function createObjectDecider(gate: Gate, begin: () => ObjectDeadline): ObjectDecider {
  return (object) => {
    const deadline = begin();
    return andThen(gate.judge(toReview(object), deadline), ({ decision, facts }) => {
      deadline.clear();
      return { decision, workload: facts?.workload };
    });
  };
}

function toReview({ group, version, kind, namespace, name, object }: ClusterObject): Review {
  return {
    uid: "audit",
    operation: "CREATE",
    kind: { group, version, kind },
    namespace,
    name,
    user: { username: "", groups: [] },
    dryRun: true,
    object,
    oldObject: null,
  };
}
