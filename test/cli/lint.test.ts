import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { exception } from "../support/builders/exception.ts";
import { digest } from "../support/builders/evidence.ts";
import { policy as policyOf } from "../support/builders/policy.ts";
import { createProgram, type Program } from "./program.ts";

const asks = { maxAge: "30d" };
const apiVersion = "assaygate.dev/v1alpha1";
const declared = { version: "Accept" };

/** A policy that says what a declaration counts for. */
function policy(requires?: Parameters<typeof policyOf>[0], spec: Record<string, unknown> = {}, name?: string) {
  return policyOf(requires, { workload: { declared }, ...spec }, name);
}

/** One that asks for a registration, of evidence that is trusted so. */
function registered(evidence: Record<string, unknown>) {
  const rule = { id: "mmlu", metric: "acc,none", min: 0.6, preRegistered: true };
  return policy({ ...asks, benchmarks: [rule] }, { evidence: { repositories: ["quay.io/acme/evals"], ...evidence } });
}
const place = "spec.require[0].benchmarks[0].preRegistered: denies every evaluation:";

/** One for many namespaces. */
function broad(spec: Readonly<Record<string, unknown>> = {}) {
  return exception({
    scope: { namespace: "prod-*", kind: "Deployment", name: "granite" },
    expiresAt: "2026-12-01T00:00:00Z",
    ...spec,
  });
}

const policyTest = (policies: readonly string[]) => ({
  apiVersion,
  kind: "PolicyTest",
  metadata: { name: "t" },
  spec: {
    policies,
    now: "2026-11-20T00:00:00Z",
    workload: {},
    evidence: [],
    cases: [{ name: "c", expect: { decision: "deny" } }],
  },
});

let program: Program;
beforeEach(async () => {
  program = await createProgram();
  await program.write("p/policy.yaml", policy(asks));
});
afterEach(() => program.remove());

test("counts what is good", async () => {
  await program.write("p/exception.yaml", broad());
  await program.write("p/test.yaml", policyTest(["production-llm"]));
  expect(await program.run("lint", "p")).toEqual({ code: 0, out: "1 policy, 1 exception, 1 test: ok\n", err: "" });
});

test("says file, line, column, field and the nearest key", async () => {
  await program.write(
    "p/bad.yaml",
    `apiVersion: ${apiVersion}
kind: EvaluationPolicy
metadata: {name: bad}
spec:
  evidence:
    repositories: [quay.io/acme/evals]
  require:
    - name: a
      maxAeg: 30d
`,
  );
  const { code, out, err } = await program.run("lint", "p");
  expect({ code, err }).toEqual({ code: 2, err: "" });
  expect(out).toContain("p/bad.yaml:9:7: spec.require[0].maxAeg: unknown key maxAeg: did you mean maxAge?\n");
});

test("is data, too", async () => {
  const { out } = await program.run("lint", "p", "-o", "json");
  expect(JSON.parse(out)).toEqual({ ok: true, policies: 1, exceptions: 0, tests: 0, problems: [], warnings: [] });
  await program.write("p/bad.yaml", policy({}, { match: { kinds: ["Deploymnet"] } }, "bad"));
  const { out: bad, code } = await program.run("lint", "p", "-o", "json");
  expect(code).toBe(2);
  const problems = [
    expect.objectContaining({ file: "p/bad.yaml", line: 1, field: expect.any(String), message: expect.any(String) }),
  ];
  expect(JSON.parse(bad)).toMatchObject({ ok: false, problems: expect.arrayContaining(problems) });
});

describe("kinds that the gate does not read", () => {
  test.each([
    ["match", "Deploymnet", "did you mean Deployment?"],
    ["exclude", "InferenceService.serving.kserve.com", "did you mean InferenceService.serving.kserve.io?"],
    ["match", "Widget.example.com", "add it to the configuration's kinds"],
  ])("in %s: %s", async (part, kind, hint) => {
    await program.write("p/policy.yaml", policy(asks, { [part]: { kinds: ["Pod", kind] } }));
    const { code, out } = await program.run("lint", "p");
    expect(code).toBe(2);
    expect(out).toContain(`spec.${part}.kinds[1]: the gate reads no kind ${kind}`);
    expect(out).toContain(hint);
  });

  test("in an exception", async () => {
    await program.write("p/exception.yaml", broad({ scope: { namespace: "a", kind: "deployment", name: "b" } }));
    const { code, out } = await program.run("lint", "p");
    expect({ code, out }).toEqual({
      code: 2,
      out: expect.stringContaining("spec.scope.kind: the gate reads no kind deployment"),
    });
  });

  test("unless the configuration adds them", async () => {
    await program.write("p/policy.yaml", policy(asks, { match: { kinds: ["Widget.example.com"] } }));
    await program.write("gate.yaml", {
      policies: { directory: "p" },
      kinds: [{ group: "example.com", kind: "Widget", templates: ["spec.template"] }],
    });
    expect((await program.run("lint", "p", "--config", "gate.yaml")).code).toBe(0);
  });
});

describe("warnings do not change the exit code", () => {
  const warnings: [string, unknown, string][] = [
    [
      "a homoglyph",
      policy({ environment: ["pr\u043eduction"] }),
      'spec.require[0].environment[0]: "pr\\u{43e}duction" has blanks around it or characters that are not ASCII',
    ],
    ["a blank at the end", policy({ complianceTags: ["a "] }), 'spec.require[0].complianceTags[0]: "a "'],
    [
      "an odd label key",
      policy(asks, { match: { namespaceSelector: { matchLabels: { "te\u00e4m": "a" } } } }),
      "spec.match.namespaceSelector.matchLabels.te",
    ],
    [
      "an environment from an annotation",
      policy(asks, { workload: { declared, environment: [{ namespaceLabel: "a" }, { annotation: "b" }] } }),
      "spec.workload.environment[1]: whoever deploys can write this",
    ],
    [
      "an environment from a label",
      policy(asks, { workload: { declared, environment: [{ label: "b" }] } }),
      "spec.workload.environment[0]: whoever",
    ],
    [
      "labels of the object that lead in",
      policy(asks, { match: { objectSelector: { matchLabels: { a: "b" } } } }),
      "spec.match.objectSelector: whoever deploys can leave",
    ],
    [
      "labels of the object that lead out",
      policy(asks, { exclude: { objectSelector: { matchLabels: { a: "b" } } } }),
      "spec.exclude.objectSelector: whoever deploys can write",
    ],
    [
      "patterns only",
      policy(asks, { evidence: { repositories: ["quay.io/acme/**"] } }),
      "spec.evidence.repositories: lists only patterns",
    ],
    ["a registration by nobody", registered({}), `${place} a registration counts by who signed it`],
    [
      "a registration by two, in one bundle",
      registered({ signers: ["a.pub", "b.pub"].map((keyRef) => ({ cosign: { keyRef } })), threshold: 2 }),
      `${place} a registration in a bundle carries one signature`,
    ],
    [
      "a registration by notation",
      registered({ signers: [{ notation: { trustStore: "acme", identities: ["x509.subject: C=US, O=Acme"] } }] }),
      `${place} a registration is a statement in a Sigstore bundle`,
    ],
    ["nothing said of declarations", policyOf(asks), "spec: denies models on claims, in buckets or at paths"],
    [
      "nothing said of declarations, of which the sources are named",
      policyOf({ model: { name: "Any" } }, { workload: { modelVersion: [{ label: "version" }] } }),
      "spec.workload: denies models on claims",
    ],
    [
      "declared names at places",
      policy(asks, { workload: { declared: { name: ["Place"] } } }),
      "spec.workload.declared.name[0]: whoever deploys says which model lies on a claim",
    ],
    [
      "declared names of whatever is inside an image",
      policy(asks, { workload: { declared: { name: ["Image"] } } }),
      "spec.workload.declared.name[0]: whoever deploys says which model is inside any image at all",
    ],
    [
      "declared names of any image beside a list of images",
      policy(asks, { workload: { declared: { name: ["Image"] }, images: [`quay.io/acme/vllm@${digest(1)}`] } }),
      "spec.workload.declared.name[0]: is more than the list of images needs",
    ],
    [
      "declared names of what is hidden",
      policy(asks, { workload: { declared: { name: ["Opaque"] } } }),
      "spec.workload.declared.name[0]: whoever deploys can hide what is loaded",
    ],
    [
      "an alias that never counts",
      policy(asks, { workload: { declared, modelName: [{ argument: "--served-model-name" }] } }),
      "spec.workload.modelName[0]: --served-model-name is an alias, which never counts here",
    ],
    [
      "an environment from elsewhere",
      policy(asks, { workload: { declared, openEnvironment: "Accept" } }),
      "spec.workload.openEnvironment: whoever may write a ConfigMap or Secret",
    ],
    [
      "an exception that is over",
      broad({ expiresAt: "2026-11-20T12:00:00Z" }),
      "spec.expiresAt: 2026-11-20T12:00:00Z is past",
    ],
    [
      "an exception for too long",
      broad({ expiresAt: "2026-12-20T12:00:01Z" }),
      "spec.expiresAt: 2026-12-20T12:00:01Z is more than 30 days ahead",
    ],
    [
      "an exception from a policy that is not there",
      broad({ policies: ["production-lmm"] }),
      "spec.policies[0]: no policy is named production-lmm: did you mean production-llm?",
    ],
    [
      "an exception from a requirement that is not there",
      broad({ requirements: ["safty"] }),
      "spec.requirements[0]: no requirement is named safty: did you mean safety?",
    ],
    [
      "a test of a policy that is not there",
      policyTest(["production-lmm"]),
      "spec.policies[0]: no policy is named production-lmm: did you mean production-llm?",
    ],
  ];

  test.each(warnings)("%s", async (_, document, message) => {
    const isPolicy = JSON.stringify(document).includes('"kind":"EvaluationPolicy"');
    await program.write(isPolicy ? "p/policy.yaml" : "p/other.yaml", document);
    const { code, out } = await program.run("lint", "p");
    expect(code).toBe(0);
    expect(out).toMatch(/: ok\n$/);
    expect(out).toMatch(/^p\/(policy|other)\.yaml:1:\d+: warning: /);
    expect(out).toContain(`warning: ${message}`);
    expect(out.split("\n")).toHaveLength(3);
    // In a cluster it is a warning of at most 256 characters.
    expect(`assaygate: ${/warning: (.*)/.exec(out)?.[1]}`.length).toBeLessThanOrEqual(256);
  });

  test("an exception for as long as the gate allows is fine", async () => {
    await program.write("p/exception.yaml", broad({ expiresAt: "2026-12-20T12:00:00Z" }));
    expect((await program.run("lint", "p")).out).toBe("1 policy, 1 exception, 0 tests: ok\n");
  });

  test("nor is one for longer, where the configuration allows it", async () => {
    await program.write("p/exception.yaml", broad({ expiresAt: "2027-01-20T12:00:00Z" }));
    await program.write("gate.yaml", { policies: { directory: "p" }, maxExceptionDays: 90 });
    expect((await program.run("lint", "p", "--config", "gate.yaml")).out).toBe("1 policy, 1 exception, 0 tests: ok\n");
  });
});

describe("a policy test whose workload containerd 2.1 would mount otherwise than it means", () => {
  const image = { reference: `quay.io/acme/granite@${digest(1)}` };
  const workload = (mount: object) => ({
    spec: {
      volumes: [{ name: "model", image }],
      containers: [{ name: "vllm", volumeMounts: [{ name: "model", mountPath: "/models", ...mount }] }],
    },
  });
  const testOf = (base: object, patch?: object): string =>
    [
      `apiVersion: ${apiVersion}`,
      "kind: PolicyTest",
      "metadata: { name: t }",
      "spec:",
      '  now: "2026-11-20T00:00:00Z"',
      `  workload: ${JSON.stringify(base)}`,
      "  evidence: []",
      "  cases:",
      "    - name: c",
      ...(patch === undefined ? [] : [`      workloadPatch: ${JSON.stringify(patch)}`]),
      "      expect: { decision: deny }",
    ].join("\n");
  const warningsOf = async (text: string): Promise<string[]> => {
    await program.write("p/t.yaml", text);
    const { code, out } = await program.run("lint", "p");
    expect(code).toBe(0);
    return out.split("\n").slice(0, -2);
  };

  test("is warned of, at the place where the test writes it", async () => {
    const mount = "spec.workload.spec.containers[0].volumeMounts[0]";
    const empty = expect.stringMatching(/^p\/t\.yaml:6:\d+: warning: spec\.workload\.spec\.volumes\[0\]\.image: /);
    for (const key of ["subPath", "subPathExpr"]) {
      const [part = "", ...others] = await warningsOf(testOf(workload({ [key]: "granite" })));
      expect(part).toMatch(/^p\/t\.yaml:6:\d+: warning: /);
      expect(part).toContain(`warning: ${mount}.${key}: containerd 2.1 ignores it`);
      expect(others).toEqual([empty]);
    }
    expect(await warningsOf(testOf(workload({})))).toEqual([empty]);
  });

  test("is warned of in a patch, too, and once", async () => {
    const patched = await warningsOf(testOf(workload({}), workload({ subPath: "granite" })));
    expect(patched).toEqual([
      expect.stringContaining("p/t.yaml:6:"),
      expect.stringMatching(/^p\/t\.yaml:10:\d+: warning: spec\.cases\[0\]\.workloadPatch\.spec\.containers\[0\]/),
    ]);
    expect(await warningsOf(testOf(workload({}), { spec: { volumes: null } }))).toHaveLength(1);
    expect(await warningsOf(testOf({ spec: { containers: [] } }, { metadata: { labels: { a: "b" } } }))).toEqual([]);
  });
});

test.each<[string, readonly string[]]>([
  ["lint needs at least one DIR", []],
  ["unknown option --outptu: did you mean --output?", ["p", "--outptu", "json"]],
])("%s", async (message, args) => {
  const { code, err } = await program.run("lint", ...args);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
});

test("a folder that is not there, one without policies, and one with an alias to nothing", async () => {
  expect(await program.run("lint", "nowhere")).toMatchObject({
    code: 2,
    out: expect.stringContaining("nowhere:1:1: cannot be read"),
  });
  await program.write("empty/readme.md", "");
  expect(await program.run("lint", "empty")).toMatchObject({
    code: 2,
    out: expect.stringContaining("no EvaluationPolicy found"),
  });
  await program.write("p/policy.yaml", "a: [*-prod]\n");
  expect(await program.run("lint", "p")).toMatchObject({
    code: 2,
    out: expect.stringContaining("p/policy.yaml:1:1: "),
  });
});

test("warns of an alias that counts where nothing else names the model", async () => {
  const modelName = [{ annotation: "assaygate.dev/model-name" }, { argument: "--served-model-name" }];
  await program.write("p/policy.yaml", policy(asks, { workload: { declared: { name: ["Place"] }, modelName } }));
  const { code, out } = await program.run("lint", "p");
  expect(code).toBe(0);
  expect(out).toContain("spec.workload.modelName[1]: --served-model-name is an alias, which whoever deploys chooses");
});

test("does not ask what declarations count for where no model is asked for", async () => {
  await program.write("p/policy.yaml", policyOf({ ...asks, model: { name: "Any", version: "Any" } }));
  expect((await program.run("lint", "p")).out).toBe("1 policy, 0 exceptions, 0 tests: ok\n");
});

test("refuses images that are not named by digest", async () => {
  const images = [`quay.io/acme/vllm@${digest(1)}`, "quay.io/acme/vllm:v1"];
  await program.write("p/policy.yaml", policy(asks, { workload: { declared, images } }));
  const { code, out } = await program.run("lint", "p");
  expect(code).toBe(2);
  expect(out).toContain('spec.workload.images[1]: "quay.io/acme/vllm:v1" must end with a digest');
});

test("warns of a doubt that admits, and not of a verdict that is asked for", async () => {
  await program.write(
    "p/policy.yaml",
    policy({ benchmarks: [{ id: "toxicity", passed: true }] }, { onUnavailable: "Warn" }),
  );
  const { code, out, err } = await program.run("lint", "p");
  expect(code).toBe(0);
  expect(out + err).not.toContain("benchmarks");
  expect(out + err).toContain("spec.onUnavailable: lets whoever deploys");
});

test("does not warn of a doubt where nothing is enforced", async () => {
  await program.write("p/policy.yaml", policy(asks, { onUnavailable: "Warn", mode: "Warn" }));
  const { out, err } = await program.run("lint", "p");
  expect(out + err).not.toContain("onUnavailable");
});

const newest = { evidence: { repositories: ["quay.io/acme/evals"], newest: true } };

test("warns of a newest word that compares nothing, and not where one requirement asks for benchmarks", async () => {
  await program.write("p/policy.yaml", policy(asks, newest));
  const idle = await program.run("lint", "p");
  expect(idle).toMatchObject({ code: 0 });
  expect(idle.out).toContain("spec.evidence.newest: compares nothing");
  await program.write("p/policy.yaml", policy({ benchmarks: [{ id: "toxicity", passed: true }] }, newest));
  expect((await program.run("lint", "p")).out).not.toContain("spec.evidence.newest");
});

test("says who else may make a doubt of a denial by the newest word", async () => {
  const doubting = { ...newest, onUnavailable: "Warn" };
  await program.write("p/policy.yaml", policy({ benchmarks: [{ id: "toxicity", passed: true }] }, doubting));
  expect((await program.run("lint", "p")).out).toContain("spec.onUnavailable: lets whoever may push");
});
