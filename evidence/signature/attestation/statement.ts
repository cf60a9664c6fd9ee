import * as z from "zod";
import type { Digest } from "../../../policies/digest.ts";
import { parseRfc3339 } from "../../../policies/time.ts";
import { AttestationError } from "./problem.ts";
import { readJson, shape } from "./read-json.ts";

/** What a statement says of its subject, in words of our own. */
export type Attested =
  | {
      readonly kind: "test-result";
      /** WARNED counts as passed, as in the specification; failed tests never do. */
      readonly passed: boolean;
      readonly result: "PASSED" | "WARNED" | "FAILED";
      readonly passedTests: readonly string[];
      readonly warnedTests: readonly string[];
      readonly failedTests: readonly string[];
    }
  | {
      readonly kind: "verification-summary";
      readonly passed: boolean;
      /** Consumers must accept only pairs of signer and verifier that they know. */
      readonly verifier: string;
      readonly verifiedAt: Date;
      readonly resourceUri: string;
      readonly policyUri: string;
      readonly verifiedLevels: readonly string[];
    };

export const statementPayloadType = "application/vnd.in-toto+json";

const statementSchema = z.object({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z
    .array(z.object({ digest: z.record(z.string(), z.string()) }))
    .min(1)
    .max(1024),
  predicateType: z.string(),
  predicate: z.unknown(),
});

const names = z.array(z.string()).default([]);
const testResultSchema = z.object({
  result: z.enum(["PASSED", "WARNED", "FAILED"]),
  configuration: z.array(z.looseObject({})),
  passedTests: names,
  warnedTests: names,
  failedTests: names,
});

const summarySchema = z.object({
  verifier: z.object({ id: z.string().min(1) }),
  timeVerified: z.string(),
  resourceUri: z.string(),
  policy: z.object({ uri: z.string() }),
  verificationResult: z.enum(["PASSED", "FAILED"]),
  verifiedLevels: z.array(z.string()),
});

/**
 * What a verified in-toto Statement v1 says of the subject with this digest. Another subject, or a predicate of another
 * type, is no evidence.
 *
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function readStatement(payload: Uint8Array, subject: Digest): Attested {
  const statement = shape(readJson(payload, "STATEMENT_MALFORMED"), statementSchema, "STATEMENT_MALFORMED");
  if (!statement.subject.some(({ digest }) => `sha256:${digest["sha256"]}` === subject)) {
    throw new AttestationError("SUBJECT_MISMATCH", `the statement is not about ${subject}`);
  }
  switch (statement.predicateType) {
    case "https://in-toto.io/attestation/test-result/v0.1":
      return testResult(statement.predicate);
    case "https://slsa.dev/verification_summary/v1":
      return summary(statement.predicate);
    default:
      throw new AttestationError(
        "PREDICATE_TYPE_UNKNOWN",
        `a predicate of type ${JSON.stringify(statement.predicateType)} is no evidence`,
      );
  }
}

/** https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md */
function testResult(predicate: unknown): Attested {
  const { configuration: _, ...facts } = shape(predicate, testResultSchema, "PREDICATE_MALFORMED");
  const passed = facts.result !== "FAILED" && facts.failedTests.length === 0;
  return { kind: "test-result", passed, ...facts };
}

/** https://slsa.dev/spec/v1.0/verification_summary */
function summary(predicate: unknown): Attested {
  const facts = shape(predicate, summarySchema, "PREDICATE_MALFORMED");
  const verifiedAt = parseRfc3339(facts.timeVerified);
  if (verifiedAt === undefined) {
    throw new AttestationError("PREDICATE_MALFORMED", "timeVerified is no RFC 3339 time");
  }
  return {
    kind: "verification-summary",
    passed: facts.verificationResult === "PASSED" && !facts.verifiedLevels.includes("FAILED"),
    verifier: facts.verifier.id,
    verifiedAt,
    resourceUri: facts.resourceUri,
    policyUri: facts.policy.uri,
    verifiedLevels: facts.verifiedLevels,
  };
}
