import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { verifyAttestation } from "../../../evidence/signature/attestation/attestation.ts";
import { preAuthenticationEncoding } from "../../../evidence/signature/attestation/dsse.ts";
import { parseDigest, type Digest } from "../../../policies/digest.ts";

const digest = (character: string): Digest => {
  const parsed = parseDigest(`sha256:${character.repeat(64)}`);
  if (parsed === undefined) throw new TypeError("no digest");
  return parsed;
};
const subject = digest("a");
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ed = generateKeyPairSync("ed25519");
const keys = [{ name: "evals", publicKey: ec.publicKey }];

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

interface How {
  readonly key?: KeyObject;
  readonly type?: string;
  readonly change?: (envelope: Record<string, unknown>) => object;
}

function envelope(statement: unknown, { key = ec.privateKey, type, change }: How = {}): Buffer {
  const payloadType = type ?? "application/vnd.in-toto+json";
  const payload = Buffer.from(typeof statement === "string" ? statement : JSON.stringify(statement));
  const algorithm = key.asymmetricKeyType === "ed25519" ? null : "sha256";
  const sig = sign(algorithm, preAuthenticationEncoding(payloadType, payload), key).toString("base64");
  const made = { payloadType, payload: payload.toString("base64"), signatures: [{ keyid: "", sig }] };
  return Buffer.from(JSON.stringify(change?.(made) ?? made));
}

const outcome = (bytes: Uint8Array, asked = subject, by = keys): string => {
  const result = verifyAttestation(bytes, by, asked);
  if (!result.verified) return result.problem;
  return result.attested.passed ? "passed" : "failed";
};
const withPredicate = (statement: { predicate: object }, more: object): object => ({
  ...statement,
  predicate: { ...statement.predicate, ...more },
});

describe("verifyAttestation", () => {
  it("encodes what is signed as in the example of the protocol", () => {
    const encoded = preAuthenticationEncoding("http://example.com/HelloWorld", Buffer.from("hello world"));
    expect(encoded.toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  });

  it.each([
    ["ECDSA", ec],
    ["RSA", rsa],
    ["Ed25519", ed],
  ])("verifies %s", (_, { privateKey, publicKey }) => {
    const result = verifyAttestation(envelope(tested, { key: privateKey }), [{ name: "one", publicKey }], subject);
    expect(result).toMatchObject({ verified: true, signers: ["one"], attested: { passedTests: ["toxicity"] } });
  });

  it("reads a verification summary", () => {
    expect(verifyAttestation(envelope(summarised), keys, subject)).toMatchObject({
      attested: { kind: "verification-summary", passed: true, verifier: "https://example.com/verifier" },
    });
  });

  it.each<[string, string, Buffer]>([
    ["a passed test", "passed", envelope(tested)],
    ["a warned test", "passed", envelope(withPredicate(tested, { result: "WARNED" }))],
    ["a failed test", "failed", envelope(withPredicate(tested, { result: "FAILED" }))],
    ["PASSED with a failed test in it", "failed", envelope(withPredicate(tested, { failedTests: ["bias"] }))],
    ["a failed summary", "failed", envelope(withPredicate(summarised, { verificationResult: "FAILED" }))],
    ["PASSED with the level FAILED", "failed", envelope(withPredicate(summarised, { verifiedLevels: ["FAILED"] }))],
    ["T23 no signature", "ENVELOPE_MALFORMED", envelope(tested, { change: (made) => ({ ...made, signatures: [] }) })],
    [
      "T34 signatures without end",
      "ENVELOPE_MALFORMED",
      envelope(tested, {
        change: (made) => ({ ...made, signatures: Array.from({ length: 17 }, () => ({ sig: "AAAA" })) }),
      }),
    ],
    ["T23 a stranger's signature", "SIGNATURE_INVALID", envelope(tested, { key: rsa.privateKey })],
    [
      "T23 another payload under the signature",
      "SIGNATURE_INVALID",
      envelope(tested, { change: (made) => ({ ...made, payload: Buffer.from("{}").toString("base64") }) }),
    ],
    [
      "T23 another payload type under the signature",
      "SIGNATURE_INVALID",
      envelope(tested, { change: (made) => ({ ...made, payloadType: "text/plain" }) }),
    ],
    ["another payload type", "PAYLOAD_TYPE_UNKNOWN", envelope(tested, { type: "application/json" })],
    ["a payload that does not parse", "STATEMENT_MALFORMED", envelope("{")],
    ["T27 a key twice", "STATEMENT_MALFORMED", envelope('{"_type":"a","_type":"https://in-toto.io/Statement/v1"}')],
    ["an older statement", "STATEMENT_MALFORMED", envelope({ ...tested, _type: "https://in-toto.io/Statement/v0.1" })],
    ["T20 no subject", "STATEMENT_MALFORMED", envelope({ ...tested, subject: [] })],
    [
      "T22 another subject",
      "SUBJECT_MISMATCH",
      envelope({ ...tested, subject: [{ digest: { sha256: "b".repeat(64) } }] }),
    ],
    [
      "T22 the digest by another algorithm",
      "SUBJECT_MISMATCH",
      envelope({ ...tested, subject: [{ digest: { sha512: "a".repeat(64) } }] }),
    ],
    [
      "another predicate",
      "PREDICATE_TYPE_UNKNOWN",
      envelope({ ...tested, predicateType: "https://slsa.dev/provenance/v1" }),
    ],
    ["a predicate without a result", "PREDICATE_MALFORMED", envelope({ ...tested, predicate: {} })],
    ["a result in lower case", "PREDICATE_MALFORMED", envelope(withPredicate(tested, { result: "passed" }))],
    ["T26 a time that is none", "PREDICATE_MALFORMED", envelope(withPredicate(summarised, { timeVerified: "today" }))],
    ["a summary without a verifier", "PREDICATE_MALFORMED", envelope(withPredicate(summarised, { verifier: {} }))],
  ])("%s: %s", (_, expected, bytes) => {
    expect(outcome(bytes)).toBe(expected);
  });

  it("T22 asks for the digest that it was given", () => {
    expect(outcome(envelope(tested), digest("b"))).toBe("SUBJECT_MISMATCH");
  });

  it("trusts nobody when there is no key", () => {
    expect(outcome(envelope(tested), subject, [])).toBe("SIGNATURE_INVALID");
  });

  it("counts one key once, however often it signed", () => {
    const twice = envelope(tested, {
      change: (made) => ({ ...made, signatures: [made["signatures"], made["signatures"]].flat() }),
    });
    expect(verifyAttestation(twice, [...keys, ...keys], subject)).toMatchObject({ signers: ["evals"] });
  });

  it("throws for no bytes, and verifies none that nobody signed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(outcome(bytes)).toBe("ENVELOPE_MALFORMED");
      }),
    );
  });
});
