import { error, fail, passWith, skip } from "../finding.ts";
import { show } from "../show.ts";
import { shortenDigest, type Digest } from "../digest.ts";
import type { Workload } from "../workload.ts";
import type { Check } from "./check.ts";
import { compareBuilds, type ComparedBuilds } from "../identity/compare-builds.ts";

/**
 * A signed statement is evidence where it is about the model that the workload runs, or an image index that lists it, or about an
 * evaluation that the workload names as well, and where its result is a pass. A summary of properties has no result of its own: it counts only
 * where the requirement names some of them, as benchmarks.
 *
 * Skips where the evidence is not a statement. Who signed it is seen by the check `signers`.
 *
 * Reads: `evaluation.attestation`, `model.digest`, `workload.modelIndexes`, `requirement.benchmarks`.
 */
export const attestation: Check = {
  id: "attestation",
  run({ evaluation: { attestation: stated }, model: { digest, field }, requirement: { benchmarks }, workload }) {
    if (stated === undefined) return skip;
    const { subjects, about, passed } = stated;
    const compared = about === undefined ? compareSubjects(subjects, digest, workload) : same;
    if (compared.kind !== "same") {
      const expected = digest ?? "the model by digest, or a named evaluation";
      const found = subjects.map(shortenDigest).join(" and ") || "no sha256 digest";
      const runs = digest === undefined ? "does not name its model by digest" : `runs ${shortenDigest(digest)}`;
      const message = `the statement is about ${show(found)}; the workload ${runs}, and names no such evaluation${compared.says}`;
      const facts = { expected, found, message, field };
      return compared.kind === "unavailable" ? error(compared.reason, facts) : fail("MODEL_DIGEST_MISMATCH", facts);
    }
    if (passed === undefined)
      return benchmarks === undefined ? noPropertyAsked : passWith("properties by name", "a list of properties");
    if (passed) return passWith("passed", "passed");
    return fail("BENCHMARK_FAILED", { expected: "passed", found: "failed", message: "the statement says FAILED" });
  },
};

const same: ComparedBuilds = { kind: "same", found: "a named evaluation" };

function compareSubjects(subjects: readonly Digest[], digest: Digest | undefined, workload: Workload): ComparedBuilds {
  return digest === undefined ? { kind: "other", says: "" } : compareBuilds(subjects, digest, workload);
}

/** Which properties were verified says nothing of those that were not. */
const noPropertyAsked = fail("BENCHMARK_MISSING", {
  expected: "a property by name",
  found: "none asked for",
  message:
    "the statement lists the properties that hold and gives no overall verdict: name the properties that the requirement needs under benchmarks",
});
