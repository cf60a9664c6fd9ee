import type { ClusterObject, Judge, Judgement } from "../../audit/finding.ts";
import { andThen } from "../../runtime/now-or-later.ts";
import type { Gate } from "../../webhook/admission/gate.ts";
import { createDeadline } from "../../webhook/server/deadline.ts";
import { toReview } from "../check/judge.ts";

/** Judges each object by this gate as if it were being created, within `timeoutMs`. */
export function createJudge(gate: Gate, timeoutMs: number): Judge {
  let count = 0;
  return (object) => {
    const deadline = createDeadline("", timeoutMs);
    const judged = gate.judge(toReview(object, count++), deadline);
    return andThen(judged, ({ decision, facts }): Judgement => {
      deadline.clear();
      return { decision, workload: facts?.workload };
    });
  };
}

/** Judges each object by two gates, and says what the first one says besides what the second says. */
export function createComparingJudge(judge: Judge, inForce: Judge): Judge {
  return async (object: ClusterObject) => {
    const [after, before] = [await judge(object), await inForce(object)];
    return { ...after, before: before.decision };
  };
}
