import { fail, passWith, skip } from "../finding.ts";
import { show } from "../show.ts";
import { shortenDigest } from "../digest.ts";
import type { Check } from "./check.ts";

/**
 * A signed statement is evidence where it is about the model that the workload runs, or about an evaluation that the
 * workload names as well, and where its result is a pass. A summary of properties has no result of its own: it counts only
 * where the requirement names some of them, as benchmarks.
 *
 * Skips where the evidence is no statement. Who signed it is seen by the check `signers`.
 *
 * Reads: `evaluation.attestation`, `model.digest`, `requirement.benchmarks`.
 */
export const attestation: Check = {
  id: "attestation",
  run({ evaluation: { attestation: stated }, model: { digest, field }, requirement: { benchmarks } }) {
    if (stated === undefined) return skip;
    const { subjects, about, passed } = stated;
    if (about === undefined && (digest === undefined || !subjects.includes(digest))) {
      const expected = digest ?? "the model by digest, or a named evaluation";
      const found = subjects.map(shortenDigest).join(" and ") || "no sha256 digest";
      const runs = digest === undefined ? "does not name its model by digest" : `runs ${shortenDigest(digest)}`;
      const message = `the statement is about ${show(found)}; the workload ${runs}, and names no such evaluation`;
      return fail("MODEL_DIGEST_MISMATCH", { expected, found, message, field });
    }
    if (passed === undefined)
      return benchmarks === undefined ? noPropertyAsked : passWith("properties by name", "a list of properties");
    if (passed) return passWith("passed", "passed");
    return fail("BENCHMARK_FAILED", { expected: "passed", found: "failed", message: "the statement says FAILED" });
  },
};

/** Which properties were verified says nothing of those that were not. */
const noPropertyAsked = fail("BENCHMARK_MISSING", {
  expected: "a property by name",
  found: "none asked for",
  message:
    "the statement lists the properties that hold, and has no verdict over all: the requirement must name those that it needs under benchmarks",
});
