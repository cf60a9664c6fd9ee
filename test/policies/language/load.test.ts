import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { loadPolicySet } from "../../../policies/language/load.ts";
import type { Problem } from "../../../policies/language/document.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const load = (...texts: string[]): ReturnType<typeof loadPolicySet> =>
  loadPolicySet(
    texts.map((text, at) => ({ path: `${at}.yaml`, text })),
    sha256,
  );

const good = `apiVersion: assaygate.dev/v1alpha1
kind: EvaluationPolicy
metadata: {name: production-llm}
spec:
  evidence:
    repositories: [quay.io/acme/evals]
  require:
    - name: safety
      environment: [production]
`;
const exception = `apiVersion: assaygate.dev/v1alpha1
kind: EvaluationException
metadata: {name: launch}
spec:
  scope: {namespace: a, kind: Deployment, name: b}
  policies: [production-llm]
  requirements: [safety]
  reason: launch
  owner: me
  expiresAt: "2026-12-01T00:00:00Z"
`;

function problems(...texts: string[]): readonly Problem[] {
  const loaded = load(...texts);
  if (loaded.ok) throw new Error("loaded, and should not have");
  return loaded.problems;
}

describe("a policy set", () => {
  it("loads policies and exceptions from several files and documents", () => {
    const loaded = load(`${good}---\n${good.replace("production-llm", "second")}`, exception);
    expect(loaded).toMatchObject({
      ok: true,
      set: { policies: [{ name: "production-llm" }, { name: "second" }], exceptions: [{ name: "launch" }] },
    });
  });

  it("passes over documents that are empty", () => {
    expect(load(`---\n# nothing here\n---\n${good}---\n---\n`)).toMatchObject({
      ok: true,
      set: { policies: [{ name: "production-llm" }] },
    });
  });

  it("has defaults that deny", () => {
    const loaded = load(good);
    if (!loaded.ok) throw new Error("not loaded");
    const [policy] = loaded.set.policies;
    expect(policy).toMatchObject({
      mode: "Enforce",
      onUnavailable: "Deny",
      requirements: [{ model: { name: "SameAsWorkload", version: "SameAsWorkload" } }],
    });
  });

  it("has the same digest however it is written down, and another when anything changes", () => {
    const digestOf = (...texts: string[]): string => {
      const loaded = load(...texts);
      if (!loaded.ok) throw new Error("not loaded");
      return loaded.set.digest;
    };
    expect(digestOf(good.replace("[production]", "\n        - production  # only there"))).toBe(digestOf(good));
    expect(digestOf(good.replace("[production]", "[staging]"))).not.toBe(digestOf(good));
    expect(digestOf(good, exception)).not.toBe(digestOf(good));
    expect(digestOf(good, exception.replace("launch\n  owner", "other\n  owner"))).not.toBe(digestOf(good, exception));
  });

  it("is refused whole when one document is bad", () => {
    expect(problems(good, good.replace("kind: EvaluationPolicy", "kind: EvaluationPolicies"))).toHaveLength(1);
  });

  it("is refused when it is empty: nothing would be denied", () => {
    expect(problems()[0]?.message).toContain("no EvaluationPolicy");
    expect(problems(exception)[0]?.message).toContain("no EvaluationPolicy");
  });
});

describe("problems stand where they are written", () => {
  it.each([
    [
      "an unknown key, with the nearest one",
      good.replace("environment:", "environmnt:"),
      "spec.require[0].environmnt",
      9,
      "did you mean environment?",
    ],
    [
      "an unknown key in a policy's spec",
      good.replace("  evidence:", "  mood: x\n  evidence:"),
      "spec.mood",
      5,
      "did you mean mode?",
    ],
    ["an empty require", good.replace(/require:[^]*/, "require: []\n"), "spec.require", 7, "at least one entry"],
    [
      "an empty list in a requirement",
      good.replace("[production]", "[]"),
      "spec.require[0].environment",
      9,
      "at least one entry",
    ],
    [
      "no repositories",
      good.replace("[quay.io/acme/evals]", "[]"),
      "spec.evidence.repositories",
      6,
      "at least one entry",
    ],
    [
      "a repository that is no repository",
      good.replace("quay.io/acme/evals", "acme/evals"),
      "spec.evidence.repositories[0]",
      6,
      "registry host",
    ],
    [
      "a pattern inside a segment",
      good.replace("quay.io/acme/evals", "quay.io/acme/ev*"),
      "spec.evidence.repositories[0]",
      6,
      "whole path segment",
    ],
    [
      "** before the end",
      good.replace("quay.io/acme/evals", "quay.io/**/evals"),
      "spec.evidence.repositories[0]",
      6,
      "only at the end",
    ],
    [
      "a requirement that asks for nothing",
      good.replace("environment: [production]", "model: {name: Any, version: Any}"),
      "spec.require[0]",
      8,
      "asks for nothing",
    ],
    [
      "a benchmark that asks for nothing",
      good.replace("environment: [production]", "benchmarks: [{id: mmlu}]"),
      "spec.require[0].benchmarks[0]",
      9,
      "asks for nothing",
    ],
    [
      "a metric without a bound",
      good.replace("environment: [production]", "benchmarks: [{id: mmlu, metric: acc}]"),
      "spec.require[0].benchmarks[0]",
      9,
      "min or max",
    ],
    [
      "bounds that nothing lies between",
      good.replace("environment: [production]", "benchmarks: [{id: mmlu, metric: acc, min: 2, max: 1}]"),
      "spec.require[0].benchmarks[0]",
      9,
      "greater",
    ],
    [
      "passed: false",
      good.replace("environment: [production]", "benchmarks: [{id: mmlu, passed: false}]"),
      "spec.require[0].benchmarks[0].passed",
      9,
      "true",
    ],
    [
      "a number that is none",
      good.replace("environment: [production]", "benchmarks: [{id: mmlu, metric: acc, min: .nan}]"),
      "spec.require[0].benchmarks[0].min",
      9,
      "number",
    ],
    [
      "a duration that is none",
      good.replace("environment: [production]", "maxAge: soon"),
      "spec.require[0].maxAge",
      9,
      "30d",
    ],
    [
      "a duration of nothing",
      good.replace("environment: [production]", "maxAge: 0d"),
      "spec.require[0].maxAge",
      9,
      "longer",
    ],
    [
      "a range that is none",
      good.replace("environment: [production]", 'collection: {id: a, version: ">=x.y.z.w"}'),
      "spec.require[0].collection.version",
      9,
      "range",
    ],
    ["two requirements of one name", `${good}    - name: safety\n`, "spec.require[1].name", 10, "two requirements"],
    [
      "an exclude that excludes everything",
      good.replace("  evidence:", "  exclude: {}\n  evidence:"),
      "spec",
      4,
      "exclude",
    ],
    ...[
      "exclude: {accelerator: Any}",
      "exclude: {namespaceSelector: {}}",
      "exclude: {objectSelector: {matchLabels: {}, matchExpressions: []}}",
      'exclude: {namespaces: ["dev", "*"]}',
      'match: {namespaces: ["prod-*", "live"]}\n  exclude: {namespaces: ["prod-*", "liv*"]}',
      "match: {kinds: [Deployment]}\n  exclude: {kinds: [Pod, Deployment]}",
    ].map((scope): [string, string, string, number, string] => [
      `${scope}, which leaves nothing`,
      good.replace("  evidence:", `  ${scope}\n  evidence:`),
      "spec",
      4,
      "leaves out every workload",
    ]),
    ...["Prod-*", "prod-?", "prod-[ab]", "a.b", "kube-system ", ""].map(
      (name): [string, string, string, number, string] => [
        `the namespace "${name}", which cannot be`,
        good.replace("  evidence:", `  match: {namespaces: ["${name}"]}\n  evidence:`),
        "spec.match.namespaces[0]",
        5,
        "no namespace has such a name",
      ],
    ),
    [
      "a field that is missing",
      good.replace(/ {2}evidence:[^]*?(?= {2}require)/, ""),
      "spec.evidence",
      4,
      "is missing: a map",
    ],
    [
      "a number that should be text",
      good.replace("environment: [production]", "collection: {id: a, version: 1.10}"),
      "spec.require[0].collection.version",
      9,
      "write it in quotes",
    ],
    [
      "a selector without values",
      good.replace(
        "  evidence:",
        "  match: {objectSelector: {matchExpressions: [{key: a, operator: In}]}}\n  evidence:",
      ),
      "spec",
      4,
      "values",
    ],
    [
      "a source with two places",
      good.replace("  evidence:", "  workload: {modelName: [{annotation: a, label: b}]}\n  evidence:"),
      "spec.workload.modelName[0]",
      5,
      "exactly one",
    ],
    ["a repeated key", good.replace("  evidence:", "  mode: Warn\n  mode: Enforce\n  evidence:"), "", 6, "unique"],
    ["another API version", good.replace("v1alpha1", "v1"), "apiVersion", 1, "assaygate.dev/v1alpha1"],
    [
      "a key that is none",
      good.replace("[quay.io/acme/evals]", "[quay.io/acme/evals]\n    signers: [{cosign: {publicKey: x}}]"),
      "spec.evidence.signers[0]",
      7,
      "not a public key in PEM",
    ],
    [
      "a trust store with everybody in it (T24)",
      good.replace(
        "[quay.io/acme/evals]",
        '[quay.io/acme/evals]\n    signers: [{notation: {trustStore: acme, identities: ["*"]}}]',
      ),
      "spec.evidence.signers[0]",
      7,
      "not an identity",
    ],
    [
      "a revoker that is none",
      good.replace("[quay.io/acme/evals]", "[quay.io/acme/evals]\n    revokers: [{cosign: {publicKey: x}}]"),
      "spec.evidence.revokers[0]",
      7,
      "not a public key in PEM",
    ],
    [
      "a revoker that could sign no statement",
      good.replace(
        "[quay.io/acme/evals]",
        '[quay.io/acme/evals]\n    revokers: [{notation: {trustStore: acme, identities: ["x509.subject: C=US"]}}]',
      ),
      "spec.evidence.revokers[0]",
      7,
      "expected cosign",
    ],
    [
      "a model signed as nobody signs models",
      good.replace(
        "environment: [production]",
        'environment: [production]\n      model: {signedBy: [{notation: {trustStore: acme, identities: ["x509.subject: C=US, O=Acme"]}}]}',
      ),
      "spec.require[0].model.signedBy[0]",
      10,
      "a model's signature is a Sigstore bundle",
    ],
    [
      "a model signed by what is not a key",
      good.replace(
        "environment: [production]",
        "environment: [production]\n      model: {signedBy: [{cosign: {publicKey: x}}]}",
      ),
      "spec.require[0].model.signedBy[0]",
      10,
      "not a public key in PEM",
    ],
    [
      "a model that is signed, and nothing that an evaluation says",
      good.replace("environment: [production]", "model: {name: Any, version: Any, signedBy: [{cosign: {keyRef: a}}]}"),
      "spec.require[0]",
      8,
      "asks for nothing",
    ],
    [
      "a threshold that can never be met",
      good.replace(
        "[quay.io/acme/evals]",
        "[quay.io/acme/evals]\n    signers: [{cosign: {keyRef: a}}]\n    threshold: 2",
      ),
      "spec.evidence.threshold",
      8,
      "asks for 2 different signers, but the policy names 1",
    ],
    [
      "a threshold without signers",
      good.replace("[quay.io/acme/evals]", "[quay.io/acme/evals]\n    threshold: 2"),
      "spec.evidence.threshold",
      7,
      "needs signers",
    ],
    [
      "an expression that names a field which is not there",
      good.replace("environment: [production]", "expressions: [{cel: 'evaluation.enviroment == \"x\"', message: x}]"),
      "spec.require[0].expressions[0].cel",
      9,
      "not a valid expression: No such key: enviroment",
    ],
    [
      "an expression that is no condition",
      good.replace("environment: [production]", "expressions: [{cel: evaluation.environment, message: x}]"),
      "spec.require[0].expressions[0].cel",
      9,
      "of type string",
    ],
    [
      "an expression that does not end",
      good.replace("environment: [production]", 'expressions: [{cel: "1 + ", message: x}]'),
      "spec.require[0].expressions[0].cel",
      9,
      "not a valid expression",
    ],
    [
      "an expression with a regular expression (T33)",
      good.replace(
        "environment: [production]",
        "expressions: [{cel: 'evaluation.environment.matches(\"(a+)+$\")', message: x}]",
      ),
      "spec.require[0].expressions[0].cel",
      9,
      "regular expressions are not supported",
    ],
    [
      "an expression with macros three deep (T33)",
      good.replace(
        "environment: [production]",
        "expressions: [{cel: 'evaluation.benchmarks.all(a, evaluation.benchmarks.all(b, evaluation.benchmarks.all(c, a.id == c.id)))', message: x}]",
      ),
      "spec.require[0].expressions[0].cel",
      9,
      "at most 2 macros inside each other",
    ],
    ["an exception without an expiry", exception.replace(/ {2}expiresAt.*\n/, ""), "spec.expiresAt", 4, "is missing"],
    [
      "an exception that expires on a day that does not exist",
      exception.replace("2026-12-01", "2026-11-31"),
      "spec.expiresAt",
      10,
      "not a time",
    ],
  ])("%s", (_, text, field, line, message) => {
    const found = problems(text, ...(text.includes("EvaluationException") ? [good] : []));
    expect(found.map((problem) => [problem.file, problem.field, problem.line])).toContainEqual(["0.yaml", field, line]);
    expect(found.find((problem) => problem.field === field)?.message).toContain(message);
  });

  it("two policies of one name, with the file of the first", () => {
    expect(problems(good, good)).toMatchObject([
      {
        file: "1.yaml",
        field: "metadata.name",
        message: "EvaluationPolicy production-llm is already defined in 0.yaml",
      },
    ]);
  });

  it("text that is not YAML", () => {
    expect(problems("a: [")[0]).toMatchObject({ file: "0.yaml", field: "" });
  });

  it("aliases that grow without end", () => {
    const bomb = `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
    expect(problems(bomb)[0]?.message).toContain("alias");
  });
});
