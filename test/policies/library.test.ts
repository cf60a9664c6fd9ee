import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { listKinds } from "../../cli/kinds.ts";
import { findDefaultConfig } from "../../cli/config.ts";
import { lint } from "../../cli/lint.ts";
import { runTest } from "../../cli/policy-test/run-case.ts";
import { starterPolicy } from "../../cli/serve/starter.ts";
import { readSettings } from "../../cli/settings.ts";
import type { Policy, Requirement } from "../../policies/policy.ts";
import type { Reason } from "../../policies/reasons.ts";
import { loadPolicyPaths } from "../../webhook/policy-set/policy-folder.ts";
import { createProgram } from "../cli/program.ts";

const folder = join(import.meta.dirname, "../../policies/library");
const loaded = loadPolicyPaths([folder]);
if (!loaded.ok) throw new Error(loaded.problems.map(({ file, message }) => `${file}: ${message}`).join("\n"));
const { set, tests } = loaded;
const config = findDefaultConfig(folder);
const results = tests.map((one) => ({
  policy: one.document.spec.policies?.join(),
  cases: runTest(one, set, { kinds: listKinds(config), settings: readSettings(config) }),
}));

test("holds policies to start from", () => {
  expect(set.policies.map(({ name }) => name)).toEqual([
    "baseline",
    "gpu-workloads-only",
    "production",
    "regulated",
    "rollout-audit",
  ]);
});

test("is clean to lint, without a warning", async () => {
  const program = await createProgram();
  const { code, out } = await program.run(lint.name, folder);
  await program.remove();
  expect({ code, out }).toEqual({ code: 0, out: "5 policies, 0 exceptions, 6 tests: ok\n" });
});

test("is what serve starts from", () => {
  expect(starterPolicy).toBe(readFileSync(join(folder, "baseline.yaml"), "utf8"));
});

describe.each(set.policies.map((policy) => [policy.name, policy] as const))("%s", (name, policy) => {
  const cases = results.filter((result) => result.policy === name).flatMap((result) => result.cases);

  test.each(cases.map((one) => [one.case, one] as const))("%s", (_, { passed, message }) => {
    expect({ passed, message }).toEqual({ passed: true, message });
  });

  test("is tested with an admission, and with every reason it can give", () => {
    expect(cases.some(({ found }) => found.decision === "admit" && found.reasons.length === 0)).toBe(true);
    const tested = new Set(
      cases.filter(({ expected }) => expected.reasons !== undefined).flatMap(({ found }) => found.reasons),
    );
    expect(reasonsOf(policy).filter((reason) => !tested.has(reason))).toEqual([]);
  });

  test("decides as its mode says", () => {
    const decisions = new Set(cases.filter(({ found }) => found.reasons.length > 0).map(({ found }) => found.decision));
    expect([...decisions]).toEqual([policy.mode === "Enforce" ? "deny" : "admit"]);
  });
});

/** The reasons that a test can bring about. */
function reasonsOf({ requirements, sources }: Policy): Reason[] {
  const looksUpNamespace =
    requirements.some(({ environment }) => environment?.sameAsWorkload) &&
    sources.environment.some(({ namespaceLabel }) => namespaceLabel);
  return [
    "EVIDENCE_MISSING",
    "EVIDENCE_MALFORMED",
    "EVIDENCE_NOT_FOUND",
    "EVIDENCE_CORRUPT",
    "REPOSITORY_NOT_TRUSTED",
    "REGISTRY_UNAVAILABLE",
    "ARTIFACT_INVALID",
    ...(looksUpNamespace ? (["NAMESPACE_UNKNOWN"] as const) : []),
    ...requirements.flatMap(reasonsOfRequirement),
  ];
}

function reasonsOfRequirement({ model, ...asks }: Requirement): Reason[] {
  const identity: Reason[] = ["MODEL_UNKNOWN", "MODEL_IDENTITY_CONFLICT"];
  const asked: [unknown, ...Reason[]][] = [
    [model.name === "SameAsWorkload", "MODEL_NAME_MISMATCH", ...identity],
    [model.version === "SameAsWorkload", "MODEL_VERSION_MISMATCH", ...identity],
    [model.family, "MODEL_FAMILY_MISMATCH"],
    [model.adapters, "ADAPTER_MISMATCH"],
    [model.quantization, "QUANTIZATION_MISMATCH"],
    [asks.promptDigest, "PROMPT_MISMATCH"],
    [asks.environment, "ENVIRONMENT_MISMATCH"],
    [asks.hardwareClass, "HARDWARE_CLASS_MISMATCH"],
    [asks.complianceTags, "COMPLIANCE_TAG_MISSING"],
    [asks.collection, "COLLECTION_MISMATCH"],
    [asks.benchmarks, "BENCHMARK_MISSING"],
    [asks.benchmarks?.some(({ metric }) => metric), "METRIC_OUT_OF_BOUNDS"],
    [asks.benchmarks?.some(({ passed }) => passed), "BENCHMARK_FAILED"],
    [asks.maxAgeMs, "EVIDENCE_EXPIRED"],
  ];
  return asked.flatMap(([isAsked, ...reasons]) => (isAsked === undefined || isAsked === false ? [] : reasons));
}
