import { describe, expect, it } from "@jest/globals";
import { listReasons } from "../../../policies/decision.ts";
import type { Artifact } from "../../../policies/artifact.ts";
import { aPolicy, aWorkload, decideOn } from "../../support/builders/decision.ts";
import { digest, found, full, lost, references, unavailable } from "../../support/builders/evidence.ts";

const evidence = { repositories: ["quay.io/acme/evals"], revoked: [digest(1)] };
const policies = [aPolicy({ evidence })];

describe("evidence that a policy revokes", () => {
  it("counts for nothing, and the denial says so", () => {
    const decision = decideOn({ policies });
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: false });
    expect(listReasons(decision)).toEqual(["EVIDENCE_REVOKED"]);
    expect(decision.findings).toMatchObject([{ message: "production-llm revokes sha256:00000000…" }]);
  });

  it("is revoked also where it cannot be had: nobody waits for it to come back", () => {
    const decision = decideOn({ policies, evidence: [lost(1, unavailable)] });
    expect(listReasons(decision)).toEqual(["EVIDENCE_REVOKED"]);
    expect(decision.couldNotLook).toBe(false);
  });

  it("stands in nobody's way who names other evidence as well", () => {
    const workload = aWorkload({ references: references(full(1), full(2)) });
    expect(decideOn({ policies, workload, evidence: [found(1), found(2)] }).verdict).toBe("admit");
  });

  it("counts under a policy that does not revoke it", () => {
    const decision = decideOn({ policies: [aPolicy(), aPolicy({ evidence }, "strict")] });
    expect(decision.policies.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["production-llm", "pass"],
      ["strict", "fail"],
    ]);
  });

  it("is named where it was discovered, too", () => {
    const discovering = [aPolicy({ evidence: { ...evidence, discover: true } })];
    const workload = aWorkload({ references: references(), discovered: { references: [full(1)], problems: [] } });
    expect(listReasons(decideOn({ policies: discovering, workload }))).toEqual(["EVIDENCE_REVOKED"]);
  });

  it("gives no results to a statement about it", () => {
    const statement = found(2, { annotations: {}, content: { kind: "none" } });
    const [, one] = statement;
    if (one.kind !== "found") throw new Error("not found");
    const attestation = {
      bundle: "{}",
      form: "bundle" as const,
      subjects: [digest(1)],
      passed: true,
      verifier: undefined,
    };
    const artifact: Artifact = {
      ...one.artifact,
      kind: "attestation",
      content: { kind: "read", benchmarks: [], completedAt: undefined, attestation },
    };
    const workload = aWorkload({ references: references(full(1), full(2)) });
    const decision = decideOn({
      policies,
      workload,
      evidence: [found(1), [statement[0], { kind: "found", artifact }]],
    });
    expect(decision.verdict).toBe("deny");
    expect(listReasons(decision)).toContain("EVIDENCE_REVOKED");
  });
});

it.each(["sha256:1", `SHA256:${"a".repeat(64)}`, `quay.io/acme/evals@sha256:${"a".repeat(64)}`])(
  "%s cannot be revoked: it is no digest",
  (text) => {
    expect(() => aPolicy({ evidence: { ...evidence, revoked: [text] } })).toThrow("must be a digest");
  },
);
