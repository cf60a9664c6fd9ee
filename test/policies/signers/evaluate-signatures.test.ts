import { expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Signatures, VerifiedSignature } from "../../../policies/artifact.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import type { RequiredSigners } from "../../../policies/policy.ts";
import type { Signer } from "../../../policies/signer.ts";
import { evaluateSignatures } from "../../../policies/signers/evaluate-signatures.ts";

/** Each a person, by the same issuer. */
const signers = ["a", "b", "c"].map((name): Signer => {
  const compiled = compileSigner({
    cosign: { issuer: "https://accounts.google.com", identity: `${name}@example.com` },
  });
  if (typeof compiled === "string") throw new Error(compiled);
  return compiled;
});
const signer = fc.constantFrom(...signers);
const id = signer.map((one) => one.id);
const verified = fc.array(fc.record({ signer: id, identity: fc.constantFrom("one", "two") }), { maxLength: 3 });
const signatures = fc.oneof(
  verified.map((all): Signatures => ({ kind: "checked", seen: all.length, verified: all, problems: [] })),
  fc.constant<Signatures>({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" }),
);
const required = fc.record({
  any: fc.tuple(signer, signer),
  threshold: fc.integer({ min: 1, max: 2 }),
}) satisfies fc.Arbitrary<RequiredSigners>;

it("says of signatures that are remembered what it says of others, to whoever asks", () => {
  fc.assert(
    fc.property(signatures, fc.array(required, { minLength: 1, maxLength: 4 }), (fresh, all) => {
      const remembered = Object.freeze({ ...fresh });
      for (const one of [...all, ...all])
        expect(evaluateSignatures(one, remembered)).toEqual(evaluateSignatures(one, fresh));
    }),
  );
});

it("remembers nothing of signatures that are still being verified", () => {
  const growing: VerifiedSignature[] = [];
  const unfinished: Signatures = { kind: "checked", seen: 1, verified: growing, problems: [] };
  const [anybody] = signers;
  if (anybody === undefined) throw new Error("there is nobody");
  const one: RequiredSigners = { any: [anybody], threshold: 1 };
  expect(evaluateSignatures(one, unfinished).outcome).toBe("fail");
  growing.push({ signer: anybody.id, identity: "one" });
  expect(evaluateSignatures(one, unfinished).outcome).toBe("pass");
});
