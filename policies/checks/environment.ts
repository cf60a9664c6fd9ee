import { error, fail, passWith, skip } from "../finding.ts";
import { show, showAll } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation was made for one of the environments that the requirement lists; `SameAsWorkload` stands for the one that
 * the workload is in. If that cannot be looked up and nothing else in the list matches, the check is an error.
 *
 * Skips when the requirement lists none.
 *
 * Reads: `evaluation.environment`, `requirement.environment`, `environment`, and for its message
 * `workload.object.namespace`.
 */
export const environment: Check = {
  id: "environment",
  run({ evaluation, requirement: { environment: allowed }, environment: own, workload }) {
    if (allowed === undefined) return skip;
    const { environment: evaluated } = evaluation;
    const values = allowed.sameAsWorkload && own.value !== undefined ? [...allowed.values, own.value] : allowed.values;
    const found = show(evaluated);
    if (evaluated !== undefined && values.includes(evaluated)) return passWith(showAll(values), found);
    if (allowed.sameAsWorkload && own.namespaceUnknown) {
      const message = `the labels of namespace ${show(workload.object.namespace)} are not known, so neither is this workload's environment`;
      return error("NAMESPACE_UNKNOWN", {
        expected: "a known namespace",
        found: "unknown",
        message,
        field: "metadata.namespace",
      });
    }
    const expected = values.length === 0 ? "unknown" : showAll(values);
    const asks = !allowed.sameAsWorkload
      ? `the policy requires ${expected}`
      : own.value === undefined
        ? `this workload's own environment is ${own.conflict ?? "unknown"}${values.length === 0 ? "" : `, and the policy otherwise requires ${expected}`}`
        : `this workload is in ${expected}`;
    if (evaluated !== undefined)
      return fail("ENVIRONMENT_MISMATCH", { expected, found, message: `evaluated for ${found}, but ${asks}` });
    const { note, remedy } = explainUnsaid(evaluation, "environment");
    const message = `the evaluation does not say for which environment it was made${note}, but ${asks}`;
    return fail("ENVIRONMENT_MISMATCH", { expected, found, message, remedy });
  },
};
