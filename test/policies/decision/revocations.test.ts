import { describe, expect, it } from "@jest/globals";
import type { Signatures } from "../../../policies/artifact.ts";
import { listReasons, type Decision } from "../../../policies/decision.ts";
import type { EvidenceReference } from "../../../policies/evidence.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { aPolicy, aWorkload, decideOn } from "../../support/builders/decision.ts";
import { bare, found, full, references } from "../../support/builders/evidence.ts";

const revoker = { cosign: { keyRef: "revoker.pub" } };
const signer = compileSigner(revoker);
if (typeof signer === "string") throw new Error(signer);
const repositories = ["quay.io/acme/evals", "quay.io/acme/copies"];
const evidence = { repositories, revokers: [revoker] };
const policies = [aPolicy({ evidence })];

const reason = "the test set was in the training data";
const checked = (over: Partial<Extract<Signatures, { kind: "checked" }>> = {}): Signatures => ({
  kind: "checked",
  seen: 1,
  verified: [],
  problems: [],
  ...over,
});
const by = (id: string, revocation = { reason, revokedAt: "2026-11-20T12:00:00Z" }): Signatures =>
  checked({ verified: [{ signer: id, identity: "key sha256:12ab", revocation }] });
const decideWith = (revocations: Signatures | undefined, policy = policies): Decision =>
  decideOn({ policies: policy, evidence: [found(1, revocations && { revocations })] });

describe("evidence that somebody has revoked", () => {
  it("counts for nothing where the policy lets them, and the denial says who, when and why", () => {
    const decision = decideWith(by(signer.id));
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: false });
    expect(listReasons(decision)).toEqual(["EVIDENCE_REVOKED"]);
    expect(decision.findings).toMatchObject([
      { message: `revoked: ${reason} (by key sha256:12ab, 2026-11-20T12:00:00Z)` },
    ]);
  });

  it("counts for nothing although the statement gives no reason", () => {
    const nothing = { reason: undefined, revokedAt: undefined };
    const revocations = checked({ verified: [{ signer: signer.id, identity: "me", revocation: nothing }] });
    expect(decideWith(revocations).findings).toMatchObject([{ message: "revoked: no reason is given (by me)" }]);
  });

  it("counts where it was another policy that let them", () => {
    expect(decideWith(by("another")).verdict).toBe("admit");
    expect(decideWith(by(signer.id), [aPolicy()]).verdict).toBe("admit");
  });

  it("counts where nobody has, and whatever else is attached", () => {
    const problems = [{ signer: signer.id, kind: "other-signer", message: "signed with another key" }] as const;
    expect(decideWith(checked({ seen: 3, problems })).verdict).toBe("admit");
  });

  it("counts for nothing wherever a bare digest was found, and by a full reference where it was revoked", () => {
    const copies = "quay.io/acme/copies";
    const shown = [
      found(1, { revocations: checked() }),
      found(1, { revocations: by(signer.id), repository: copies }),
    ] as const;
    const decideNaming = (...entries: EvidenceReference[]): Decision =>
      decideOn({ policies, workload: aWorkload({ references: references(...entries) }), evidence: [...shown] });
    expect(listReasons(decideNaming(bare(1)))).toEqual(["EVIDENCE_REVOKED"]);
    expect(listReasons(decideNaming(full(1, copies)))).toEqual(["EVIDENCE_REVOKED"]);
    expect(decideNaming(full(1), full(1, copies)).verdict).toBe("admit");
    const untrusting = [aPolicy({ evidence: { ...evidence, repositories: ["quay.io/acme/evals"] } })];
    const workload = aWorkload({ references: references(bare(1)) });
    expect(decideOn({ policies: untrusting, workload, evidence: [...shown] }).verdict).toBe("admit");
  });

  it("is named where it was discovered, too", () => {
    const discovering = [aPolicy({ evidence: { ...evidence, discover: true } })];
    const workload = aWorkload({ references: references(), discovered: { references: [full(1)], problems: [] } });
    const shown = [found(1, { revocations: by(signer.id) })];
    expect(listReasons(decideOn({ policies: discovering, workload, evidence: shown }))).toEqual(["EVIDENCE_REVOKED"]);
  });
});

describe("where it cannot be told whether evidence was revoked", () => {
  const lost = { reason: "REGISTRY_UNAVAILABLE", message: "quay.io answered 503" } as const;
  it.each<[string, Signatures | undefined]>([
    ["the registry gave no list", { kind: "unavailable", ...lost }],
    ["the registry gave a part of the list", checked({ unseen: { kind: "unavailable", ...lost } })],
    ["nobody looked", undefined],
  ])("could not look: %s", (_, revocations) => {
    const decision = decideWith(revocations);
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: true });
    const warning = [aPolicy({ evidence, onUnavailable: "Warn" })];
    expect(decideWith(revocations, warning).verdict).toBe("warn");
  });

  it.each(["too-many", "invalid"] as const)("a denial under every onUnavailable: %s", (kind) => {
    const revocations = checked({ unseen: { kind, message: "300 manifests are listed" } });
    const decision = decideWith(revocations, [aPolicy({ evidence, onUnavailable: "Warn" })]);
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: false });
    expect(listReasons(decision)).toEqual(["EVIDENCE_STANDING_UNKNOWN"]);
  });

  it("what is revoked for all that was seen is revoked", () => {
    const unseen = { kind: "too-many", message: "300 manifests are listed" } as const;
    const revocations = { ...by(signer.id), unseen } as Signatures;
    expect(listReasons(decideWith(revocations))).toEqual(["EVIDENCE_REVOKED"]);
  });
});

it("a revoker that could sign no statement is refused", () => {
  const revokers = [{ notation: { trustStore: "acme", identities: ["x509.subject: C=US"] } }];
  expect(() => aPolicy({ evidence: { repositories, revokers } })).toThrow("expected cosign: a revocation");
});
