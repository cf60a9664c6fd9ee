import { fail, passWith, skip } from "../finding.ts";
import { show } from "../show.ts";
import { explainUnsaid } from "../unsaid.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation ran the collection that the requirement names, in a version that it allows.
 *
 * Skips when the requirement names none.
 *
 * Reads: `evaluation.collection`, `requirement.collection`.
 */
export const collection: Check = {
  id: "collection",
  run({ evaluation, requirement: { collection: required } }) {
    const { collection: ran } = evaluation;
    if (required === undefined) return skip;
    const { version } = required;
    const expected = `${show(required.id)}${version === undefined ? "" : ` ${version.text}`}`;
    const found = `${show(ran.id)}${version === undefined ? "" : ` ${show(ran.version)}`}`;
    if (ran.id === required.id && (version === undefined || (ran.version !== undefined && version.allows(ran.version))))
      return passWith(expected, found);
    if (ran.id !== undefined) {
      const message = `ran ${found}, but the policy requires ${expected}`;
      return fail("COLLECTION_MISMATCH", { expected, found, message });
    }
    const { note, remedy } = explainUnsaid(evaluation, "collectionId");
    const message = `the evaluation names no collection${note}, but the policy requires ${expected}`;
    return fail("COLLECTION_MISMATCH", { expected, found, message, remedy });
  },
};
