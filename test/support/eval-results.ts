import type { Digest } from "../../policies/digest.ts";
import type { Json } from "./artifacts.ts";
import { statementAbout } from "./signatures.ts";

/** The three types under which evaluation results are published, with the version of their predicate. */
export const evalResultTypes = [
  ["https://in-toto.io/attestation/eval-result/v0.1", "v0.1"],
  ["https://b7n0de.com/attestation/eval-result/v0.1", "v0.1"],
  ["https://b7n0de.com/attestation/eval-result/v0.2", "v0.2"],
] as const;

export const quillworks = "https://quillworks.example/verifier";

/** The claim that the value of the metric is at least 0.62, in everything but what is given. */
export function claim(change: Json = {}): Json {
  return { metric: "exact_match", comparator: ">=", threshold: "0.62", passed: true, ...change };
}

/** The predicate of a result that passed, as its reference implementation writes it; `change` replaces fields. */
export function evalResultPredicate(version: "v0.1" | "v0.2", change: Json = {}): Json {
  const commitment = { alg: "sha256-salted-v1", value: "47".repeat(32), salted: true };
  const party = { id: "https://quillworks.example/evals" };
  return {
    ...(version === "v0.1" ? { verifier: party } : { evaluator: party }),
    evaluatedAt: "2026-11-18T08:30:00Z",
    suite: { name: "larch-qa", version: "2.3.0" },
    claims: [claim()],
    sampleSize: 1200,
    commitments: { model: commitment, dataset: commitment },
    assuranceLevel: "self_attested",
    subjectProfile: "public-model",
    ...change,
  };
}

/** A statement of an evaluation result about a digest. */
export function evalResult(about: Digest, predicate: Json = {}, statement: Json = {}): Json {
  const [predicateType, version] = evalResultTypes[1];
  return statementAbout(about, {
    contentRootAlg: "jcs-sha256-v1",
    predicateType,
    predicate: evalResultPredicate(version, predicate),
    ...statement,
  });
}

/** A Simple Verification Result about a digest. */
export function simpleVerification(about: Digest, predicate: Json = {}): Json {
  return statementAbout(about, {
    predicateType: "https://in-toto.io/attestation/svr/v0.2",
    predicate: {
      verifier: { id: quillworks, policies: [{ uri: "https://quillworks.example/policy" }] },
      timeCreated: "2026-11-18T00:00:00Z",
      properties: ["QUILL_LARCH_QA"],
      ...predicate,
    },
  });
}
