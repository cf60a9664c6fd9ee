import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { VerifiedSignature } from "../../../policies/artifact.ts";
import type { Signer } from "../../../policies/signer.ts";
import { countSigners } from "../../../policies/signers/count-signers.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { asking, decideOn } from "../../support/builders/decision.ts";
import { found, readContent } from "../../support/builders/evidence.ts";

const issuer = "https://token.actions.githubusercontent.com";
const workflow = "https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads";

function signer(document: Parameters<typeof compileSigner>[0]): Signer {
  const compiled = compileSigner(document);
  if (typeof compiled === "string") throw new Error(compiled);
  return compiled;
}

const pipeline = { cosign: { issuer, identity: `${workflow}/*` } };
const main = { cosign: { issuer, identity: `${workflow}/main` } };
const security = { cosign: { keyRef: "security.pub" } };
const by = (document: Parameters<typeof compileSigner>[0], identity: string): VerifiedSignature => ({
  signer: signer(document).id,
  identity,
});
const onMain = `${workflow}/main of ${issuer}`;
const onFeature = `${workflow}/feature of ${issuer}`;

describe("a threshold of two", () => {
  const decision = (verified: readonly VerifiedSignature[], ...signers: readonly object[]): string => {
    const evidence = { repositories: ["quay.io/acme/evals"], signers, threshold: 2 };
    const policy = asking({ environment: ["production"] }, { evidence });
    const signatures = { kind: "checked", seen: verified.length, verified, problems: [] } as const;
    const shown = [found(1, { content: readContent, signatures })];
    return decideOn({ policies: [policy], evidence: shown }).verdict;
  };

  it("is not met by two branches of the one workflow that a pattern covers", () => {
    expect(decision([by(pipeline, onMain), by(pipeline, onFeature)], pipeline, security)).toBe("deny");
  });

  it("is met by the workflow and the key", () => {
    expect(decision([by(pipeline, onMain), by(security, "key sha256:1")], pipeline, security)).toBe("admit");
  });

  it("is not met by one who fits two entries", () => {
    expect(decision([by(pipeline, onMain), by(main, onMain)], pipeline, main)).toBe("deny");
  });

  it("is met by two where one of them fits both entries, in whatever order", () => {
    const verified = [by(pipeline, onMain), by(main, onMain), by(pipeline, onFeature)];
    expect(decision(verified, pipeline, main)).toBe("admit");
    expect(decision(verified.toReversed(), main, pipeline)).toBe("admit");
  });

  it("is not met by an entry that is written twice", () => {
    const twice = [by(pipeline, onMain), by(pipeline, onFeature)];
    expect(decision(twice, pipeline, pipeline, security)).toBe("deny");
  });
});

describe("the number of signers", () => {
  const entries = ["a", "b", "c", "d"].map((keyRef) => signer({ cosign: { keyRef } }));
  const people = ["one", "two", "three", "four"];
  const pairs = entries.flatMap(({ id }) => people.map((identity) => ({ signer: id, identity })));

  /** By trying everything. */
  function most(left: readonly Signer[], verified: readonly VerifiedSignature[]): number {
    const [first, ...rest] = left;
    if (first === undefined) return 0;
    const fits = verified.filter((one) => one.signer === first.id);
    const placed = fits.map(
      (one) =>
        1 +
        most(
          rest,
          verified.filter(({ identity }) => identity !== one.identity),
        ),
    );
    return Math.max(most(rest, verified), ...placed);
  }

  it("is that of the largest pairing of entries and people", () => {
    fc.assert(
      fc.property(fc.subarray(entries), fc.shuffledSubarray(pairs), (any, verified) => {
        expect(countSigners(any, verified)).toBe(most(any, verified));
      }),
      { numRuns: 400 },
    );
  });

  it("never falls when one more has signed", () => {
    fc.assert(
      fc.property(
        fc.subarray(entries),
        fc.shuffledSubarray(pairs),
        fc.constantFrom(...pairs),
        (any, verified, more) => {
          expect(countSigners(any, [...verified, more])).toBeGreaterThanOrEqual(countSigners(any, verified));
        },
      ),
      { numRuns: 200 },
    );
  });
});
