import { fail, passWith, skip } from "../finding.ts";
import { show } from "../show.ts";
import { isReadable, reportUnknownModel } from "../identity/unknown-model.ts";
import { explainUnsaid } from "../unsaid.ts";
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
    if (evaluation.model.quantization === undefined && model.quantization !== undefined) {
      const { note, remedy } = explainUnsaid(evaluation, "quantization");
      const message = `the evaluation does not say in which quantization it ran${note}, but this workload runs ${expected}`;
      return fail("QUANTIZATION_MISMATCH", { expected, found, message, remedy });
    }
    const message = `evaluated in quantization ${found}, but this workload runs ${expected}`;
    return fail("QUANTIZATION_MISMATCH", { expected, found, message, field: model.field });
  },
};
