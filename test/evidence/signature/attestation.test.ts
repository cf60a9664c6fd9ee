import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { AttestationError } from "../../../evidence/signature/attestation/problem.ts";
import type { StatementContent } from "../../../evidence/signature/attestation/statement-content.ts";
import { readStatement } from "../../../evidence/signature/attestation/statement.ts";

const tested = {
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "granite", digest: { sha256: "a".repeat(64) } }],
  predicateType: "https://in-toto.io/attestation/test-result/v0.1",
  predicate: { result: "PASSED", configuration: [{ name: "safety" }], passedTests: ["toxicity"] },
};
const summarised = {
  ...tested,
  predicateType: "https://slsa.dev/verification_summary/v1",
  predicate: {
    verifier: { id: "https://example.com/verifier" },
    timeVerified: "2026-11-24T00:00:00Z",
    resourceUri: "oci://example.com/granite",
    policy: { uri: "https://example.com/policy" },
    verificationResult: "PASSED",
    verifiedLevels: ["SLSA_BUILD_LEVEL_3"],
  },
};

const read = (statement: unknown): StatementContent =>
  readStatement(Buffer.from(typeof statement === "string" ? statement : JSON.stringify(statement)));
const outcome = (statement: unknown): string => {
  try {
    return read(statement).passed ? "passed" : "failed";
  } catch (error) {
    if (error instanceof AttestationError) return error.problem;
    throw error;
  }
};
const withPredicate = (statement: { predicate: object }, more: object): object => ({
  ...statement,
  predicate: { ...statement.predicate, ...more },
});

describe("readStatement", () => {
  it("reads a test result", () => {
    const statement = withPredicate(tested, { warnedTests: ["bias"], failedTests: ["jailbreak"] });
    expect(read(statement)).toEqual({
      subjects: [`sha256:${"a".repeat(64)}`],
      passed: false,
      verdicts: [
        ["toxicity", true],
        ["bias", true],
        ["jailbreak", false],
      ],
      verifier: undefined,
      verifiedAt: undefined,
    });
  });

  it("reads a verification summary", () => {
    expect(read(summarised)).toEqual({
      subjects: [`sha256:${"a".repeat(64)}`],
      passed: true,
      verdicts: [["SLSA_BUILD_LEVEL_3", true]],
      verifier: "https://example.com/verifier",
      verifiedAt: "2026-11-24T00:00:00Z",
    });
  });

  it.each<[string, string, unknown]>([
    ["a passed test", "passed", tested],
    ["a warned test", "passed", withPredicate(tested, { result: "WARNED" })],
    ["a failed test", "failed", withPredicate(tested, { result: "FAILED" })],
    ["PASSED with a failed test in it", "failed", withPredicate(tested, { failedTests: ["bias"] })],
    ["a failed summary", "failed", withPredicate(summarised, { verificationResult: "FAILED" })],
    ["PASSED with the level FAILED", "failed", withPredicate(summarised, { verifiedLevels: ["FAILED"] })],
    ["a payload that does not parse", "STATEMENT_MALFORMED", "{"],
    ["T27 a key twice", "STATEMENT_MALFORMED", '{"_type":"a","_type":"https://in-toto.io/Statement/v1"}'],
    ["an older statement, as cosign writes it", "passed", { ...tested, _type: "https://in-toto.io/Statement/v0.1" }],
    ["no statement", "STATEMENT_MALFORMED", { ...tested, _type: "https://in-toto.io/Link/v1" }],
    ["T20 no subject", "STATEMENT_MALFORMED", { ...tested, subject: [] }],
    ["another predicate", "PREDICATE_TYPE_UNKNOWN", { ...tested, predicateType: "https://slsa.dev/provenance/v1" }],
    ["a predicate without a result", "PREDICATE_MALFORMED", { ...tested, predicate: {} }],
    ["a result in lower case", "PREDICATE_MALFORMED", withPredicate(tested, { result: "passed" })],
    ["T26 a time that is none", "PREDICATE_MALFORMED", withPredicate(summarised, { timeVerified: "today" })],
    ["a summary without a verifier", "PREDICATE_MALFORMED", withPredicate(summarised, { verifier: {} })],
  ])("%s: %s", (_, expected, statement) => {
    expect(outcome(statement)).toBe(expected);
  });

  it("T22 takes no digest of another algorithm for a subject", () => {
    expect(read({ ...tested, subject: [{ digest: { sha512: "a".repeat(128) } }] }).subjects).toEqual([]);
  });

  it("throws its own error for bytes that are no statement", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => readStatement(bytes)).toThrow(AttestationError);
      }),
    );
  });
});
