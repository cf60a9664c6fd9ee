import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { Content, Signatures, Unseen } from "../../policies/artifact.ts";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import type { Decision } from "../../policies/decision.ts";
import type { Evidence, EvidenceReference } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import { aPolicy, aWorkload, decideOn, everything, now, runningModel } from "../support/builders/decision.ts";
import { bare, found, full, lost, readContent, references, unavailable } from "../support/builders/evidence.ts";
import { anException } from "../support/builders/exception.ts";

type Exhibit = { readonly reference: EvidenceReference; readonly evidence: [string, Evidence][] };

const content = fc.constantFrom<Content>(
  readContent,
  { kind: "none" },
  { kind: "unavailable", reason: "REGISTRY_DENIED", message: "no" },
);
const annotations = fc.record({
  "dev.assaygate.model.name": fc.constantFrom("ibm-granite/granite-3.1-8b-instruct", "mistral-7b", undefined),
  "dev.assaygate.model.version": fc.constantFrom("3.1.0", "3.0.0"),
  "dev.assaygate.environment": fc.constantFrom("production", "staging", undefined),
  "dev.assaygate.hardware.class": fc.constantFrom("nvidia-h100", "nvidia-a100"),
  "dev.assaygate.compliance.tags": fc.constantFrom("eu-ai-act:art-15", "soc2:cc8.1"),
  "org.opencontainers.image.created": fc.constantFrom("2026-11-10T12:00:00Z", "2020-01-01T00:00:00Z"),
});
const keys = ["ci.pub", "lab.pub"].map((keyRef) => ({ cosign: { keyRef, transparencyLog: "NotRequired" as const } }));
const verified = fc.subarray(
  ["ci.pub", "lab.pub"].map((file) => ({ signer: JSON.stringify(["keyRef", file, false]), identity: `key ${file}` })),
);
const unseen = fc.constantFrom<{ unseen?: Unseen }>(
  {},
  { unseen: { kind: "too-many", message: "300" } },
  { unseen: { kind: "unavailable", reason: "REGISTRY_DENIED", message: "no" } },
);
const signatures = fc.oneof(
  fc
    .tuple(verified, unseen)
    .map(([list, more]): Signatures => ({ kind: "checked", seen: list.length, verified: list, problems: [], ...more })),
  fc.constant<Signatures>({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" }),
);
const other = "quay.io/acme/other";

/** One reference and what its places answer. Its number keeps digests apart. */
const exhibit = (number: number): fc.Arbitrary<Exhibit> => {
  const good = fc.record({ annotations, content, signatures });
  const answer = (at: string): fc.Arbitrary<[string, Evidence]> =>
    fc.oneof(
      { weight: 2, arbitrary: good.map((change) => found(number, { ...change, repository: at })) },
      { weight: 1, arbitrary: signatures.map((signed) => found(number, { repository: at, signatures: signed })) },
      { weight: 1, arbitrary: fc.constant(lost(number, unavailable, at)) },
      fc.constantFrom(
        lost(number, { kind: "absent", message: "no" }, at),
        lost(number, { kind: "refused", reason: "EVIDENCE_CORRUPT", message: "no" }, at),
      ),
    );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: answer("quay.io/acme/evals").map((evidence) => ({ reference: full(number), evidence: [evidence] })),
    },
    fc.tuple(answer("quay.io/acme/evals"), answer(other)).map((evidence) => ({ reference: bare(number), evidence })),
    answer("ghcr.io/evil/evals").map((evidence) => ({
      reference: full(number, "ghcr.io/evil/evals"),
      evidence: [evidence],
    })),
    fc.constant<Exhibit>({ reference: { kind: "malformed", text: `x${number}`, problem: "no digest" }, evidence: [] }),
  );
};
const exhibits = fc
  .integer({ min: 0, max: 4 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => exhibit(at + 1))));

const requirement = fc.record(
  {
    environment: fc.constantFrom(["production"], ["staging"], ["SameAsWorkload"]),
    hardwareClass: fc.constantFrom(["SameAsWorkload"], ["nvidia-a100"]),
    complianceTags: fc.constant(["eu-ai-act:art-15"]),
    benchmarks: fc.constantFrom(
      [{ id: "mmlu", metric: "acc,none", min: 0.6 }],
      [{ id: "mmlu", metric: "acc,none", min: 0.9 }],
    ),
    maxAge: fc.constant("30d"),
    expressions: fc.constantFrom(
      [{ cel: "evaluation.environment == workload.environment", message: "same" }],
      [{ cel: "evaluation.benchmarks.size() > 1", message: "two" }],
    ),
  },
  { requiredKeys: [] },
);
const policy = (name: string): fc.Arbitrary<Policy> =>
  fc
    .record({
      mode: fc.constantFrom("Enforce", "Warn", "Audit"),
      onUnavailable: fc.constantFrom("Deny", "Warn"),
      signed: fc.constantFrom({}, { signers: keys }, { signers: keys, threshold: 2 }),
      require: fc.array(requirement, { minLength: 1, maxLength: 2 }),
    })
    .map(({ signed, ...spec }) =>
      aPolicy(
        {
          ...spec,
          evidence: { repositories: ["quay.io/acme/evals", other], ...signed },
          require: spec.require.map((one, at) => ({ ...one, name: `r${at}` })),
        },
        name,
      ),
    );
const policies: fc.Arbitrary<readonly Policy[]> = fc.oneof(fc.tuple(policy("a")), fc.tuple(policy("a"), policy("b")));
const exceptions = fc.subarray([
  anException({ policies: ["a", "b"], requirements: ["r0"] }, "e0"),
  anException({ policies: ["a", "b"], requirements: ["r0", "r1"] }, "e1"),
]);
const models = fc.subarray([runningModel, { ...runningModel, name: "mistral-7b", container: "other" }], {
  minLength: 1,
});

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

const situation = fc.record({ policies, exceptions, models });

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
