import * as fc from "fast-check";
import type { Content, Signatures, Unseen, VerifiedSignature } from "../../policies/artifact.ts";
import type { Evidence, EvidenceReference } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import { anException } from "./builders/exception.ts";
import { aPolicy, runningModel } from "./builders/decision.ts";
import { bare, digest, found, full, lost, readContent, unavailable } from "./builders/evidence.ts";
import { registeredContent } from "./registrations.ts";

/** One reference of a workload, and what its places answer. */
export type Exhibit = { readonly reference: EvidenceReference; readonly evidence: [string, Evidence][] };

const content = fc.constantFrom<Content>(
  readContent,
  { kind: "none" },
  { kind: "none", files: ["summary.csv"] },
  {
    kind: "read",
    completedAt: undefined,
    benchmarks: [
      {
        provider: "lm_evaluation_harness",
        id: "mmlu",
        metrics: new Map([["acc,none", 0.7]]),
        passed: undefined,
        version: "2",
        evaluator: { name: "lm_evaluation_harness", version: "0.4.13" },
        samples: { scored: 90, total: 100 },
        gaps: [{ kind: "limited", message: "limited to 90 of 100 samples" }],
      },
    ],
    evaluators: [{ name: "lm_evaluation_harness", version: "0.4.13" }],
  },
  {
    kind: "read",
    completedAt: undefined,
    benchmarks: [
      {
        provider: "lm_evaluation_harness",
        id: "mmlu",
        metrics: new Map(),
        passed: true,
        bounds: [{ metric: "acc,none", comparator: ">=", threshold: "0.62", passed: true }],
        samples: { scored: 100, total: 100 },
        gaps: [],
      },
    ],
  },
  {
    kind: "read",
    completedAt: undefined,
    benchmarks: [
      {
        provider: "lm_evaluation_harness",
        id: "mmlu",
        metrics: new Map(),
        passed: true,
        bounds: [{ metric: "acc,none", comparator: ">=", threshold: "0.62", passed: true }],
        preRegistration: { manifest: digest(90), evaluatedAt: "2026-11-10T11:00:00Z", dataset: undefined },
      },
    ],
  },
  { kind: "unavailable", reason: "REGISTRY_DENIED", message: "no" },
);
/** What registers the bar of the last result, or another. */
const registration = fc
  .constantFrom(0.62, 0.5)
  .map((threshold): Content => registeredContent({ metric: "acc,none", threshold }));
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
  ["ci.pub", "lab.pub"].map((file): VerifiedSignature => ({
    signer: JSON.stringify(["keyRef", file, false]),
    identity: `key ${file}`,
    witness: { kind: "known", at: file === "ci.pub" ? "2026-11-09T00:00:00Z" : "2026-11-11T00:00:00Z" },
  })),
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
const revoked = fc.option(
  fc.oneof(
    fc.tuple(verified, unseen).map(([list, more]): Signatures => {
      const revocation = { reason: "the test set leaked", revokedAt: undefined };
      const revoking = list.map((one) => ({ ...one, revocation }));
      return { kind: "checked", seen: list.length, verified: revoking, problems: [], ...more };
    }),
    fc.constant<Signatures>({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" }),
  ),
  { nil: undefined },
);
export const other = "quay.io/acme/other";

/** One reference and what its places answer. Its number keeps digests apart. */
const exhibit = (number: number): fc.Arbitrary<Exhibit> => {
  const good = fc
    .record({
      annotations,
      content: fc.oneof({ weight: 3, arbitrary: content }, { weight: 1, arbitrary: registration }),
      signatures,
      revoked,
      refers: fc.boolean(),
    })
    .map(({ revoked: revocations, refers, ...rest }) => ({
      ...rest,
      ...(revocations && { revocations }),
      ...(refers && { subject: digest(66) }),
    }));
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
/** Up to four references. */
export const exhibits = fc
  .integer({ min: 0, max: 4 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, at) => exhibit(at + 1))));

export const requirement = fc.record(
  {
    environment: fc.constantFrom(["production"], ["staging"], ["SameAsWorkload"]),
    hardwareClass: fc.constantFrom(["SameAsWorkload"], ["nvidia-a100"]),
    complianceTags: fc.constant(["eu-ai-act:art-15"]),
    benchmarks: fc.constantFrom(
      [{ id: "mmlu", metric: "acc,none", min: 0.6 }],
      [{ id: "mmlu", metric: "acc,none", min: 0.9 }],
      [{ id: "mmlu", metric: "acc,none", min: 0.6, minSamples: 95 }],
      [{ id: "mmlu", metric: "acc,none", min: 0.6, complete: true }],
      [{ id: "mmlu", metric: "acc,none", min: 0.6, preRegistered: true }],
      [{ id: "mmlu", metric: "acc,norm", min: 0.6 }],
      [{ id: "gsm8k", passed: true }],
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
      revoking: fc.constantFrom({}, {}, { revokers: keys.slice(0, 1) }),
      newest: fc.constantFrom({}, {}, { newest: true }),
      signed: fc.constantFrom({}, { signers: keys }, { signers: keys, threshold: 2 }),
      require: fc.array(requirement, { minLength: 1, maxLength: 2 }),
    })
    .map(({ signed, revoking, newest, ...spec }) =>
      aPolicy(
        {
          ...spec,
          evidence: { repositories: ["quay.io/acme/evals", other], ...signed, ...revoking, ...newest },
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

/** What a decision is made of, besides the evidence. */
export const situation = fc.record({ policies, exceptions, models });
