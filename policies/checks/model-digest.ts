import { shortenDigest } from "../digest.ts";
import { fail, passWith, skip } from "../finding.ts";
import { reportUnknownModel } from "../decision/unknown-model.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is about the very build of the model that the workload runs: its manifest's `subject`, the digest in its
 * annotation, or a subject of the signed statement, is the digest by which the workload names the model. A model that is named by tag can be any build.
 *
 * Skips unless the requirement asks for `model.digest`.
 *
 * Reads: `evaluation.subject`, `evaluation.model.digest`, `evaluation.attestation`, `requirement.model.digest`,
 * `model.digest`.
 */
export const modelDigest: Check = {
  id: "model-digest",
  run({ evaluation: { model: evaluated, subject, attestation }, requirement, model }) {
    if (requirement.model.digest === undefined) return skip;
    const { digest, field } = model;
    if (digest === undefined) return reportUnknownModel(model, "digest");
    const known = [subject, evaluated.digest, ...(attestation?.about ? [] : (attestation?.subjects ?? []))].filter(
      (one) => one !== undefined,
    );
    if (known.includes(digest)) return passWith(digest, digest);
    const expected = shortenDigest(digest);
    const found = known.length === 0 ? "unknown" : known.map(shortenDigest).join(" and ");
    const message =
      known.length === 0
        ? `the evaluation does not say which build of the model it is about, this workload runs ${expected}`
        : `evaluated ${found}, this workload runs ${expected}`;
    return fail("MODEL_DIGEST_MISMATCH", { expected: digest, found: known.join(" and ") || "unknown", message, field });
  },
};
