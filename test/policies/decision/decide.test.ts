import { describe, expect, it } from "@jest/globals";
import { isFailed, listReasons } from "../../../policies/decision.ts";
import {
  aPolicy,
  asking,
  aWorkload,
  decideOn,
  everything,
  now,
  runningModel,
} from "../../support/builders/decision.ts";
import { bare, found, full, lost, references, unavailable } from "../../support/builders/evidence.ts";
import { anException } from "../../support/builders/exception.ts";

const wrongEnvironment = { annotations: { "dev.assaygate.environment": "staging" } };
const wrongHardware = { annotations: { "dev.assaygate.hardware.class": "nvidia-a100" } };

describe("a workload under one policy", () => {
  it("is admitted when one evaluation proves everything", () => {
    const decision = decideOn();
    expect(decision).toMatchObject({
      verdict: "admit",
      basis: "judged",
      couldNotLook: false,
      policies: [{ name: "production-llm", outcome: "pass" }],
    });
    expect(listReasons(decision)).toEqual([]);
    expect(decision.findings.every(({ outcome }) => outcome === "pass")).toBe(true);
    expect(decision.evidence).toHaveLength(1);
  });

  it("is denied without evidence", () => {
    const decision = decideOn({ workload: aWorkload({ references: references() }), evidence: [] });
    expect(decision.verdict).toBe("deny");
    expect(listReasons(decision)).toEqual(["EVIDENCE_MISSING"]);
  });

  it("never adds up two evaluations that each prove half", () => {
    const workload = aWorkload({ references: references(full(1), full(2)) });
    const decision = decideOn({ workload, evidence: [found(1, wrongEnvironment), found(2, wrongHardware)] });
    expect(decision.verdict).toBe("deny");
    expect(listReasons(decision)).toEqual(["ENVIRONMENT_MISMATCH", "HARDWARE_CLASS_MISMATCH"]);
  });

  it("is admitted by the one good evaluation among bad ones, and says nothing of those", () => {
    const workload = aWorkload({ references: references(full(1), full(2), full(3)) });
    const decision = decideOn({ workload, evidence: [found(1, wrongEnvironment), found(2), lost(3, unavailable)] });
    expect(decision.verdict).toBe("admit");
    expect(listReasons(decision)).toEqual([]);
  });

  it("may prove different requirements by different evaluations", () => {
    const policy = aPolicy({
      require: [
        { name: "a", environment: ["production"] },
        { name: "b", environment: ["staging"] },
      ],
    });
    const workload = aWorkload({ references: references(full(1), full(2)) });
    expect(decideOn({ policies: [policy], workload, evidence: [found(1), found(2, wrongEnvironment)] }).verdict).toBe(
      "admit",
    );
    expect(decideOn({ policies: [policy], workload, evidence: [found(1), found(2)] }).verdict).toBe("deny");
  });

  it("proves each of several models", () => {
    const other = { ...runningModel, name: "mistral-7b", container: "spec.template.spec.containers[1]" };
    const workload = aWorkload({ models: [runningModel, other], references: references(full(1), full(2)) });
    const mistral = { annotations: { "dev.assaygate.model.name": "mistral-7b" } };
    expect(decideOn({ workload, evidence: [found(1), found(2, mistral)] }).verdict).toBe("admit");
    const half = decideOn({ workload, evidence: [found(1), found(2)] });
    expect(half.verdict).toBe("deny");
    expect(half.findings.filter(isFailed).find(({ reason }) => reason === "MODEL_NAME_MISMATCH")).toMatchObject({
      model: "mistral-7b",
    });
  });

  it("reports the evaluation that came closest first", () => {
    const workload = aWorkload({ references: references(full(1), full(2)) });
    const far = found(1, {
      annotations: {
        "dev.assaygate.environment": "staging",
        "dev.assaygate.hardware.class": "cpu",
        "dev.assaygate.model.name": "x",
      },
    });
    const decision = decideOn({ workload, evidence: [far, found(2, wrongHardware)] });
    expect(decision.findings.find(isFailed)?.reason).toBe("HARDWARE_CLASS_MISMATCH");
  });
});

describe("evidence that is not there to judge", () => {
  it.each([
    ["EVIDENCE_NOT_FOUND", { kind: "absent", message: "no" }, false],
    ["EVIDENCE_CORRUPT", { kind: "refused", reason: "EVIDENCE_CORRUPT", message: "no" }, false],
    ["ARTIFACT_INVALID", { kind: "refused", reason: "ARTIFACT_INVALID", message: "no" }, false],
    ["REGISTRY_UNAVAILABLE", { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" }, true],
    ["REGISTRY_DENIED", { kind: "unavailable", reason: "REGISTRY_DENIED", message: "no" }, true],
    ["DEADLINE_EXCEEDED", { kind: "unavailable", reason: "DEADLINE_EXCEEDED", message: "no" }, true],
  ] as const)("%s denies", (reason, evidence, couldNotLook) => {
    const decision = decideOn({ evidence: [lost(1, evidence)] });
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook });
    expect(listReasons(decision)).toEqual([reason]);
  });

  it("is an internal error when it was not even looked for", () => {
    const decision = decideOn({ evidence: [] });
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: true });
    expect(listReasons(decision)).toEqual(["INTERNAL_ERROR"]);
  });

  it("is not trusted from a repository that the policy does not list", () => {
    const at = "ghcr.io/someone/evals";
    const decision = decideOn({
      workload: aWorkload({ references: references(full(1, at)) }),
      evidence: [found(1, { repository: at })],
    });
    expect(listReasons(decision)).toEqual(["REPOSITORY_NOT_TRUSTED"]);
  });

  it("is refused as malformed when it is the only reference, and remarked on when another proves", () => {
    const tagOnly = { kind: "malformed", text: "quay.io/acme/evals:v1", problem: "no digest" } as const;
    const denied = decideOn({ workload: aWorkload({ references: references(tagOnly) }), evidence: [] });
    expect(listReasons(denied)).toEqual(["EVIDENCE_MALFORMED"]);
    const admitted = decideOn({ workload: aWorkload({ references: references(tagOnly, full(1)) }) });
    expect(admitted.verdict).toBe("admit");
    expect(admitted.warnings).toHaveLength(1);
  });

  it("denies when the annotation as a whole cannot be used", () => {
    const problem = { ...references(), problem: "17 references, at most 16" };
    expect(listReasons(decideOn({ workload: aWorkload({ references: problem }) }))).toEqual(["EVIDENCE_MALFORMED"]);
  });

  it("is invalid when it carries no annotation that an evaluation carries", () => {
    const nothing = Object.fromEntries(Object.keys(Object.fromEntries([found(1)])).map((key) => [key, undefined]));
    const bareImage = found(1, {
      annotations: { ...Object.fromEntries(Object.entries(goodKeys()).map(([key]) => [key, undefined])), ...nothing },
    });
    const decision = decideOn({ policies: [asking({ maxAge: "30d" })], evidence: [bareImage] });
    expect(listReasons(decision)).toEqual(["ARTIFACT_INVALID"]);
  });
});

function goodKeys(): Record<string, string> {
  const [, evidence] = found(1);
  if (evidence.kind !== "found") throw new Error("not found");
  return { ...evidence.artifact.annotations };
}

describe("a bare digest", () => {
  const workload = aWorkload({ references: references(bare(1)) });

  it("is looked up in each repository that the policy names in full", () => {
    const policy = aPolicy({ evidence: { repositories: ["quay.io/acme/other", "quay.io/acme/evals"] } });
    const evidence = [lost(1, { kind: "absent", message: "no" }, "quay.io/acme/other"), found(1)];
    expect(decideOn({ workload, policies: [policy], evidence }).verdict).toBe("admit");
  });

  it("counts as not looked at while one of the repositories gave no answer", () => {
    const policy = aPolicy({ evidence: { repositories: ["quay.io/acme/other", "quay.io/acme/evals"] } });
    const evidence = [lost(1, { kind: "absent", message: "no" }, "quay.io/acme/other"), lost(1, unavailable)];
    expect(decideOn({ workload, policies: [policy], evidence })).toMatchObject({
      verdict: "deny",
      couldNotLook: true,
    });
  });

  it("is not found where the policy lists only patterns", () => {
    const policy = aPolicy({ evidence: { repositories: ["quay.io/acme/**"] } });
    expect(listReasons(decideOn({ workload, policies: [policy] }))).toEqual(["EVIDENCE_NOT_FOUND"]);
  });
});

describe("several policies", () => {
  const strict = aPolicy({}, "strict");
  const other = aPolicy({ require: [{ ...everything, environment: ["staging"] }] }, "other");

  it("must all hold", () => {
    expect(decideOn({ policies: [strict] }).verdict).toBe("admit");
    const both = decideOn({ policies: [strict, other] });
    expect(both.verdict).toBe("deny");
    expect(both.policies.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["strict", "pass"],
      ["other", "fail"],
    ]);
    expect(both.findings[0]?.policy).toBe("other");
  });

  it("leave a workload that none is about outside the gate, by the gate's settings", () => {
    const elsewhere = aPolicy({ match: { namespaces: ["staging-*"] } });
    expect(decideOn({ policies: [elsewhere] })).toMatchObject({ verdict: "admit", basis: "no-policy" });
    const denied = decideOn({ policies: [elsewhere], settings: { noMatch: "Deny", maxExceptionMs: 1 } });
    expect(denied).toMatchObject({ verdict: "deny", basis: "no-policy", couldNotLook: false });
    expect(listReasons(denied)).toEqual(["NO_POLICY"]);
  });
});

describe("modes", () => {
  const failing = [found(1, wrongEnvironment)];

  it.each([
    ["Enforce", "deny"],
    ["Warn", "warn"],
    ["Audit", "admit"],
  ])("%s gives %s for the same findings", (mode, expected) => {
    const decision = decideOn({ policies: [aPolicy({ mode })], evidence: failing });
    expect(decision.verdict).toBe(expected);
    expect(decision.findings).toEqual(decideOn({ evidence: failing }).findings);
  });

  it("a doubt stands beside a disproof: what could not be looked at might have been the proof", () => {
    const workload = aWorkload({ references: references(full(1), full(2)) });
    const evidence = [...failing, lost(2, unavailable)];
    expect(decideOn({ workload, evidence })).toMatchObject({ verdict: "deny", couldNotLook: true });
    expect(decideOn({ workload, evidence, policies: [aPolicy({ onUnavailable: "Warn" })] }).verdict).toBe("warn");
  });

  it("onUnavailable: Warn warns of what could not be looked at, and still denies what is disproved", () => {
    const policies = [aPolicy({ onUnavailable: "Warn" })];
    expect(decideOn({ policies, evidence: [lost(1, unavailable)] })).toMatchObject({
      verdict: "warn",
      couldNotLook: true,
    });
    expect(decideOn({ policies, evidence: failing }).verdict).toBe("deny");
  });
});

describe("a namespace whose labels are not known", () => {
  const workload = aWorkload({ namespaceLabels: undefined });

  it("is an error for a policy that selects by them, never a mismatch", () => {
    const policies = [aPolicy({ match: { namespaceSelector: { matchLabels: { tier: "gold" } } } })];
    const decision = decideOn({ workload, policies });
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: true });
    expect(listReasons(decision)).toEqual(["NAMESPACE_UNKNOWN"]);
  });

  it("is an error for a requirement that reads them", () => {
    const decision = decideOn({ workload });
    expect(decision).toMatchObject({ verdict: "deny", couldNotLook: true });
    expect(listReasons(decision)).toEqual(["NAMESPACE_UNKNOWN"]);
  });

  it("does not matter where they are not read", () => {
    expect(
      decideOn({ workload, policies: [aPolicy({ require: [{ ...everything, environment: ["production"] }] })] })
        .verdict,
    ).toBe("admit");
  });
});

describe("exceptions", () => {
  const evidence = [found(1, wrongEnvironment)];

  it("soften the named requirement to a warning and are named", () => {
    const decision = decideOn({ evidence, exceptions: [anException()] });
    expect(decision).toMatchObject({ verdict: "warn", exceptions: ["launch"] });
    expect(listReasons(decision)).toEqual(["ENVIRONMENT_MISMATCH"]);
    expect(decision.warnings[0]).toContain("launch day");
  });

  it("are not named where nothing needed them", () => {
    expect(decideOn({ exceptions: [anException()] })).toMatchObject({ verdict: "admit", exceptions: [] });
  });

  it.each([
    ["expired this very moment", { expiresAt: now.toISOString() }],
    ["expired by one second", { expiresAt: "2026-11-20T11:59:59Z" }],
    ["further ahead than 30 days", { expiresAt: "2026-12-20T12:00:01Z" }],
    ["in the year 9999", { expiresAt: "9999-12-31T23:59:59Z" }],
    ["for another namespace", { scope: { namespace: "prod-other", kind: "Deployment", name: "granite" } }],
    ["for another kind", { scope: { namespace: "prod-chat", kind: "StatefulSet", name: "granite" } }],
    ["for another name", { scope: { namespace: "prod-chat", kind: "Deployment", name: "granite-2" } }],
    ["for another policy", { policies: ["staging"] }],
    ["for another requirement", { requirements: ["quality"] }],
  ])("do nothing when %s", (_, spec) => {
    expect(decideOn({ evidence, exceptions: [anException(spec)] })).toMatchObject({ verdict: "deny", exceptions: [] });
  });

  it("never add up", () => {
    const policies = [aPolicy({ require: [everything, { ...everything, name: "quality" }] })];
    const halves = [anException({ requirements: ["safety"] }, "a"), anException({ requirements: ["quality"] }, "b")];
    expect(decideOn({ policies, evidence, exceptions: halves }).verdict).toBe("deny");
    expect(
      decideOn({ policies, evidence, exceptions: [anException({ requirements: ["safety", "quality"] })] }).verdict,
    ).toBe("warn");
  });

  it("cannot cover a workload that no policy is about", () => {
    const elsewhere = aPolicy({ match: { namespaces: ["x"] } });
    expect(
      decideOn({
        policies: [elsewhere],
        exceptions: [anException()],
        settings: { noMatch: "Deny", maxExceptionMs: 9e12 },
      }).verdict,
    ).toBe("deny");
  });
});
