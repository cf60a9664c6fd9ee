import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Signatures } from "../../policies/artifact.ts";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import type { Decision } from "../../policies/decision.ts";
import type { Evidence } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import { aPolicy, aWorkload, decideOn, everything, now, runningModel } from "../support/builders/decision.ts";
import { references } from "../support/builders/evidence.ts";
import { type anException } from "../support/builders/exception.ts";
import { exhibits, other, requirement, situation, type Exhibit } from "../support/generated-decisions.ts";

const rank = { admit: 2, warn: 1, deny: 0 } as const;

function judge(
  shown: readonly Exhibit[],
  input: { policies: readonly Policy[]; exceptions: ReturnType<typeof anException>[]; models: (typeof runningModel)[] },
): Decision {
  const workload = aWorkload({
    references: references(...shown.map(({ reference }) => reference)),
    models: input.models,
  });
  const evidence = new Map(shown.flatMap((one) => one.evidence));
  return decide({
    workload,
    evidence,
    policies: input.policies,
    exceptions: input.exceptions,
    now,
    settings: defaultSettings,
  });
}

function withoutSignatures(evidence: Evidence): Evidence {
  if (evidence.kind !== "found" || evidence.artifact.signatures.kind !== "checked") return evidence;
  const none: Signatures = { kind: "checked", seen: 0, verified: [], problems: [] };
  return { kind: "found", artifact: { ...evidence.artifact, signatures: none } };
}

describe("the laws", () => {
  it("taking evidence away never turns a denial into an admission, nor makes any verdict milder", () => {
    fc.assert(
      fc.property(exhibits, situation, fc.nat(), (shown, input, pick) => {
        fc.pre(shown.length > 0);
        const less = shown.toSpliced(pick % shown.length, 1);
        expect(rank[judge(less, input).verdict]).toBeLessThanOrEqual(rank[judge(shown, input).verdict]);
      }),
      { numRuns: 1500 },
    );
  });

  it("taking signatures away never makes any verdict milder", () => {
    fc.assert(
      fc.property(exhibits, situation, (shown, input) => {
        const less = shown.map(({ reference, evidence }) => ({
          reference,
          evidence: evidence.map(([key, one]): [string, Evidence] => [key, withoutSignatures(one)]),
        }));
        expect(rank[judge(less, input).verdict]).toBeLessThanOrEqual(rank[judge(shown, input).verdict]);
      }),
      { numRuns: 1500 },
    );
  });

  it("revoking evidence never makes any verdict milder, and what is revoked passes nothing", () => {
    fc.assert(
      fc.property(exhibits, situation, fc.nat(), (shown, input, pick) => {
        fc.pre(shown.length > 0);
        const digests = shown.flatMap(({ reference }) => ("digest" in reference ? [reference.digest] : []));
        const revoked = new Set(digests.filter((_, at) => at === pick % shown.length));
        const policies = input.policies.map((one) => ({ ...one, revoked }));
        const { verdict, findings } = judge(shown, { ...input, policies });
        expect(rank[verdict]).toBeLessThanOrEqual(rank[judge(shown, input).verdict]);
        const about = findings.filter(({ evidence = "" }) => [...revoked].some((digest) => evidence.endsWith(digest)));
        expect(about.filter(({ outcome }) => outcome === "pass")).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("a revocation by somebody whom a policy lets revoke never makes its verdict milder, and nothing revoked passes", () => {
    const signer = JSON.stringify(["keyRef", "ci.pub", false]);
    const revocations: Signatures = {
      kind: "checked",
      seen: 1,
      verified: [{ signer, identity: "key ci.pub", revocation: { reason: undefined, revokedAt: undefined } }],
      problems: [],
    };
    const revoke = (evidence: Evidence): Evidence =>
      evidence.kind === "found" ? { kind: "found", artifact: { ...evidence.artifact, revocations } } : evidence;
    fc.assert(
      fc.property(exhibits, situation, (shown, input) => {
        const all = shown.map(({ reference, evidence }) => ({
          reference,
          evidence: evidence.map(([key, one]): [string, Evidence] => [key, revoke(one)]),
        }));
        const letting = input.policies.filter(({ revokers }) => revokers !== undefined);
        const { verdict, findings } = judge(all, input);
        expect(rank[verdict]).toBeLessThanOrEqual(rank[judge(shown, input).verdict]);
        const passed = findings.filter(
          ({ outcome, policy }) => outcome === "pass" && letting.some(({ name }) => name === policy),
        );
        expect(passed).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("the order of references never matters, to the verdict or to what is found", () => {
    fc.assert(
      fc.property(exhibits, situation, (shown, input) => {
        const { findings, verdict, couldNotLook } = judge(shown, input);
        const reversed = judge(shown.toReversed(), input);
        expect([reversed.verdict, reversed.couldNotLook, reversed.findings]).toEqual([verdict, couldNotLook, findings]);
      }),
      { numRuns: 500 },
    );
  });

  it("what no single evaluation proves, several do not prove together", () => {
    fc.assert(
      fc.property(exhibits, requirement, fc.constantFrom(["Enforce"]), (shown, asked, [mode]) => {
        const input = {
          policies: [
            aPolicy({
              mode,
              evidence: { repositories: ["quay.io/acme/evals", other] },
              require: [{ ...asked, name: "r" }],
            }),
          ],
          exceptions: [],
          models: [runningModel],
        };
        const alone = shown.some((one) => judge([one], input).verdict === "admit");
        expect(judge(shown, input).verdict === "admit").toBe(alone);
      }),
      { numRuns: 800 },
    );
  });

  it("Warn and Audit change only the verdict", () => {
    fc.assert(
      fc.property(exhibits, fc.array(requirement, { minLength: 1, maxLength: 2 }), (shown, asked) => {
        const require = asked.map((one, at) => ({ ...one, name: `r${at}` }));
        const [enforce, warn, audit] = ["Enforce", "Warn", "Audit"].map((mode) =>
          judge(shown, {
            policies: [aPolicy({ mode, evidence: { repositories: ["quay.io/acme/evals", other] }, require })],
            exceptions: [],
            models: [runningModel],
          }),
        );
        expect(warn?.findings).toEqual(enforce?.findings);
        expect(audit?.findings).toEqual(enforce?.findings);
        expect(audit?.verdict).toBe("admit");
        expect(warn?.verdict).toBe(enforce?.verdict === "admit" ? "admit" : "warn");
      }),
      { numRuns: 300 },
    );
  });

  it("the same arguments give the same decision", () => {
    fc.assert(
      fc.property(exhibits, situation, (shown, input) => expect(judge(shown, input)).toEqual(judge(shown, input))),
      { numRuns: 100 },
    );
  });

  it("an admission rests on a pass for every requirement of every enforcing policy and every model", () => {
    fc.assert(
      fc.property(exhibits, situation, (shown, input) => {
        const decision = judge(shown, { ...input, exceptions: [] });
        fc.pre(decision.verdict === "admit");
        for (const { name, mode, outcome } of decision.policies)
          expect([name, mode === "Audit" || outcome === "pass"]).toEqual([name, true]);
        for (const enforcing of input.policies.filter(({ mode }) => mode === "Enforce")) {
          for (const { name } of enforcing.requirements) {
            const passed = decision.findings.filter(
              (finding) =>
                finding.policy === enforcing.name && finding.requirement === name && finding.outcome === "pass",
            );
            expect(passed.length).toBeGreaterThanOrEqual(input.models.length);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("holds for the builders themselves: the strict requirement admits the good evidence", () => {
    expect(decideOn({ policies: [aPolicy({ require: [everything] })] }).verdict).toBe("admit");
  });
});
