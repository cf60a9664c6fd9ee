import { fail, passWith, skip } from "../finding.ts";
import { show, showAll } from "../show.ts";
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
    if (family !== undefined && model.family.includes(family)) return passWith(expected, show(family));
    return fail("MODEL_FAMILY_MISMATCH", {
      expected,
      found: show(family),
      message: `evaluated a model of family ${show(family)}, the policy requires ${expected}`,
    });
  },
};
