import { fail, passWith, skip } from "../finding.ts";
import { show, showAll } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import { reportIdentityConflict, reportUnknownModel } from "../identity/unknown-model.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is about the model that the workload runs, by name, to the letter.
 *
 * A workload that contradicts itself, or does not say what it runs, fails. Skips with `model.name: Any`.
 *
 * Reads: `evaluation.model.name`, `requirement.model.name`, `model.names`, `model.nameConflict`.
 */
export const modelName: Check = {
  id: "model-name",
  run({ evaluation, requirement, model }) {
    if (requirement.model.name === "Any") return skip;
    if (model.nameConflict !== undefined) return reportIdentityConflict(model, "name", model.nameConflict);
    if (model.names.length === 0) return reportUnknownModel(model, "name");
    const expected = showAll(model.names);
    const found = show(evaluation.model.name);
    if (evaluation.model.name !== undefined && model.names.includes(evaluation.model.name))
      return passWith(expected, found);
    if (evaluation.model.name !== undefined) {
      const message = `evaluated ${found}, but this workload runs ${expected}`;
      return fail("MODEL_NAME_MISMATCH", { expected, found, message });
    }
    const { note, remedy } = explainUnsaid(evaluation, "modelName");
    const message = `the evaluation does not say which model it is about${note}, but this workload runs ${expected}`;
    return fail("MODEL_NAME_MISMATCH", { expected, found, message, remedy });
  },
};
