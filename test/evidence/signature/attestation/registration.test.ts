import { describe, expect, it } from "@jest/globals";
import { AttestationError } from "../../../../evidence/signature/attestation/problem.ts";
import { readStatement } from "../../../../evidence/signature/attestation/statement.ts";
import type { Json } from "../../../support/artifacts.ts";
import { digest } from "../../../support/builders/evidence.ts";
import { evalResult, evalResultPredicate, evalResultTypes } from "../../../support/eval-results.ts";
import { manifest, registrationOf } from "../../../support/registrations.ts";

const hexOf = (number: number): string => digest(number).replace("sha256:", "");
const read = (statement: Json) => readStatement(Buffer.from(JSON.stringify(statement)));
const messageOf = (payload: Json | string): string => {
  try {
    readStatement(Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)));
    return "read";
  } catch (error) {
    if (error instanceof AttestationError) return `${error.problem}: ${error.message}`;
    throw error;
  }
};

describe("a registration", () => {
  it("says which bar was fixed, is about no artifact, and has no verdict, no results and no time", () => {
    expect(read(registrationOf())).toEqual({
      subjects: [],
      passed: undefined,
      verdicts: [],
      verifier: undefined,
      verifiedAt: undefined,
      registration: { manifest, metric: "exact_match", comparator: ">=", threshold: 0.62, dataset: digest(91) },
    });
  });

  it("may name its data in another way, and say ==", () => {
    const [first] = registrationOf()["subject"] as Json[];
    const subject = [first, { digest: { sha512: "ab".repeat(64) } }];
    expect(read(registrationOf({ comparator: "==" }, { subject })).registration).toEqual({
      manifest,
      metric: "exact_match",
      comparator: "==",
      threshold: 0.62,
      dataset: undefined,
    });
  });

  const text = JSON.stringify(registrationOf());
  it.each<[string, string, Json | string]>([
    ["of another manifest than its subject", "first subject", registrationOf({ manifest_sha256: hexOf(92) })],
    ["whose data come first", "first subject", registrationOf({}, { subject: reversed() })],
    ["without a subject", "STATEMENT_MALFORMED", registrationOf({}, { subject: [] })],
    [
      "with a subject by another algorithm",
      "first subject",
      registrationOf({}, { subject: [{ digest: { sha512: "ab" } }] }),
    ],
    [
      "of an upper-case manifest",
      "manifest_sha256",
      registrationOf({ manifest_sha256: hexOf(90).toUpperCase().replace(/^0/, "A") }),
    ],
    ["of no metric", "metric", registrationOf({ metric: undefined })],
    ["of an empty metric", "metric", registrationOf({ metric: "" })],
    ["of a metric with a long name", "metric", registrationOf({ metric: "x".repeat(513) })],
    ["of several metrics", "metric", registrationOf({ metric: ["exact_match"] })],
    ["of an unheard-of comparator", "comparator", registrationOf({ comparator: "=" })],
    ["of a threshold in words", "threshold", registrationOf({ threshold: "0.62" })],
    ["of no threshold", "threshold", registrationOf({ threshold: null })],
    ["of an infinite threshold", "PREDICATE_MALFORMED", text.replace("0.62", "1e999")],
    ["of a bare NaN", "STATEMENT_MALFORMED", text.replace("0.62", "NaN")],
    ["of another version", "prml_version", registrationOf({ prml_version: "prml/0.2" })],
    ["by nobody", "producer", registrationOf({ producer: {} })],
    ["without an id", "claim_id", registrationOf({ claim_id: undefined })],
    ["without a body", "STATEMENT_MALFORMED", registrationOf({}, { predicate: undefined })],
    ["as a list", "PREDICATE_MALFORMED", registrationOf({}, { predicate: [] })],
    [
      "of a later type",
      "PREDICATE_TYPE_UNKNOWN",
      registrationOf({}, { predicateType: "https://falsify.dev/prml/v0.2" }),
    ],
    ["with a key twice", "STATEMENT_MALFORMED", text.replace('"metric":', '"metric":"f1","metric":')],
    ["cut", "STATEMENT_MALFORMED", text.slice(0, -20)],
    ["deep", "STATEMENT_MALFORMED", text.replace('"seed":7', `"seed":${"[".repeat(80)}${"]".repeat(80)}`)],
    [
      "with the body of a result",
      "PREDICATE_MALFORMED",
      registrationOf({}, { predicate: evalResultPredicate("v0.1") }),
    ],
    [
      "as the body of a result",
      "PREDICATE_MALFORMED",
      evalResult(digest(66), {}, { predicate: registrationOf()["predicate"] }),
    ],
  ])("%s is refused, with the place", (_, words, payload) => {
    expect(messageOf(payload)).toContain(words);
  });
});

function reversed(): Json[] {
  return (registrationOf()["subject"] as Json[]).toReversed();
}

describe("the registration that a result names", () => {
  const named = { alg: "sha256", value: hexOf(90) };
  const evaluatedAt = "2026-11-18T08:30:00Z";

  it("is read with the time of the run", () => {
    const { suite } = read(evalResult(digest(66), { preRegistration: named }));
    expect(suite?.preRegistration).toEqual({ manifest, evaluatedAt, dataset: undefined });
  });

  it("is read with the data that v0.2 names", () => {
    const predicate = evalResultPredicate("v0.2", {
      preRegistration: named,
      dataset: { digest: { sha256: hexOf(91) } },
    });
    const { suite } = read(evalResult(digest(66), {}, { predicateType: evalResultTypes[2][0], predicate }));
    expect(suite?.preRegistration).toEqual({ manifest, evaluatedAt, dataset: digest(91) });
  });

  it.each([
    ["by another algorithm", { alg: "sha512", value: hexOf(90) }],
    ["in upper case", { alg: "sha256", value: "AB".repeat(32) }],
    ["too short", { alg: "sha256", value: "ab" }],
  ])("is none where it is named %s", (_, preRegistration) => {
    expect(read(evalResult(digest(66), { preRegistration })).suite?.preRegistration).toBeUndefined();
  });

  it.each([
    ["a text", "preRegistration", hexOf(90)],
    ["a list", "preRegistration", [named]],
    ["a number", "preRegistration.value", { alg: "sha256", value: 7 }],
  ])("is refused as %s, with the place", (_, place, preRegistration) => {
    expect(messageOf(evalResult(digest(66), { preRegistration }))).toContain(place);
  });
});
