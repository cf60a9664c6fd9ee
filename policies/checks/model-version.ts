import { fail, passWith, skip } from "../finding.ts";
import { show } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import { reportIdentityConflict, reportUnknownModel } from "../identity/unknown-model.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is about the version of the model that the workload runs. Versions compare as written: `v1.2` is not `1.2`.
 *
 * Skips with `model.version: Any`.
 *
 * Reads: `evaluation.model.version`, `requirement.model.version`, `model.version`, `model.versionConflict`.
 */
export const modelVersion: Check = {
  id: "model-version",
  run({ evaluation, requirement, model }) {
    if (requirement.model.version === "Any") return skip;
    if (model.versionConflict !== undefined) return reportIdentityConflict(model, "version", model.versionConflict);
    if (model.version === undefined) return reportUnknownModel(model, "version");
    const expected = show(model.version);
    const found = show(evaluation.model.version);
    if (evaluation.model.version === model.version) return passWith(expected, found);
    if (evaluation.model.version !== undefined) {
      const message = `evaluated version ${found}, but this workload runs ${expected}`;
      return fail("MODEL_VERSION_MISMATCH", { expected, found, message });
    }
    const { note, remedy } = explainUnsaid(evaluation, "modelVersion");
    const message = `the evaluation does not say which model version it is about${note}, but this workload runs ${expected}`;
    return fail("MODEL_VERSION_MISMATCH", { expected, found, message, remedy });
  },
};
