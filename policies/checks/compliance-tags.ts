import { fail, passWith, skip } from "../finding.ts";
import { showAll } from "../show.ts";
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
  run({ evaluation: { complianceTags: carried }, requirement: { complianceTags: required } }) {
    if (required === undefined) return skip;
    const missing = required.filter((tag) => !carried.includes(tag));
    const found = showAll(carried);
    if (missing.length === 0) return passWith(showAll(required), found);
    const message =
      carried.length === 0
        ? `carries no compliance tags, the policy requires ${showAll(required)}`
        : `tagged ${found}, the policy also requires ${showAll(missing)}`;
    return fail("COMPLIANCE_TAG_MISSING", { expected: showAll(required), found, message });
  },
};
