import type { PolicyFile, Problem } from "../../policies/language/document.ts";
import { showDuration } from "../../policies/language/duration.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { showProblem } from "../../config/load-config.ts";
import type { Condition, PolicyObject } from "../cluster/resources.ts";

/** What a status is made from: the set in force and why a newer one is not. */
export interface SetState {
  readonly set: PolicySet | undefined;
  readonly inForce: readonly PolicyFile[];
  readonly problems: readonly Problem[];
  readonly now: Date;
  readonly maxExceptionMs: number;
}

/** The condition Ready, before it is dated. */
export type Ready = Pick<Condition, "status" | "reason" | "message">;

/** Whether the gate applies the object as it stands in the cluster, and if not, why; undefined where nobody has judged it yet. */
export function evaluateReady({ kind, name, file }: PolicyObject, state: SetState): Ready | undefined {
  const { set, inForce, problems, now, maxExceptionMs } = state;
  const own = problems.filter((problem) => problem.file === file.path);
  if (own.length > 0)
    return { status: "False", reason: "Invalid", message: own.map(describeOwn).join("; ").slice(0, 4096) };
  if (!inForce.some(({ path, text }) => path === file.path && text === file.text)) return describeNotApplied(problems);
  const expiresAt =
    kind === "EvaluationException"
      ? set?.exceptions.find((exception) => exception.name === name)?.expiresAt
      : undefined;
  const leftMs = expiresAt === undefined ? undefined : expiresAt.getTime() - now.getTime();
  if (leftMs !== undefined && leftMs <= 0)
    return { status: "False", reason: "Expired", message: `expired at ${expiresAt?.toISOString() ?? ""}` };
  if (leftMs !== undefined && leftMs > maxExceptionMs) {
    const limit = showDuration(maxExceptionMs);
    return { status: "False", reason: "TooFarAhead", message: `does nothing until ${limit} before expiresAt` };
  }
  return { status: "True", reason: "InForce", message: "the gate applies it as it is" };
}

/** One broken object keeps the whole new set from loading: the good ones say which one they wait for. */
function describeNotApplied([first]: readonly Problem[]): Ready | undefined {
  if (first === undefined) return undefined;
  const message = `waits for a whole set without problems; the last good one stays in force: ${showProblem(first)}`;
  return { status: "False", reason: "NotApplied", message: message.slice(0, 4096) };
}

function describeOwn({ field, message }: Problem): string {
  return field === "" ? message : `${field}: ${message}`;
}

/** The conditions with this Ready among them, or undefined where the object already says so. */
export function mergeCondition(ready: Ready, object: PolicyObject, now: Date): Condition[] | undefined {
  const { generation: observedGeneration, conditions } = object;
  const earlier = conditions.find(({ type }) => type === "Ready");
  if (
    earlier !== undefined &&
    object.observedGeneration === observedGeneration &&
    earlier.observedGeneration === observedGeneration &&
    earlier.status === ready.status &&
    earlier.reason === ready.reason &&
    earlier.message === ready.message
  )
    return undefined;
  const lastTransitionTime =
    earlier?.status === ready.status ? earlier.lastTransitionTime : now.toISOString().replace(/\.\d+Z$/, "Z");
  return [
    ...conditions.filter(({ type }) => type !== "Ready"),
    { type: "Ready", ...ready, observedGeneration, lastTransitionTime },
  ];
}
