import { boundTexts, error, type ErrorResult, fail, type FailResult, type Finding } from "../finding.ts";
import type { Policy } from "../policy.ts";
import { reasons } from "../reasons.ts";
import { show } from "../show.ts";
import type { TooLarge, Workload } from "../workload.ts";

/** That no policy is about the workload, where such workloads are denied. */
export function findNoPolicy(field: string): Finding {
  const message = "no policy matches this workload, and the gate is configured to deny such workloads";
  return makeGateFinding(fail("NO_POLICY", { expected: "a matching policy", found: "none", message }), "", field);
}

/** That it cannot be told whether the policy is about the workload. */
export function findNamespaceUnknown({ name }: Policy, { object }: Workload): Finding {
  const message = `the labels of namespace ${show(object.namespace)} are not known, so it cannot be told whether this policy applies`;
  return makeGateFinding(
    error("NAMESPACE_UNKNOWN", { expected: "a known namespace", found: "unknown", message }),
    name,
    "metadata.namespace",
  );
}

/** Whoever writes the object could otherwise choose that the gate could not look: so it is a failure. */
export function findTooLarge({ name }: Policy, { message, field }: TooLarge): Finding {
  return makeGateFinding(
    fail("WORKLOAD_TOO_LARGE", { expected: "an object within the reader's limits", found: message, message }),
    name,
    field,
  );
}

/** A finding about the workload as a whole, not about one requirement: no exception can name it. */
export function makeGateFinding(result: FailResult | ErrorResult, policy: string, field: string): Finding {
  const { outcome, reason, expected, found, message } = boundTexts(result);
  return {
    policy,
    requirement: "",
    check: "match",
    outcome,
    reason,
    expected,
    found,
    message,
    remedy: reasons[reason].remedy,
    field,
    evidence: undefined,
    model: undefined,
  };
}
