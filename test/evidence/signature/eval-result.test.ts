import { describe, expect, it } from "@jest/globals";
import { AttestationError } from "../../../evidence/signature/attestation/problem.ts";
import { readStatement } from "../../../evidence/signature/attestation/statement.ts";
import type { Json } from "../../support/artifacts.ts";
import { digest } from "../../support/builders/evidence.ts";
import {
  claim,
  evalResult,
  evalResultPredicate,
  evalResultTypes,
  quillworks,
  simpleVerification,
} from "../../support/eval-results.ts";

const model = digest(66);
const hexOf = (number: number): string => digest(number).replace("sha256:", "");
const read = (statement: Json) => readStatement(Buffer.from(JSON.stringify(statement)));
const messageOf = (statement: Json | string): string => {
  try {
    readStatement(Buffer.from(typeof statement === "string" ? statement : JSON.stringify(statement)));
    return "read";
  } catch (error) {
    if (error instanceof AttestationError) return `${error.problem}: ${error.message}`;
    throw error;
  }
};
const without = (predicate: Json, key: string): Json =>
  Object.fromEntries(Object.entries(predicate).filter(([name]) => name !== key));

describe("an evaluation result", () => {
  it.each(evalResultTypes)("%s is read by the rules of %s", (predicateType, version) => {
    const statement = evalResult(model, {}, { predicateType, predicate: evalResultPredicate(version) });
    expect(read(statement)).toEqual({
      subjects: [model],
      passed: true,
      verdicts: [["larch-qa", true]],
      suite: { bounds: [claim()], version: "2.3.0", samples: { scored: 1200, total: undefined } },
      verifier: undefined,
      verifiedAt: "2026-11-18T08:30:00Z",
    });
  });

  it("passed where every claim did", () => {
    const claims = [claim(), claim({ metric: "f1", passed: false })];
    expect(read(evalResult(model, { claims }))).toMatchObject({ passed: false, verdicts: [["larch-qa", false]] });
  });

  it("may be of a release that is the model, and names no other by commitments", () => {
    const commitments = { model: { alg: "sha256-salted-v1", value: hexOf(66), salted: true } };
    expect(read(evalResult(model, { subjectProfile: "release-gate" })).subjects).toEqual([model]);
    expect(read(evalResult(digest(67), { commitments })).subjects).toEqual([digest(67)]);
  });

  it("may name its model twice, and by another algorithm", () => {
    const [predicateType] = evalResultTypes[2];
    const named = (sum: Json): Json =>
      evalResult(model, {}, { predicateType, predicate: evalResultPredicate("v0.2", { model: { digest: sum } }) });
    expect(read(named({ sha256: hexOf(66) })).subjects).toEqual([model]);
    expect(read(named({ gitCommit: "1".repeat(40) })).subjects).toEqual([model]);
  });
});

describe("a result that is not as specified is refused, with the place", () => {
  const newer = (change: Json): Json =>
    evalResult(model, {}, { predicateType: evalResultTypes[2][0], predicate: evalResultPredicate("v0.2", change) });
  it.each<[string, string, Json | string]>([
    ["about a receipt", "receipt", evalResult(model, { subjectProfile: "receipt" })],
    ["about something unheard of", "subjectProfile", evalResult(model, { subjectProfile: "model-family" })],
    ["without saying about what", "subjectProfile", evalResult(model, { subjectProfile: undefined })],
    ["of one model, about another", "names the model", newer({ model: { digest: { sha256: hexOf(67) } } })],
    ["of a model whose digest is none", "names the model", newer({ model: { digest: { sha256: "abc" } } })],
    ["of a model that is text", "model", newer({ model: "granite" })],
    [
      "v0.2 with the body of v0.1",
      "evaluator",
      evalResult(model, {}, { predicateType: evalResultTypes[2][0], predicate: evalResultPredicate("v0.1") }),
    ],
    ["v0.1 with the body of v0.2", "verifier", evalResult(model, {}, { predicate: evalResultPredicate("v0.2") })],
    [
      "v0.3",
      "PREDICATE_TYPE_UNKNOWN",
      evalResult(model, {}, { predicateType: "https://b7n0de.com/attestation/eval-result/v0.3" }),
    ],
    [
      "a threshold with an exponent",
      "claims.0.threshold",
      evalResult(model, { claims: [claim({ threshold: "1e-3" })] }),
    ],
    ["a threshold that is a number", "claims.0.threshold", evalResult(model, { claims: [claim({ threshold: 0.62 })] })],
    [
      "a threshold of many digits",
      "claims.0.threshold",
      evalResult(model, { claims: [claim({ threshold: "1".repeat(65) })] }),
    ],
    [
      "a threshold that is no number",
      "claims.0.threshold",
      evalResult(model, { claims: [claim({ threshold: "NaN" })] }),
    ],
    ["another comparator", "claims.0.comparator", evalResult(model, { claims: [claim({ comparator: "==" })] })],
    ["a verdict in words", "claims.1.passed", evalResult(model, { claims: [claim(), claim({ passed: "true" })] })],
    ["a claim about nothing", "claims.0.metric", evalResult(model, { claims: [claim({ metric: "" })] })],
    [
      "a claim with a long name",
      "claims.0.metric",
      evalResult(model, { claims: [claim({ metric: "m".repeat(513) })] }),
    ],
    ["no claims", "claims", evalResult(model, { claims: [] })],
    ["very many claims", "claims", evalResult(model, { claims: Array(1025).fill(claim()) })],
    [
      "claims that contradict each other",
      "contradict",
      evalResult(model, { claims: [claim({ threshold: "0.9" }), claim({ comparator: "<=", threshold: "0.1" })] }),
    ],
    ["no suite", "suite", evalResult(model, { suite: undefined })],
    ["a suite without a version", "suite.version", evalResult(model, { suite: { name: "larch-qa" } })],
    ["a number of samples in words", "sampleSize", evalResult(model, { sampleSize: "1200" })],
    ["a number of samples below none", "sampleSize", evalResult(model, { sampleSize: -1 })],
    ["half a sample", "sampleSize", evalResult(model, { sampleSize: 0.5 })],
    ["no time", "evaluatedAt", evalResult(model, { evaluatedAt: undefined })],
    ["a time without zone", "evaluatedAt", evalResult(model, { evaluatedAt: "2026-11-18T08:30:00" })],
    ["a predicate that is a list", "STATEMENT", JSON.stringify([evalResult(model)])],
    [
      "another predicate under its type",
      "PREDICATE_MALFORMED",
      evalResult(model, {}, { predicate: { result: "PASSED" } }),
    ],
    ["a payload that breaks off", "STATEMENT_MALFORMED", JSON.stringify(evalResult(model)).slice(0, -2)],
    [
      "a key twice",
      "STATEMENT_MALFORMED",
      JSON.stringify(evalResult(model)).replace('"passed":true', '"passed":false,"passed":true'),
    ],
  ])("%s", (_, words, statement) => {
    const message = messageOf(statement);
    expect(message).toMatch(/^(?:STATEMENT_MALFORMED|PREDICATE_(?:MALFORMED|TYPE_UNKNOWN)): /);
    expect(message).toContain(words);
  });
});

describe("a simple verification result", () => {
  it("says what holds in the name of its verifier, has no verdict over all, and gives a time", () => {
    expect(read(simpleVerification(model, { properties: ["QUILL_LARCH_QA", "QUILL_BIAS"] }))).toEqual({
      subjects: [model],
      passed: undefined,
      verdicts: [
        ["QUILL_LARCH_QA", true],
        ["QUILL_BIAS", true],
      ],
      provider: quillworks,
      verifier: quillworks,
      verifiedAt: "2026-11-18T00:00:00Z",
    });
  });

  it.each<[string, string, Json]>([
    ["no property", "lists no property", simpleVerification(model, { properties: [] })],
    ["properties that are missing", "properties", simpleVerification(model, { properties: undefined })],
    ["a property that is a number", "properties.0", simpleVerification(model, { properties: [1] })],
    ["a property without a name", "properties.0", simpleVerification(model, { properties: [""] })],
    [
      "the body of v0.1, without policies",
      "verifier.policies",
      simpleVerification(model, { verifier: { id: quillworks } }),
    ],
    [
      "an empty list of policies",
      "verifier.policies",
      simpleVerification(model, { verifier: { id: quillworks, policies: [] } }),
    ],
    ["no verifier", "verifier", simpleVerification(model, { verifier: undefined })],
    ["a time that is none", "timeCreated", simpleVerification(model, { timeCreated: "yesterday" })],
    [
      "v0.1 by its type",
      "PREDICATE_TYPE_UNKNOWN",
      { ...simpleVerification(model), predicateType: "https://in-toto.io/attestation/svr/v0.1" },
    ],
  ])("with %s is refused", (_, words, statement) => {
    expect(messageOf(statement)).toContain(words);
  });
});

it("fields that are not known are ignored, where in-toto asks for that", () => {
  const predicate = { ...evalResultPredicate("v0.1"), anchors: [{ type: "ots" }], "https://quillworks.example/x": 1 };
  expect(messageOf({ ...evalResult(model), predicate, "https://quillworks.example/y": [] })).toBe("read");
  expect(messageOf(without(evalResult(model), "contentRootAlg"))).toBe("read");
});
