import type { ClusterObject, ObjectDecider, ObjectDecision } from "../../audit/finding.ts";
import { andThen } from "../../runtime/now-or-later.ts";
import type { Gate } from "../../webhook/admission/gate.ts";
import { createDeadline } from "../../webhook/server/deadline.ts";
import { toReview } from "../check/judge.ts";

/** Judges each object by this gate as if it were being created, within `timeoutMs`. */
export function createDecider(gate: Gate, timeoutMs: number): ObjectDecider {
  let count = 0;
  return (object) => {
    const deadline = createDeadline("", timeoutMs);
    const judged = gate.judge(toReview(object, count++), deadline);
    return andThen(judged, ({ decision, facts }): ObjectDecision => {
      deadline.clear();
      return { decision, workload: facts?.workload };
    });
  };
}

/** Judges each object by two gates, and says what the first one says besides what the second says. */
export function createComparingDecider(judge: ObjectDecider, inForce: ObjectDecider): ObjectDecider {
  return async (object: ClusterObject) => {
    const [after, before] = [await judge(object), await inForce(object)];
    return { ...after, before: before.decision };
  };
}
