import { describe, expect, it } from "@jest/globals";
import type { Content, Signatures } from "../../../../policies/artifact.ts";
import { listReasons, type Decision } from "../../../../policies/decision.ts";
import type { Evidence } from "../../../../policies/evidence.ts";
import { compileSigner } from "../../../../policies/language/signer.ts";
import type { DiscoveredEvidence } from "../../../../policies/workload.ts";
import { asking, aWorkload, decideOn, now, runningModel } from "../../../support/builders/decision.ts";
import { bare, digest, found, full, lost, references, unavailable } from "../../../support/builders/evidence.ts";
import type { Json } from "../../../support/builders/json.ts";

const repository = "quay.io/acme/evals";
const evidence: Json = { repositories: [repository], newest: true };
const mmlu = { id: "mmlu", metric: "acc", min: 0.62 };
const policyWith = (asks: Json = {}, more: Json = {}) =>
  asking({ benchmarks: [mmlu], ...asks }, { evidence: { ...evidence, ...more } });
const model = digest(66);

const results = (...values: readonly (readonly [string, number])[]): Content => ({
  kind: "read",
  completedAt: undefined,
  benchmarks: values.map(([id, acc]) => ({
    provider: "lm_evaluation_harness",
    id,
    metrics: new Map([["acc", acc]]),
    passed: undefined,
  })),
});
const day = (of: number | undefined) => ({
  "org.opencontainers.image.created": of === undefined ? undefined : `2026-11-${String(of).padStart(2, "0")}T02:00:00Z`,
});

type Change = Parameters<typeof found>[1];
/** A run of a day of November, with its accuracy, that refers to the model. */
const run = (number: number, on: number | undefined, acc: number, over: Change = {}): [string, Evidence] =>
  found(number, {
    content: results(["mmlu", acc]),
    subject: model,
    ...over,
    annotations: { ...day(on), ...over.annotations },
  });

interface Given {
  readonly policy?: ReturnType<typeof policyWith>;
  /** What the list names besides the evidence that is given. */
  readonly listed?: readonly number[];
  readonly problems?: DiscoveredEvidence["problems"];
  readonly digest?: typeof model | undefined;
}

/** The first is the one that is named. */
function judge(runs: readonly [string, Evidence][], given: Given = {}): Decision {
  const listed = given.listed ?? runs.map(([key]) => Number.parseInt(key.slice(-4), 16));
  const models = [{ ...runningModel, digest: "digest" in given ? given.digest : model }];
  const workload = aWorkload({
    models,
    references: references(full(1)),
    listed: { references: listed.map((one) => full(one)), problems: given.problems ?? [] },
  });
  return decideOn({ policies: [given.policy ?? policyWith()], workload, evidence: runs });
}

const said = (decision: Decision): string => [decision.verdict, ...listReasons(decision)].join(" ");

describe("an evaluation, where the newest word counts", () => {
  it.each<[string, readonly [string, Evidence][], string]>([
    ["with no other", [run(1, 5, 0.7)], "admit"],
    ["with an older one that fails", [run(1, 5, 0.7), run(2, 4, 0.1)], "admit"],
    ["with a newer one that passes", [run(1, 5, 0.7), run(2, 6, 0.63)], "admit"],
    ["with a newer one that fails", [run(1, 5, 0.7), run(2, 6, 0.1)], "deny EVIDENCE_SUPERSEDED"],
    ["with one of the same time that fails", [run(1, 5, 0.7), run(2, 5, 0.1)], "deny EVIDENCE_SUPERSEDED"],
    ["with one of no time that fails", [run(1, 5, 0.7), run(2, undefined, 0.1)], "deny EVIDENCE_SUPERSEDED"],
    ["of no time, with one that fails", [run(1, undefined, 0.7), run(2, 4, 0.1)], "deny EVIDENCE_SUPERSEDED"],
    ["with a newer one that fails, and the newest passes", [run(1, 5, 0.7), run(2, 6, 0.1), run(3, 7, 0.7)], "admit"],
    [
      "with a newer one that passes, and the newest fails",
      [run(1, 5, 0.7), run(2, 6, 0.7), run(3, 7, 0.1)],
      "deny EVIDENCE_SUPERSEDED",
    ],
    [
      "with a newer one that fails, and one of no time that passes",
      [run(1, 5, 0.7), run(2, 6, 0.1), run(3, undefined, 0.7)],
      "deny EVIDENCE_SUPERSEDED",
    ],
    [
      "with a newer one that fails, and one of the future that passes",
      [run(1, 5, 0.7), run(2, 6, 0.1), run(3, 29, 0.7)],
      "deny EVIDENCE_SUPERSEDED",
    ],
    ["with one of the future that fails", [run(1, 5, 0.7), run(2, 29, 0.1)], "deny EVIDENCE_SUPERSEDED"],
    ["alone, and it fails", [run(1, 5, 0.1)], "deny METRIC_OUT_OF_BOUNDS"],
    ["that fails itself", [run(1, 5, 0.1), run(2, 6, 0.7)], "deny METRIC_OUT_OF_BOUNDS"],
  ])("%s", (_, runs, expected) => {
    expect(now.toISOString()).toBe("2026-11-20T12:00:00.000Z");
    expect(said(judge(runs))).toBe(expected);
    expect(said(judge(runs, { listed: [9, 3, 2, 1].filter((one) => one <= runs.length) }))).toBe(expected);
  });

  it("says which one stands against it, with its value and time", () => {
    const { findings } = judge([run(1, 5, 0.7), run(2, 6, 0.1)]);
    expect(findings.find(({ check }) => check === "newest")).toMatchObject({
      evidence: `${repository}@${digest(1)}`,
      message: `a newer evaluation fails: mmlu acc is 0.1, but the policy requires at least 0.62 (${repository}@${digest(2)}, of 2026-11-06T02:00:00.000Z)`,
    });
  });

  it("is looked at for each benchmark alone", () => {
    const policy = policyWith({ benchmarks: [mmlu, { ...mmlu, id: "gsm8k" }] });
    const both = run(1, 5, 0, { content: results(["mmlu", 0.7], ["gsm8k", 0.7]) });
    const good = run(2, 8, 0, { content: results(["mmlu", 0.7]) });
    const bad = run(3, 7, 0, { content: results(["gsm8k", 0.1]) });
    expect(said(judge([both, good], { policy }))).toBe("admit");
    expect(said(judge([both, good, bad], { policy }))).toBe("deny EVIDENCE_SUPERSEDED");
  });

  it("has nothing to fear under a policy that does not ask", () => {
    const policy = asking({ benchmarks: [mmlu] }, { evidence: { repositories: [repository] } });
    expect(said(judge([run(1, 5, 0.7), run(2, 6, 0.1)], { policy }))).toBe("admit");
    expect(
      said(
        judge([run(1, 5, 0.7), run(2, 6, 0.1)], {
          policy: policyWith({ benchmarks: undefined, environment: ["production"] }),
        }),
      ),
    ).toBe("admit");
  });
});

describe("what stands against no other, however bad", () => {
  const signer = compileSigner({ cosign: { keyRef: "ci.pub", transparencyLog: "NotRequired" } });
  if (typeof signer === "string") throw new Error(signer);
  const signed: Signatures = {
    kind: "checked",
    seen: 1,
    problems: [],
    verified: [{ signer: signer.id, identity: "key ci.pub" }],
  };
  const unsigned: Signatures = { kind: "checked", seen: 0, problems: [], verified: [] };
  const signers = [{ cosign: { keyRef: "ci.pub", transparencyLog: "NotRequired" } }];
  const worse = (over: Change): [string, Evidence] => run(2, 6, 0.1, over);
  const judgeSigned = (signatures: Signatures): string =>
    said(
      judge([run(1, 5, 0.7, { signatures: signed }), worse({ signatures })], { policy: policyWith({}, { signers }) }),
    );

  it("what nobody signed of those who must", () => {
    expect(judgeSigned(signed)).toBe("deny EVIDENCE_SUPERSEDED");
    expect(judgeSigned(unsigned)).toBe("admit");
  });

  it("nor take what others may push: what nobody signed is not counted among what is compared", () => {
    const own = run(1, 5, 0.7, { signatures: signed });
    const pushed = Array.from({ length: 200 }, (_, at) => run(at + 2, 6, 0.1, { signatures: unsigned }));
    const require = Array.from({ length: 20 }, (_, at) => ({
      name: `r${at}`,
      model: { name: "Any", version: "Any" },
      benchmarks: Array.from({ length: 10 }, () => mmlu),
    }));
    const policy = asking({}, { evidence: { ...(evidence as object), signers }, require });
    expect(said(judge([own, ...pushed], { policy }))).toBe("admit");
  });

  it("but what may be signed: much that is attached hides no signature", () => {
    const unseen = { kind: "too-many", message: "300 manifests are listed" } as const;
    expect(judgeSigned({ ...unsigned, unseen })).toBe("deny EVIDENCE_STANDING_UNKNOWN");
    const lostList = { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "503" } as const;
    expect(judgeSigned(lostList)).toBe("deny REGISTRY_UNAVAILABLE");
  });

  it.each<[string, Change, Json]>([
    [
      "another environment",
      { annotations: { "dev.assaygate.environment": "staging" } },
      { environment: ["production"] },
    ],
    [
      "other hardware",
      { annotations: { "dev.assaygate.hardware.class": "nvidia-a100" } },
      { hardwareClass: ["SameAsWorkload"] },
    ],
    [
      "another model's name",
      { annotations: { "dev.assaygate.model.name": "mistral-7b" } },
      { model: { version: "Any" } },
    ],
    ["another model, by its digest", { subject: digest(67) }, {}],
    ["another benchmark", { content: results(["gsm8k", 0.1]) }, {}],
    ["no results", { content: { kind: "none" } }, {}],
    [
      "results that cannot be read",
      { content: { kind: "refused", reason: "EVALUATION_INCOMPLETE", message: "failed" } },
      {},
    ],
    ["too few samples to count", {}, { benchmarks: [{ ...mmlu, minSamples: 100 }] }],
  ])("one of %s", (_, over, asks) => {
    const whole: Change = {
      content: {
        kind: "read",
        completedAt: undefined,
        benchmarks: [
          {
            provider: undefined,
            id: "mmlu",
            metrics: new Map([["acc", 0.7]]),
            passed: undefined,
            samples: { scored: 100, total: 100 },
          },
        ],
      },
    };
    expect(said(judge([run(1, 5, 0.7, whole), worse(over)], { policy: policyWith(asks) }))).toBe("admit");
  });

  it("one that is revoked, by the policy or by somebody whom it lets", () => {
    const revokedBy: Signatures = {
      ...signed,
      verified: signed.verified.map((one) => ({ ...one, revocation: { reason: "wrong", revokedAt: undefined } })),
    };
    const none: Signatures = unsigned;
    const own = run(1, 5, 0.7, { revocations: none });
    expect(said(judge([own, worse({})], { policy: policyWith({}, { revoked: [digest(2)] }) }))).toBe("admit");
    const policy = policyWith({}, { revokers: signers });
    expect(said(judge([own, worse({ revocations: revokedBy })], { policy }))).toBe("admit");
    expect(said(judge([own, worse({ revocations: none })], { policy }))).toBe("deny EVIDENCE_SUPERSEDED");
    const many: Signatures = { ...unsigned, unseen: { kind: "too-many", message: "300" } };
    expect(said(judge([own, worse({ revocations: many })], { policy }))).toBe("deny EVIDENCE_SUPERSEDED");
    const gone: Signatures = { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "503" };
    expect(said(judge([own, worse({ revocations: gone })], { policy }))).toBe("deny REGISTRY_UNAVAILABLE");
  });

  it("one that passes supersedes none where what is attached hides whether it was revoked", () => {
    const policy = policyWith({}, { revokers: signers });
    const hidden: Signatures = { ...unsigned, unseen: { kind: "too-many", message: "300" } };
    const own = run(1, 5, 0.7, { revocations: unsigned });
    const fails = run(2, 6, 0.1, { revocations: unsigned });
    const passes = (revocations: Signatures) => run(3, 7, 0.7, { revocations });
    expect(said(judge([own, fails, passes(unsigned)], { policy }))).toBe("admit");
    expect(said(judge([own, fails, passes(hidden)], { policy }))).toBe("deny EVIDENCE_SUPERSEDED");
    expect(said(judge([own, passes(hidden)], { policy }))).toBe("admit");
  });

  it("one that is listed and gone, or lies where the policy trusts nobody", () => {
    expect(said(judge([run(1, 5, 0.7), lost(2, { kind: "absent", message: "no" })]))).toBe("admit");
    const elsewhere = worse({ repository: "ghcr.io/evil/evals" });
    const workload = aWorkload({
      listed: { references: [full(1), full(2, "ghcr.io/evil/evals")], problems: [] },
    });
    expect(decideOn({ policies: [policyWith()], workload, evidence: [run(1, 5, 0.7), elsewhere] }).verdict).toBe(
      "admit",
    );
  });
});

describe("where it cannot be seen whether a newer one fails", () => {
  const place = `${repository}@${model}`;
  const down = { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "quay.io answered 503", place } as const;
  const tooMany = { kind: "refused", reason: "ARTIFACT_INVALID", message: "70 manifests refer to it", place } as const;

  it.each<[string, Decision, boolean]>([
    ["the list could not be had", judge([run(1, 5, 0.7)], { problems: [down] }), true],
    ["one of the list could not be had", judge([run(1, 5, 0.7), lost(2, unavailable)]), true],
    [
      "the results of one could not be had",
      judge([
        run(1, 5, 0.7),
        run(2, 6, 0, { content: { kind: "unavailable", reason: "REGISTRY_DENIED", message: "401" } }),
      ]),
      true,
    ],
    ["the list leaves out what is named", judge([run(1, 5, 0.7)], { listed: [] }), true],
    ["the model is not named by digest", judge([run(1, 5, 0.7)], { digest: undefined }), false],
    ["more refers to the model than is looked at", judge([run(1, 5, 0.7)], { problems: [tooMany] }), false],
  ])("%s", (_, decision, couldNotLook) => {
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook });
  });

  it("it is no answer where nobody looked", () => {
    const decision = decideOn({ policies: [policyWith()], evidence: [run(1, 5, 0.7)] });
    expect(said(decision)).toBe("deny INTERNAL_ERROR");
  });

  it("what is known to be older stands against nothing, seen or not", () => {
    const old = { ...tooMany, until: "2026-11-04T00:00:00Z" };
    expect(said(judge([run(1, 5, 0.7)], { problems: [old] }))).toBe("admit");
    const young = { ...tooMany, until: "2026-11-05T02:00:00Z" };
    expect(said(judge([run(1, 5, 0.7)], { problems: [young] }))).toBe("deny EVIDENCE_STANDING_UNKNOWN");
    expect(said(judge([run(1, 5, 0.7)], { problems: [old], listed: [] }))).toBe("deny REGISTRY_UNAVAILABLE");
    const policy = policyWith({}, { annotationKeys: { createdAt: "evaluated" } });
    const other = run(1, 5, 0.7, { annotations: { evaluated: "2026-11-05T02:00:00Z" } });
    expect(said(judge([other], { problems: [old], policy }))).toBe("deny EVIDENCE_STANDING_UNKNOWN");
  });

  it("more evaluations and benchmarks than are compared are not known, however many refer to the model", () => {
    const benchmarks = Array.from({ length: 64 }, (_, at) => ({ ...mmlu, id: `b${at}` }));
    const all = results(...benchmarks.map(({ id }) => [id, 0.7] as const));
    const runs = (count: number) => Array.from({ length: count }, (_, at) => run(at + 1, 5, 0, { content: all }));
    const require = ["a", "b", "c", "d"].map((name) => ({
      name,
      model: { name: "Any", version: "Any" },
      benchmarks,
    }));
    const policy = asking({}, { evidence, require });
    expect(said(judge(runs(128), { policy }))).toBe("admit");
    const tooMuch = judge(runs(129), { policy });
    expect(said(tooMuch)).toBe("deny EVIDENCE_STANDING_UNKNOWN");
    expect(tooMuch.couldNotLook).toBe(false);
    expect(tooMuch.findings.find(({ check }) => check === "newest")).toMatchObject({
      message: expect.stringContaining("129 evaluations, 256 benchmarks and 1 models take more than 32768 comparisons"),
    });
  });

  it("what could not be seen in a place that the policy does not trust is nothing to it", () => {
    const elsewhere = { ...down, place: `ghcr.io/evil/evals@${model}` };
    expect(said(judge([run(1, 5, 0.7)], { problems: [elsewhere] }))).toBe("admit");
  });

  it("a certain denial is said before a doubt", () => {
    const decision = judge([run(1, 5, 0.7), run(2, 6, 0.1)], { problems: [down] });
    expect(said(decision)).toBe("deny EVIDENCE_SUPERSEDED");
  });

  it("evidence that refers to no model need not be listed", () => {
    const [key, one] = run(1, 5, 0.7);
    if (one.kind !== "found") throw new Error("not found");
    const unattached: [string, Evidence] = [key, { kind: "found", artifact: { ...one.artifact, subject: undefined } }];
    expect(said(judge([unattached], { listed: [] }))).toBe("admit");
    const workload = aWorkload({ references: references(bare(1)), listed: { references: [], problems: [] } });
    expect(decideOn({ policies: [policyWith()], workload, evidence: [unattached] }).verdict).toBe("admit");
  });
});
