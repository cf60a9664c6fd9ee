import { fail, passWith, skip } from "../finding.ts";
import { show, showAll } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import type { Check } from "./check.ts";

/**
 * The evaluated model is of a family that the policy allows.
 *
 * Skips when the requirement lists none.
 *
 * Reads: `evaluation.model.family`, `requirement.model.family`.
 */
export const modelFamily: Check = {
  id: "model-family",
  run({ evaluation, requirement: { model } }) {
    if (model.family === undefined) return skip;
    const { family } = evaluation.model;
    const expected = showAll(model.family);
    const found = show(family);
    if (family !== undefined && model.family.includes(family)) return passWith(expected, found);
    if (family !== undefined) {
      const message = `evaluated a model of family ${found}, but the policy requires ${expected}`;
      return fail("MODEL_FAMILY_MISMATCH", { expected, found, message });
    }
    const { note, remedy } = explainUnsaid(evaluation, "modelFamily");
    const message = `the evaluation does not say of which family its model is${note}, but the policy requires ${expected}`;
    return fail("MODEL_FAMILY_MISMATCH", { expected, found, message, remedy });
  },
};
