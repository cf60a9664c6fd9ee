import { fail, passWith, skip } from "../finding.ts";
import { readDeclared } from "../identity/declared.ts";
import { show } from "../show.ts";
import { promptDigestAnnotation } from "../workload.ts";
import type { Check } from "./check.ts";

const sources = [{ annotation: promptDigestAnnotation }];

/**
 * The evaluation used the prompt whose digest the workload states.
 *
 * Skips unless the requirement asks for `prompt`.
 *
 * Reads: `evaluation.promptDigest`, `requirement.promptDigest`, and the prompt's annotation in `workload.metadata`.
 */
export const prompt: Check = {
  id: "prompt",
  run({ evaluation, requirement, workload }) {
    if (requirement.promptDigest === undefined) return skip;
    const { value } = readDeclared(workload, sources);
    const expected = show(value);
    const found = show(evaluation.promptDigest);
    if (value !== undefined && value === evaluation.promptDigest) return passWith(expected, found);
    const field = `${workload.metadata[0].path}.annotations[${promptDigestAnnotation}]`;
    return fail("PROMPT_MISMATCH", {
      expected,
      found,
      message: `evaluated with prompt ${found}, but this workload states ${expected}`,
      field,
    });
  },
};
