import { shortenDigest } from "../digest.ts";
import { error, fail, passWith, skip } from "../finding.ts";
import { compareBuilds } from "../identity/compare-builds.ts";
import { reportUnknownModel } from "../identity/unknown-model.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is about the very build of the model that the workload runs: its manifest's `subject`, the digest in its
 * annotation, or a subject of the signed statement, is the digest by which the workload names the model, or that of an image index
 * that lists it. A model that is named by tag can be any build.
 *
 * Skips unless the requirement asks for `model.digest`. Where it could not be checked whether an index lists it, that is an
 * error.
 *
 * Reads: `evaluation.subject`, `evaluation.model.digest`, `evaluation.attestation`, `requirement.model.digest`,
 * `model.digest`, `workload.modelIndexes`.
 */
export const modelDigest: Check = {
  id: "model-digest",
  run({ evaluation: { model: evaluated, subject, attestation }, requirement, model, workload }) {
    if (requirement.model.digest === undefined) return skip;
    const { digest, field } = model;
    if (digest === undefined) return reportUnknownModel(model, "digest");
    const known = [subject, evaluated.digest, ...(attestation?.about ? [] : (attestation?.subjects ?? []))].filter(
      (one) => one !== undefined,
    );
    const compared = compareBuilds(known, digest, workload);
    if (compared.kind === "same") return passWith(digest, compared.found);
    const expected = shortenDigest(digest);
    const found = known.join(" and ") || "unknown";
    const message =
      known.length === 0
        ? `the evaluation does not say which build of the model it is about, but this workload runs ${expected}`
        : `evaluated ${known.map(shortenDigest).join(" and ")}, but this workload runs ${expected}${compared.says}`;
    const facts = { expected: digest, found, message, field };
    return compared.kind === "unavailable" ? error(compared.reason, facts) : fail("MODEL_DIGEST_MISMATCH", facts);
  },
};
