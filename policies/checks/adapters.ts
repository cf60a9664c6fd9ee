import { fail, passWith, skip } from "../finding.ts";
import { showAll } from "../show.ts";
import { reportUnknownModel } from "../identity/unknown-model.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation was made with exactly the adapters (LoRA) that the workload loads; order does not matter.
 *
 * Skips unless the requirement asks for `model.adapters`.
 *
 * Reads: `evaluation.model.adapters`, `requirement.model.adapters`, `model.adapters`, `model.hiddenAdapters`.
 */
export const adapters: Check = {
  id: "adapters",
  run({ evaluation, requirement, model }) {
    if (requirement.model.adapters === undefined) return skip;
    if (model.adapters === undefined || model.hiddenAdapters !== undefined)
      return reportUnknownModel(model, "adapters");
    const expected = showAll(model.adapters);
    const found = showAll(evaluation.model.adapters);
    const wanted = new Set(model.adapters);
    const evaluated = new Set(evaluation.model.adapters);
    if (wanted.size === evaluated.size && [...wanted].every((adapter) => evaluated.has(adapter)))
      return passWith(expected, found);
    return fail("ADAPTER_MISMATCH", {
      expected,
      found,
      message: `evaluated with adapters ${found}, but this workload loads ${expected}`,
    });
  },
};
