import * as z from "zod";
import { parseDigest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { parseListOf, parseMapOf } from "../../stop-at-first.ts";
import { AttestationError } from "./problem.ts";
import { readJson, parseShape } from "./read-json.ts";
import { evalResultTypes, readEvalResult } from "./eval-result.ts";
import { readRegistration, registrationType } from "./registration.ts";
import { readSimpleVerification, simpleVerificationType } from "./simple-verification.ts";
import type { Predicate, StatementContent } from "./statement-content.ts";
import { checkTime } from "./time.ts";

/** The payload type of in-toto statements in DSSE envelopes. */
export const statementPayloadType = "application/vnd.in-toto+json";

const statementSchema = z.object({
  // cosign 3 still writes the older one: the two differ in nothing that is read here.
  _type: z.enum(["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"]),
  subject: parseListOf(z.object({ digest: parseMapOf(z.string()) }), { min: 1, max: 1024 }),
  predicateType: z.string(),
  predicate: z.unknown(),
});

const names = parseListOf(z.string()).default([]);
const testResultSchema = z.object({
  result: z.enum(["PASSED", "WARNED", "FAILED"]),
  configuration: parseListOf(z.looseObject({})),
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
  verifiedLevels: parseListOf(z.string()),
});

/**
 * What an in-toto Statement says. A predicate of another type is not evidence.
 *
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
export function readStatement(payload: Uint8Array): StatementContent {
  const statement = parseShape(readJson(payload, "STATEMENT_MALFORMED"), statementSchema, "STATEMENT_MALFORMED");
  const subjects = statement.subject.flatMap(({ digest }) => parseDigest(`sha256:${digest["sha256"]}`) ?? []);
  switch (statement.predicateType) {
    case "https://in-toto.io/attestation/test-result/v0.1":
      return { subjects, ...testResult(statement.predicate) };
    case "https://slsa.dev/verification_summary/v1":
      return { subjects, ...summary(statement.predicate) };
    case simpleVerificationType:
      return { subjects, ...readSimpleVerification(statement.predicate) };
    case registrationType:
      // It is about no artifact: what it is a digest of lies in no registry.
      return { subjects: [], ...readRegistration(statement.predicate, statement.subject) };
  }
  const version = evalResultTypes.get(statement.predicateType);
  if (version !== undefined) return { subjects, ...readEvalResult(statement.predicate, version, subjects) };
  throw new AttestationError(
    "PREDICATE_TYPE_UNKNOWN",
    `a statement of type ${show(statement.predicateType)} is not an evaluation`,
  );
}

function pairVerdicts(tests: readonly string[], passed: boolean): [string, boolean][] {
  return tests.map((test) => [test, passed]);
}

/** https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md */
function testResult(predicate: unknown): Predicate {
  const { result, passedTests, warnedTests, failedTests } = parseShape(
    predicate,
    testResultSchema,
    "PREDICATE_MALFORMED",
  );
  return {
    passed: result !== "FAILED" && failedTests.length === 0,
    verdicts: [...pairVerdicts([...passedTests, ...warnedTests], true), ...pairVerdicts(failedTests, false)],
    verifier: undefined,
    verifiedAt: undefined,
  };
}

/** https://slsa.dev/spec/v1.0/verification_summary */
function summary(predicate: unknown): Predicate {
  const facts = parseShape(predicate, summarySchema, "PREDICATE_MALFORMED");
  const passed = facts.verificationResult === "PASSED" && !facts.verifiedLevels.includes("FAILED");
  return {
    passed,
    verdicts: facts.verifiedLevels.map((level) => [level, passed]),
    verifier: facts.verifier.id,
    verifiedAt: checkTime(facts.timeVerified, "timeVerified"),
  };
}
