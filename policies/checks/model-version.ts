import { fail, pass, skip } from "../finding.ts";
import { show } from "../show.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is about the version of the model that the workload runs. Versions compare as written: `v1.2` is not `1.2`.
 *
 * Skips with `model.version: Any`.
 */
export const modelVersion: Check = {
  id: "model-version",
  run({ evaluation, requirement, model }) {
    if (requirement.model.version === "Any") return skip;
    const { field } = model;
    if (model.unreadable !== undefined) {
      const message = `the model version cannot be read at admission: ${show(model.unreadable)}`;
      return fail("MODEL_UNKNOWN", { expected: "a model version that can be read", found: "unknown", message, field });
    }
    if (model.versionConflict !== undefined) {
      return fail("MODEL_IDENTITY_CONFLICT", {
        expected: "one model version",
        found: model.versionConflict,
        message: model.versionConflict,
        field,
      });
    }
    if (model.version === undefined) {
      const message = "the workload does not say which model version it runs";
      return fail("MODEL_UNKNOWN", { expected: "a model version", found: "unknown", message, field });
    }
    if (evaluation.model.version === model.version) return pass;
    const expected = show(model.version);
    const found = show(evaluation.model.version);
    const message =
      evaluation.model.version === undefined
        ? `the evaluation does not say which model version it is about, this workload runs ${expected}`
        : `evaluated version ${found}, this workload runs ${expected}`;
    return fail("MODEL_VERSION_MISMATCH", { expected, found, message });
  },
};
