import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mergePatch } from "../../cli/policy-test/merge-patch.ts";
import { annotations } from "../support/builders/evaluation.ts";
import { anyModel, policy } from "../support/builders/policy.ts";
import { deployment } from "../support/builders/workload.ts";
import { deploymentOf } from "../support/model-workload.ts";
import { createProgram, type Program } from "./program.ts";

const repository = "quay.io/acme/evals";
const digest = `sha256:${"1".repeat(64)}`;

/** A PolicyTest of one case that is admitted; `spec` adds to it, and so does `one` to the case. */
function policyTest(one: Readonly<Record<string, unknown>> = {}, spec: Readonly<Record<string, unknown>> = {}) {
  return {
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "PolicyTest",
    metadata: { name: "t" },
    spec: {
      now: "2026-11-20T12:00:00Z",
      workload: deployment(`${repository}@${digest}`),
      evidence: [{ repository, digest, annotations }],
      cases: [{ name: "c", expect: { decision: "admit" }, ...one }],
      ...spec,
    },
  };
}

let program: Program;
beforeEach(async () => {
  program = await createProgram();
  await program.write("p/policy.yaml", policy({ hardwareClass: ["SameAsWorkload"], maxAge: "30d" }));
});
afterEach(() => program.remove());

/** Runs one case. */
async function runCase(one: Readonly<Record<string, unknown>>, spec: Readonly<Record<string, unknown>> = {}) {
  await program.write("p/t.yaml", policyTest(one, spec));
  return program.run("test", "p");
}

const results = (acc: number) => ({ evidencePatch: { benchmarks: [{ id: "mmlu", metrics: { acc } }] } });
const denied = (...reasons: string[]) => ({ expect: { decision: "deny", reasons } });

test("passes, and counts", async () => {
  expect(await runCase({})).toEqual({ code: 0, out: "✔ t: c\n1 passed, 0 failed\n", err: "" });
});

test("shows what was expected and what was found, and what the gate would say", async () => {
  const { code, out } = await runCase({
    evidencePatch: { annotations: { "dev.assaygate.hardware.class": "nvidia-a100" } },
    expect: { decision: "admit", reasons: ["EVIDENCE_EXPIRED"] },
  });
  expect(code).toBe(1);
  expect(out).toContain(
    "✖ t: c\n    decision - admit\n    decision + deny\n    reasons - EVIDENCE_EXPIRED\n    reasons + HARDWARE_CLASS_MISMATCH\n",
  );
  expect(out).toContain(
    "    assaygate: Deployment prod-chat/granite denied by production-llm/safety: HARDWARE_CLASS_MISMATCH",
  );
  expect(out).toMatch(/0 passed, 1 failed\n$/);
});

test("compares all reasons, in any order, and none where the case names none", async () => {
  const bad = {
    evidencePatch: {
      annotations: { "dev.assaygate.hardware.class": null, "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
    },
  };
  expect((await runCase({ ...bad, ...denied("HARDWARE_CLASS_MISMATCH", "EVIDENCE_EXPIRED") })).code).toBe(0);
  expect((await runCase({ ...bad, ...denied("EVIDENCE_EXPIRED") })).code).toBe(1);
  expect((await runCase({ ...bad, expect: { decision: "deny" } })).code).toBe(0);
});

test("looks for parts of what the gate says", async () => {
  const bad = { evidencePatch: { annotations: { "dev.assaygate.hardware.class": "nvidia-a100" } } };
  const saying = (...messages: string[]) => runCase({ ...bad, expect: { decision: "deny", messages } });
  expect((await saying("evaluated on nvidia-a100", "runs on nvidia-h100")).code).toBe(0);
  const { code, out } = await saying("evaluated on nvidia-a100", "nvidia-b200");
  expect(code).toBe(1);
  expect(out).toContain("✖ t: c\n    messages - nvidia-b200\n    assaygate: ");
});

test("is data, too", async () => {
  await program.write("p/t.yaml", policyTest({ expect: { decision: "deny" } }));
  const { code, out } = await program.run("test", "p", "-o", "json");
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual([
    {
      file: "p/t.yaml",
      test: "t",
      case: "c",
      passed: false,
      expected: { decision: "deny" },
      found: { decision: "admit", reasons: [] },
      message: expect.any(String),
    },
  ]);
});

describe("evidence", () => {
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["absent", { evidencePatch: { state: "absent" } }, "EVIDENCE_NOT_FOUND"],
    ["corrupt", { evidencePatch: { state: "corrupt" } }, "EVIDENCE_CORRUPT"],
    ["unavailable", { evidencePatch: { state: "unavailable" } }, "REGISTRY_UNAVAILABLE"],
    ["that the test does not list", { evidence: [] }, "EVIDENCE_NOT_FOUND"],
    ["that is not an evaluation", { evidencePatch: { annotations: null } }, "ARTIFACT_INVALID"],
  ])("%s", async (_, one, reason) => {
    expect((await runCase({ ...one, ...denied(reason) })).code).toBe(0);
  });

  test("with results", async () => {
    await program.write(
      "p/policy.yaml",
      policy({ benchmarks: [{ id: "mmlu", metric: "acc", min: 0.6 }], maxAge: "30d" }),
    );
    expect((await runCase(results(0.7))).code).toBe(0);
    expect((await runCase({ ...results(0.5), ...denied("METRIC_OUT_OF_BOUNDS") })).code).toBe(0);
    expect((await runCase(denied("BENCHMARK_MISSING"))).code).toBe(0);
    const old = { evidencePatch: { completedAt: "2026-01-01T00:00:00Z" } };
    expect((await runCase({ ...old, ...denied("BENCHMARK_MISSING", "EVIDENCE_EXPIRED") })).code).toBe(0);
  });
});

test("with what became of the results that a card names", async () => {
  const rule = { id: "mmlu", passed: true, resultsArtifact: "Required" };
  await program.write("p/policy.yaml", policy({ benchmarks: [rule] }));
  const row = (resultsArtifact: string) => ({
    evidencePatch: { benchmarks: [{ id: "mmlu", passed: true, resultsArtifact }] },
  });
  expect((await runCase(row("Agrees"))).code).toBe(0);
  expect((await runCase({ ...row("None"), ...denied("BENCHMARK_MISSING") })).code).toBe(0);
  expect((await runCase({ ...row("Disagrees"), ...denied("ARTIFACT_INVALID") })).code).toBe(0);
  expect((await runCase({ ...row("Unavailable"), ...denied("REGISTRY_UNAVAILABLE") })).code).toBe(0);
  expect((await runCase(row("Perhaps"))).code).toBe(2);
});

test("a case has its own time, workload, and labels of the namespace", async () => {
  expect((await runCase({ now: "2027-11-20T12:00:00Z", ...denied("EVIDENCE_EXPIRED") })).code).toBe(0);
  const noAnnotation = { workloadPatch: { metadata: { annotations: { "assaygate.dev/evaluation": null } } } };
  expect((await runCase({ ...noAnnotation, ...denied("EVIDENCE_MISSING") })).code).toBe(0);
  await program.write("p/policy.yaml", policy({ environment: ["SameAsWorkload"] }));
  expect((await runCase(denied("NAMESPACE_UNKNOWN"))).code).toBe(0);
  expect((await runCase({ namespaceLabels: { "assaygate.dev/environment": "production" } })).code).toBe(0);
  expect((await runCase({}, { namespaceLabels: { "assaygate.dev/environment": "production" } })).code).toBe(0);
  const staging = { namespaceLabels: { "assaygate.dev/environment": "staging" } };
  expect((await runCase({ ...staging, ...denied("ENVIRONMENT_MISMATCH") })).code).toBe(0);
});

test("an object that is not of its shape is denied, as in the cluster", async () => {
  expect((await runCase({ workloadPatch: { spec: { template: 1 } }, ...denied("REVIEW_INVALID") })).code).toBe(0);
});

test("judges by the policies that the test names, else by all", async () => {
  await program.write("p/other.yaml", policy({ complianceTags: ["soc9"] }, {}, "other"));
  expect((await runCase(denied("COMPLIANCE_TAG_MISSING"))).code).toBe(0);
  expect((await runCase({}, { policies: ["production-llm"] })).code).toBe(0);
});

describe("cannot be run", () => {
  test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    ["p/t.yaml: t: no policy is named nobody", {}, { policies: ["nobody"] }],
    ["p/t.yaml: t: c: now: expected an RFC 3339 time", { now: "today" }, {}],
    [
      "p/t.yaml: t: c: workload: expected a Kubernetes object, with apiVersion and kind",
      { workloadPatch: { kind: null } },
      {},
    ],
    [
      "p/t.yaml: t: c: evidencePatch: spec.evidence[0].stat: unknown key stat: did you mean state?",
      { evidencePatch: { stat: "absent" } },
      {},
    ],
    [
      "spec.cases[0].expect.reasons[0]: is not a reason code: `assaygate explain` lists them",
      denied("NO_SUCH_REASON"),
      {},
    ],
    [
      "spec.cases[0].expect.reasons[0]: is not a reason code: did you mean EVIDENCE_EXPIRED?",
      denied("EVIDENCE_EXPIERD"),
      {},
    ],
    ["spec.cases: ", {}, { cases: [] }],
  ])("%s", async (message, one, spec) => {
    const { code, err, out } = await runCase(one, spec);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
  });

  test("where there is no test: an empty list proves nothing", async () => {
    const { code, err } = await program.run("test", "p");
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("an empty list proves nothing") });
    expect((await program.run("test")).code).toBe(2);
  });
});

describe("models that are signed themselves", () => {
  const [mine, running] = ["cosign.pub", `sha256:${"7".repeat(64)}`];
  const model = { repository, digest: running, signedBy: [mine] };
  const workload = deploymentOf(`quay.io/acme/models/sable@${running}`, `${repository}@${digest}`);

  beforeEach(async () => {
    const signedBy = [{ cosign: { keyRef: mine, transparencyLog: "NotRequired" } }];
    await program.write("p/policy.yaml", policy({ model: { ...anyModel, signedBy }, environment: ["production"] }));
  });

  test.each<[string, object[], Record<string, unknown>]>([
    ["by whom the policy asks for", [model], {}],
    ["by another", [{ ...model, signedBy: ["other.pub"] }], denied("MODEL_NOT_SIGNED")],
    ["by nobody", [{ ...model, signedBy: [] }], denied("MODEL_NOT_SIGNED")],
    ["not at all", [], denied("MODEL_NOT_SIGNED")],
    ["but another one of them", [{ ...model, digest }], denied("MODEL_NOT_SIGNED")],
    ["but in another repository", [{ ...model, repository: "quay.io/acme/other" }], denied("MODEL_NOT_SIGNED")],
    ["where nobody could look", [{ ...model, state: "unavailable" }], denied("REGISTRY_UNAVAILABLE")],
  ])("%s", async (_, models, one) => {
    expect(await runCase(one, { workload, models })).toMatchObject({ code: 0 });
    expect(await runCase({ ...one, models }, { workload })).toMatchObject({ code: 0 });
  });

  test("says nothing of the evidence, and the evidence's signatures nothing of it", async () => {
    const evidence = [{ repository, digest, annotations, signedBy: [mine] }];
    expect(await runCase(denied("MODEL_NOT_SIGNED"), { workload, evidence })).toMatchObject({ code: 0 });
  });
});

/** https://www.rfc-editor.org/rfc/rfc7386#appendix-A */
test.each<[unknown, unknown, unknown]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("the merge of %j and %j is %j", (target, patch, merged) => {
  expect(mergePatch(target, patch)).toEqual(merged);
});

test("knows what newer evaluations say that refer to the model, where the policy asks for the newest word", async () => {
  const model = `sha256:${"a".repeat(64)}`;
  const run = (number: number, acc: number, day: number) => ({
    repository,
    digest: `sha256:${String(number).repeat(64)}`,
    subject: model,
    annotations: { ...annotations, "org.opencontainers.image.created": `2026-11-${day}T00:00:00Z` },
    benchmarks: [{ id: "mmlu", metrics: { acc } }],
  });
  const asks = { model: { name: "Any", version: "Any" }, benchmarks: [{ id: "mmlu", metric: "acc", min: 0.6 }] };
  await program.write("p/policy.yaml", policy(asks, { evidence: { repositories: [repository], newest: true } }));
  const volumes = [{ name: "weights", image: { reference: `quay.io/acme/granite@${model}` } }];
  const containers = [
    {
      name: "vllm",
      image: "vllm/vllm-openai:v0.11.0",
      args: ["--model", "/models/granite"],
      volumeMounts: [{ name: "weights", mountPath: "/models/granite" }],
    },
  ];
  const workload = deployment(`${repository}@${digest}`, { spec: { template: { spec: { containers, volumes } } } });
  const spec = (...evidence: object[]) => ({ workload, evidence });
  const good = run(1, 0.7, 12);
  expect((await runCase({}, spec(good, run(2, 0.1, 11)))).code).toBe(0);
  expect((await runCase(denied("EVIDENCE_SUPERSEDED"), spec(good, run(2, 0.1, 13)))).code).toBe(0);
  expect((await runCase({}, spec(good, run(2, 0.1, 13), run(3, 0.7, 14)))).code).toBe(0);
});

describe("a bar that was registered before the run", () => {
  const [manifest, signer] = [`sha256:${"9".repeat(64)}`, { cosign: { keyRef: "evals.pub" } }];
  const rule = { id: "larch-qa", metric: "exact_match", min: 0.62, preRegistered: true };
  const bar = { metric: "exact_match", comparator: ">=" };
  const result = {
    repository,
    digest,
    annotations,
    signedBy: ["evals.pub"],
    benchmarks: [
      {
        id: "larch-qa",
        bounds: [{ ...bar, threshold: "0.62" }],
        preRegistration: { manifest, evaluatedAt: "2026-11-18T08:30:00Z" },
      },
    ],
  };
  const registration = {
    repository,
    digest: `sha256:${"2".repeat(64)}`,
    signedBy: ["evals.pub"],
    registration: { manifest, ...bar, threshold: 0.62, registeredAt: "2026-11-18T08:00:00Z" },
  };
  const both = `${repository}@${digest},${registration.digest}`;
  const runWith = async (change: Readonly<Record<string, unknown>>, one: Readonly<Record<string, unknown>>) => {
    const evidence = { repositories: [repository], signers: [signer] };
    await program.write("p/policy.yaml", policy({ benchmarks: [rule] }, { evidence }));
    const entry = mergePatch(registration, change);
    return runCase({ evidence: [result, entry], ...one }, { workload: deployment(both) });
  };

  test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    ["the same", {}, { expect: { decision: "admit", reasons: [] } }],
    ["another bar", { registration: { threshold: 0.5 } }, denied("NOT_PRE_REGISTERED")],
    ["after the run", { registration: { registeredAt: "2026-11-18T09:00:00Z" } }, denied("NOT_PRE_REGISTERED")],
    ["of no time", { registration: { registeredAt: null } }, denied("NOT_PRE_REGISTERED")],
    ["a stranger's", { signedBy: ["else.pub"] }, denied("NOT_PRE_REGISTERED")],
    ["that cannot be had", { state: "unavailable" }, denied("NOT_PRE_REGISTERED", "REGISTRY_UNAVAILABLE")],
  ])("can be stated: %s", async (_, change, one) => {
    expect(await runWith(change, one)).toMatchObject({ code: 0, err: "" });
  });
});
