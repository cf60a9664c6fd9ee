import { expect, it } from "@jest/globals";
import { noTrust } from "../../../evidence/signature/trust.ts";
import { createVerificationMemory } from "../../../evidence/signature/verification-memory.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import type { RequiredSigners } from "../../../policies/policy.ts";
import { makeTestKey } from "../../support/signatures.ts";

function requiring(definition: Parameters<typeof compileSigner>[0]): readonly RequiredSigners[] {
  const signer = compileSigner(definition);
  if (typeof signer === "string") throw new Error(signer);
  return [{ any: [signer], threshold: 1 }];
}

const byCosign = requiring({ cosign: { publicKey: makeTestKey().pem } });
const byNotation = requiring({ notation: { trustStore: "acme", identities: ["x509.subject: C=US, ST=WA, O=Acme"] } });
const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));

it("keeps what a key or an identity verified, whenever it is asked", () => {
  const memory = createVerificationMemory<string>();
  memory({ required: byCosign, trust: noTrust, now: at(0) }).set("a", "verified");
  expect(memory({ required: byCosign, trust: noTrust, now: at(600) }).get("a")).toBe("verified");
});

it("keeps what depends on a certificate of the Notary Project for its minute, and apart from the rest", () => {
  const memory = createVerificationMemory<string>();
  memory({ required: byNotation, trust: noTrust, now: at(0) }).set("a", "verified");
  expect(memory({ required: byNotation, trust: noTrust, now: at(59) }).get("a")).toBe("verified");
  expect(memory({ required: byCosign, trust: noTrust, now: at(59) }).get("a")).toBeUndefined();
  expect(memory({ required: byNotation, trust: noTrust, now: at(60) }).get("a")).toBeUndefined();
});

it.each([byCosign, byNotation])("keeps nothing under another trust, nor when the first comes back", (...required) => {
  const memory = createVerificationMemory<string>();
  const terms = { required, now: at(0) };
  memory({ ...terms, trust: noTrust }).set("a", "verified");
  expect(memory({ ...terms, trust: { ...noTrust } }).get("a")).toBeUndefined();
  expect(memory({ ...terms, trust: noTrust }).get("a")).toBeUndefined();
});
