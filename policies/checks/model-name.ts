import { fail, pass, skip } from "../finding.ts";
import { show, showAll } from "../show.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is about the model that the workload runs, by name, to the letter.
 *
 * A workload that contradicts itself, or does not say what it runs, fails. Skips with `model.name: Any`.
 */
export const modelName: Check = {
  id: "model-name",
  run({ evaluation, requirement, model }) {
    if (requirement.model.name === "Any") return skip;
    const { field } = model;
    const found = show(evaluation.model.name);
    if (model.unreadable !== undefined) {
      return fail("MODEL_UNKNOWN", {
        expected: "a model that can be read",
        found: "unknown",
        message: `the model cannot be read at admission: ${show(model.unreadable)}`,
        field,
      });
    }
    if (model.nameConflict !== undefined) {
      return fail("MODEL_IDENTITY_CONFLICT", {
        expected: "one model name",
        found: model.nameConflict,
        message: model.nameConflict,
        field,
      });
    }
    if (model.names.length === 0) {
      return fail("MODEL_UNKNOWN", {
        expected: "a model name",
        found: "unknown",
        message: "the workload does not say which model it runs",
        field,
      });
    }
    if (evaluation.model.name !== undefined && model.names.includes(evaluation.model.name)) return pass;
    const expected = showAll(model.names);
    const message =
      evaluation.model.name === undefined
        ? `the evaluation does not say which model it is about, this workload runs ${expected}`
        : `evaluated ${found}, this workload runs ${expected}`;
    return fail("MODEL_NAME_MISMATCH", { expected, found, message });
  },
};
