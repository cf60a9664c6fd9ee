import { fail, passWith, skip } from "../finding.ts";
import { show } from "../show.ts";
import { isReadable, reportUnknownModel } from "../decision/unknown-model.ts";
import type { Check } from "./check.ts";

/**
 * The model was evaluated in the quantization that the workload runs. A workload that names none runs one that is unknown,
 * and unknown never matches: name it in the server's arguments.
 *
 * Skips unless the requirement asks for `model.quantization`.
 *
 * Reads: `evaluation.model.quantization`, `requirement.model.quantization`, `model.quantization`, and `model.adapters`,
 * which is absent where the workload cannot be read.
 */
export const quantization: Check = {
  id: "quantization",
  run({ evaluation, requirement, model }) {
    if (requirement.model.quantization === undefined) return skip;
    if (!isReadable(model)) return reportUnknownModel(model, "quantization");
    const expected = show(model.quantization);
    const found = show(evaluation.model.quantization);
    if (model.quantization !== undefined && evaluation.model.quantization === model.quantization)
      return passWith(expected, found);
    return fail("QUANTIZATION_MISMATCH", {
      expected,
      found,
      message: `evaluated in quantization ${found}, this workload runs ${expected}`,
      field: model.field,
    });
  },
};
