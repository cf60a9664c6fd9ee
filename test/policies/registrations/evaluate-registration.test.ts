import { describe, expect, it } from "@jest/globals";
import type { Benchmark, Registration, Signatures, Witness } from "../../../policies/artifact.ts";
import { isFailed, listReasons, type Decision } from "../../../policies/decision.ts";
import type { Evidence } from "../../../policies/evidence.ts";
import type { Policy } from "../../../policies/policy.ts";
import { asking, aWorkload, decideOn } from "../../support/builders/decision.ts";
import { digest, found, full, lost, references, unavailable } from "../../support/builders/evidence.ts";
import { ci, ciId } from "../checks/case.ts";
import { manifest, registeredContent } from "../../support/registrations.ts";

const lab = { cosign: { keyRef: "lab.pub" } };
const dataset = digest(91);
const rule = { id: "larch-qa", metric: "exact_match", min: 0.62, preRegistered: true };
const signedBy = (signer: string, witness?: Witness): Signatures => ({
  kind: "checked",
  seen: 1,
  verified: [{ signer, identity: `holder of ${signer}`, ...(witness && { witness }) }],
  problems: [],
});
const at = (time: string): Witness => ({ kind: "known", at: time });
const bar = { metric: "exact_match", comparator: ">=", threshold: "0.62", passed: true } as const;

/** A result that was run at half past eight, in everything but what is given. */
const result = (change: Partial<Benchmark> = {}, number = 1): [string, Evidence] =>
  found(number, {
    signatures: signedBy(ciId),
    content: {
      kind: "read",
      completedAt: undefined,
      benchmarks: [
        {
          provider: undefined,
          id: "larch-qa",
          metrics: new Map(),
          passed: true,
          bounds: [bar],
          preRegistration: { manifest, evaluatedAt: "2026-11-18T08:30:00Z", dataset },
          ...change,
        },
      ],
    },
  });
/** A registration of its bar that was signed at eight, in everything but what is given. */
const registration = (
  change: Partial<Registration> = {},
  signatures: Signatures = signedBy(ciId, at("2026-11-18T08:00:00Z")),
  number = 2,
): [string, Evidence] => found(number, { content: registeredContent({ dataset, ...change }), signatures });

const asks = (more: Record<string, unknown> = {}, evidence: Record<string, unknown> = {}): Policy =>
  asking(
    { benchmarks: [{ ...rule, ...more }] },
    { evidence: { repositories: ["quay.io/acme/evals"], signers: [ci], ...evidence } },
  );
const decideWith = (evidence: readonly [string, Evidence][], policy = asks()): Decision =>
  decideOn({
    policies: [policy],
    workload: aWorkload({ references: references(...evidence.map((_, index) => full(index + 1))) }),
    evidence,
  });
const messagesOf = ({ findings }: Decision): string[] => findings.filter(isFailed).map(({ message }) => message);

describe("a bar that was fixed before the run", () => {
  it.each<[string, [string, Evidence][], Policy?]>([
    ["by a registration that is signed, timed and the same", [result(), registration()]],
    ["as another spelling of the same number", [result({ bounds: [{ ...bar, threshold: "0.6200" }] }), registration()]],
    ["where the policy asks for less", [result(), registration()], asks({ min: 0.5 })],
    [
      "and the verdict is asked for",
      [result(), registration()],
      asks({ metric: undefined, min: undefined, passed: true }),
    ],
    ["a second before", [result(), registration({}, signedBy(ciId, at("2026-11-18T08:29:59Z")))]],
    ["on data of which only one side says the digest", [result(), registration({ dataset: undefined })]],
    [
      "beside one that does not fit, is late, or is a stranger's",
      [
        result(),
        registration(),
        registration({ threshold: 0.5 }, undefined, 3),
        registration({}, signedBy(ciId, at("2026-11-19T00:00:00Z")), 4),
        registration({}, signedBy("stranger", at("2026-11-18T08:00:00Z")), 5),
      ],
    ],
    [
      "of another metric of the same result is not asked for",
      [result({ bounds: [bar, { ...bar, metric: "f1" }] }), registration()],
    ],
  ])("%s: is proved", (_, evidence, policy = asks()) => {
    const decision = decideWith(evidence, policy);
    expect(messagesOf(decision)).toEqual([]);
    expect(decision.verdict).toBe("admit");
  });

  it.each<[string, string, [string, Evidence][], Policy?]>([
    ["no registration is named", "names no registration", [result({ preRegistration: undefined }), registration()]],
    [
      "a result of values",
      "names no registration",
      [
        result({
          preRegistration: undefined,
          bounds: [],
          metrics: new Map([["exact_match", 0.7]]),
        }),
        registration(),
      ],
    ],
    ["it is not among the evidence", "not among the evidence", [result()]],
    ["another manifest", "not among the evidence", [result(), registration({ manifest: digest(92) })]],
    ["another metric", "fixes f1 >= 0.62", [result(), registration({ metric: "f1" })]],
    ["another comparator", "fixes exact_match > 0.62", [result(), registration({ comparator: ">" })]],
    ["the other direction", "fixes exact_match <= 0.62", [result(), registration({ comparator: "<=" })]],
    ["equality", "fixes exact_match == 0.62", [result(), registration({ comparator: "==" })]],
    ["a lower threshold", "fixes exact_match >= 0.5", [result(), registration({ threshold: 0.5 })]],
    ["a higher threshold", "fixes exact_match >= 0.7", [result(), registration({ threshold: 0.7 })]],
    ["percent", "fixes exact_match >= 62", [result(), registration({ threshold: 62 })]],
    ["other data", "about the data set", [result(), registration({ dataset: digest(93) })]],
    [
      "no signature",
      "no signature is attached",
      [result(), registration({}, { kind: "checked", seen: 0, verified: [], problems: [] })],
    ],
    [
      "a stranger's signature",
      "does not count",
      [result(), registration({}, signedBy("x", at("2026-11-18T08:00:00Z")))],
    ],
    ["no time", "nobody but its signer says when", [result(), registration({}, signedBy(ciId))]],
    [
      "a time that nobody vouches for",
      "it carries no timestamp",
      [result(), registration({}, signedBy(ciId, { kind: "unknown", message: "it carries no timestamp" }))],
    ],
    [
      "a time after the run",
      "not before the run",
      [result(), registration({}, signedBy(ciId, at("2026-11-18T09:00:00Z")))],
    ],
    [
      "the time of the run",
      "not before the run",
      [result(), registration({}, signedBy(ciId, at("2026-11-18T08:30:00Z")))],
    ],
    [
      "the same second",
      "not before the run",
      [
        result({ preRegistration: { manifest, evaluatedAt: "2026-11-18T08:30:00.9Z", dataset } }),
        registration({}, signedBy(ciId, at("2026-11-18T08:30:00.1Z"))),
      ],
    ],
    ["what is no time", "nobody but", [result(), registration({}, signedBy(ciId, { kind: "unknown", message: "x" }))]],
    ["a malformed time", "not before the run", [result(), registration({}, signedBy(ciId, at("yesterday")))]],
    [
      "a run in the future",
      "which is not past",
      [result({ preRegistration: { manifest, evaluatedAt: "2036-11-18T08:30:00Z", dataset } }), registration()],
    ],
    [
      "a run of no time",
      "which is not past",
      [result({ preRegistration: { manifest, evaluatedAt: "2026-11-18T08:30:00", dataset } }), registration()],
    ],
    [
      "two bars of the metric, of which one was fixed",
      "the result states exact_match >= 0.7",
      [result({ bounds: [bar, { ...bar, threshold: "0.7" }] }), registration()],
      asks({ min: 0.65 }),
    ],
    [
      "a verdict over two bars, of which one was fixed",
      "the result states f1 >= 0.62",
      [result({ bounds: [bar, { ...bar, metric: "f1" }] }), registration()],
      asks({ passed: true }),
    ],
    [
      "two that disagree, none of which fits",
      "fixes exact_match >= 0.5",
      [result(), registration({ threshold: 0.5 }), registration({ threshold: 0.7 }, undefined, 3)],
    ],
    ["no signers in the policy", "names no signers", [result(), registration()], asks({}, { signers: undefined })],
    [
      "two signers asked for, of whom one signed in time",
      "not before the run",
      [
        (([key, one]: [string, Evidence]): [string, Evidence] => [
          key,
          withSignatures(one, both(undefined, undefined)),
        ])(result()),
        registration({}, both(at("2026-11-18T08:00:00Z"), at("2026-11-18T09:00:00Z"))),
      ],
      asks({}, { signers: [ci, lab], threshold: 2 }),
    ],
  ])("%s: is not shown", (_, words, evidence, policy = asks()) => {
    const decision = decideWith(evidence, policy);
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: false });
    expect(listReasons(decision)).toEqual(["NOT_PRE_REGISTERED"]);
    expect(messagesOf(decision).join("\n")).toContain(words);
  });

  it("says what to do, in another way for each", () => {
    const remedies = [
      [result({ preRegistration: undefined })],
      [result()],
      [result(), registration({}, signedBy(ciId))],
      [result(), registration({ threshold: 0.5 })],
    ].map((evidence) =>
      decideWith(evidence)
        .findings.filter(isFailed)
        .map(({ remedy }) => remedy)
        .join(),
    );
    expect(new Set(remedies).size).toBe(4);
  });

  it("is not asked for where the policy does not", () => {
    expect(decideWith([result({ preRegistration: undefined })], asks({ preRegistered: undefined })).verdict).toBe(
      "admit",
    );
    expect(decideWith([result(), registration({ threshold: 9 })], asks({ preRegistered: undefined })).verdict).toBe(
      "admit",
    );
  });

  it("hides no bound that is missed", () => {
    expect(listReasons(decideWith([result(), registration()], asks({ min: 0.63 })))).toEqual(["METRIC_OUT_OF_BOUNDS"]);
  });
});

describe("what could not be looked at", () => {
  it.each<[string, [string, Evidence][], Policy?]>([
    ["a registration that is named and cannot be had", [result(), lost(2, unavailable)]],
    [
      "a registration of which it cannot be had whether it was revoked",
      [result(), revocable(registration(), { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" })].map(
        (one, index) => (index === 0 ? revocable(one, { kind: "checked", seen: 0, verified: [], problems: [] }) : one),
      ),
      asks({}, { revokers: [ci] }),
    ],
  ])("%s: could not look, and no pass", (_, evidence, policy = asks()) => {
    const decision = decideWith(evidence, policy);
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: true });
    expect(listReasons(decision)).toContain("REGISTRY_UNAVAILABLE");
  });
});

describe("a registration that somebody has revoked", () => {
  it("counts for nothing", () => {
    const none: Signatures = { kind: "checked", seen: 0, verified: [], problems: [] };
    const by: Signatures = {
      kind: "checked",
      seen: 1,
      verified: [{ signer: ciId, identity: "me", revocation: { reason: "leaked", revokedAt: undefined } }],
      problems: [],
    };
    const policy = asks({}, { revokers: [ci] });
    expect(decideWith([revocable(result(), none), revocable(registration(), none)], policy).verdict).toBe("admit");
    const decision = decideWith([revocable(result(), none), revocable(registration(), by)], policy);
    expect(decision.verdict).toBe("deny");
    expect(listReasons(decision)).toEqual(["EVIDENCE_REVOKED", "NOT_PRE_REGISTERED"]);
    const listed = asks({}, { revoked: [digest(2)] });
    expect(listReasons(decideWith([result(), registration()], listed))).toEqual([
      "EVIDENCE_REVOKED",
      "NOT_PRE_REGISTERED",
    ]);
  });
});

describe("a registration is no evaluation", () => {
  const anything = asking({ maxAge: "30d" }, { evidence: { repositories: ["quay.io/acme/evals"], signers: [ci] } });
  it.each([
    ["alone", asks()],
    ["alone, where nothing is asked of results", anything],
  ])("%s", (_, policy) => {
    const [, evidence] = registration();
    const decision = decideWith([[found(1)[0], evidence]], policy);
    expect(listReasons(decision)).toEqual(["ARTIFACT_INVALID"]);
    expect(messagesOf(decision)[0]).toContain("registers a bar");
  });

  it("by discovery neither", () => {
    const [, evidence] = registration({}, undefined, 1);
    const policy = asks({}, { discover: true });
    const decision = decideOn({
      policies: [policy],
      workload: aWorkload({ references: references(), discovered: { references: [full(1)], problems: [] } }),
      evidence: [[found(1)[0], evidence]],
    });
    expect(listReasons(decision)).toEqual(["EVIDENCE_MISSING"]);
  });

  it("but counts beside a result that was discovered as well", () => {
    const decision = decideOn({
      policies: [asks({}, { discover: true })],
      workload: aWorkload({ references: references(), discovered: { references: [full(1), full(2)], problems: [] } }),
      evidence: [result(), registration()],
    });
    expect(messagesOf(decision)).toEqual([]);
    expect(decision.verdict).toBe("admit");
  });
});

it("the order of evidence never shows", () => {
  const others = [
    registration({ threshold: 0.5 }),
    registration({}, signedBy("stranger"), 3),
    registration({}, signedBy(ciId, at("2026-11-19T00:00:00Z")), 4),
  ];
  const evidence = [result(), ...others];
  const entries = evidence.map((_, index) => full(index + 1));
  const decide = (order: readonly number[]): Decision =>
    decideOn({
      policies: [asks()],
      workload: aWorkload({ references: references(...order.flatMap((index) => entries[index] ?? [])) }),
      evidence,
    });
  const first = decide([0, 1, 2, 3]);
  expect(messagesOf(first)[0]).toContain("not before the run");
  for (const order of [
    [3, 2, 1, 0],
    [1, 0, 3, 2],
    [2, 3, 0, 1],
  ])
    expect(decide(order).findings).toEqual(first.findings);
});

function both(first: Witness | undefined, second: Witness | undefined): Signatures {
  const ids = [ciId, JSON.stringify(["keyRef", "lab.pub", true])];
  const witnesses = [first, second];
  const verified = ids.map((signer, index) => {
    const witness = witnesses[index];
    return { signer, identity: signer, ...(witness && { witness }) };
  });
  return { kind: "checked", seen: 2, verified, problems: [] };
}

function withSignatures(evidence: Evidence, signatures: Signatures): Evidence {
  return evidence.kind === "found" ? { kind: "found", artifact: { ...evidence.artifact, signatures } } : evidence;
}

function revocable([key, evidence]: [string, Evidence], revocations: Signatures): [string, Evidence] {
  return evidence.kind === "found"
    ? [key, { kind: "found", artifact: { ...evidence.artifact, revocations } }]
    : [key, evidence];
}
