import { fail, passWith, skip } from "../finding.ts";
import { showAll } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation carries every compliance tag of the requirement. A `*` in the artifact is plain text and widens nothing.
 *
 * Skips when the requirement lists none.
 *
 * Reads: `evaluation.complianceTags`, `requirement.complianceTags`.
 */
export const complianceTags: Check = {
  id: "compliance-tags",
  run({ evaluation, requirement: { complianceTags: required } }) {
    const { complianceTags: carried } = evaluation;
    if (required === undefined) return skip;
    const missing = required.filter((tag) => !carried.includes(tag));
    const found = showAll(carried);
    const expected = showAll(required);
    if (missing.length === 0) return passWith(expected, found);
    if (carried.length > 0) {
      const message = `tagged ${found}, but the policy also requires ${showAll(missing)}`;
      return fail("COMPLIANCE_TAG_MISSING", { expected, found, message });
    }
    const { note, remedy } = explainUnsaid(evaluation, "complianceTags");
    const message = `carries no compliance tags${note}, but the policy requires ${expected}`;
    return fail("COMPLIANCE_TAG_MISSING", { expected, found, message, remedy });
  },
};
