import type { Evaluation } from "../evaluation.ts";
import { error, fail, passWith, skip } from "../finding.ts";
import { showAll } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation ran on the hardware that the requirement asks for: on one of the listed classes, or, for `SameAsWorkload`,
 * on every class that the workload's pods can land on. A class that cannot be determined never matches.
 *
 * Skips when the requirement lists none.
 *
 * Reads: `evaluation.hardwareClasses`, `requirement.hardwareClass`, `workload.hardware`.
 */
export const hardwareClass: Check = {
  id: "hardware-class",
  run({ evaluation, requirement: { hardwareClass: allowed }, workload: { hardware } }) {
    const { hardwareClasses: evaluated } = evaluation;
    if (allowed === undefined) return skip;
    const found = evaluated.length === 0 ? "unknown" : showAll(evaluated);
    if (allowed.values.some((value) => evaluated.includes(value))) return passWith(showAll(allowed.values), found);
    const { classes, field, problem, couldNotLook } = hardware;
    if (allowed.sameAsWorkload && classes.length > 0 && classes.every((value) => evaluated.includes(value)))
      return passWith(showAll(classes), found);

    const { ranOn, ...advice } = describeHardware(evaluation);
    if (!allowed.sameAsWorkload) {
      const expected = showAll(allowed.values);
      const message = `${ranOn}, but the policy requires ${expected}`;
      return fail("HARDWARE_CLASS_MISMATCH", { expected, found, message, ...advice });
    }
    if (classes.length === 0) {
      const message =
        problem === undefined
          ? `${ranOn}, but the hardware this workload runs on cannot be determined`
          : `${ranOn}, but the workload's hardware is unknown: ${problem}`;
      if (couldNotLook === true) return error("CLUSTER_UNAVAILABLE", { expected: "unknown", found, message, field });
      return fail("HARDWARE_CLASS_MISMATCH", { expected: "unknown", found, message, field });
    }
    const expected = showAll(classes);
    return fail("HARDWARE_CLASS_MISMATCH", {
      expected,
      found,
      message: `${ranOn}, but this workload runs on ${expected}`,
      field,
      ...advice,
    });
  },
};

/** On which hardware it was evaluated, in words; and what to do where it does not say so. */
function describeHardware(evaluation: Evaluation): { readonly ranOn: string; readonly remedy?: string } {
  if (evaluation.hardwareClasses.length > 0) return { ranOn: `evaluated on ${showAll(evaluation.hardwareClasses)}` };
  const { note, remedy } = explainUnsaid(evaluation, "hardwareClass");
  return { ranOn: `the evaluation does not say on which hardware it ran${note}`, remedy };
}
