import { describe, expect, it } from "@jest/globals";
import { listReasons } from "../../../policies/decision.ts";
import type { Benchmark, Content, Signatures } from "../../../policies/artifact.ts";
import type { Digest } from "../../../policies/digest.ts";
import type { Hardware, RunningModel, Workload } from "../../../policies/workload.ts";
import { asking, aWorkload, decideOn, runningModel } from "../../support/builders/decision.ts";
import { found } from "../../support/builders/evidence.ts";

/** What one check is to say of one small change to what is good. */
export interface Case {
  /** In the name of the test. */
  readonly says: string;
  /** The one thing that the requirement asks for. */
  readonly asks: Record<string, unknown>;
  readonly annotations?: Record<string, string | undefined>;
  readonly subject?: Digest;
  readonly signers?: readonly Record<string, unknown>[];
  readonly signatures?: Signatures;
  readonly content?: Content;
  readonly workload?: Partial<Workload>;
  /** How the policy reads the workload. */
  readonly reading?: Record<string, unknown>;
  /** Nothing: it passes. */
  readonly reason?: string;
}

/** Asks for the name of the model that runs. */
export const named = { model: { name: "SameAsWorkload", version: "Any" } };

/** A workload whose one model differs. */
export const model = (change: Partial<RunningModel>): Partial<Workload> => ({
  models: [{ ...runningModel, ...change }],
});

/** A workload that declares the good model. */
export const declares: Partial<Workload> = {
  metadata: [
    {
      path: "metadata",
      labels: {},
      annotations: { "assaygate.dev/model-name": "ibm-granite/granite-3.1-8b-instruct" },
    },
  ],
};

/** A workload on other hardware. */
export const hardware = (change: Partial<Hardware>): Partial<Workload> => ({
  hardware: { accelerator: "requested", classes: [], field: "spec", ...change },
});

/** Content with these results. */
export const results = (...runs: readonly Benchmark[]): Extract<Content, { kind: "read" }> => ({
  kind: "read",
  benchmarks: runs,
  completedAt: undefined,
});

/** One run of the benchmark that the good evaluation has, with this score. */
export const scored = (value: number): Benchmark => ({
  provider: "lm_evaluation_harness",
  id: "mmlu",
  metrics: new Map([["acc,none", value]]),
  passed: undefined,
});

/** The annotation that names the environment. */
export const environment = "dev.assaygate.environment";

/** The annotation that names the class of the hardware. */
export const hardwareKey = "dev.assaygate.hardware.class";

/** A signer of the policy, by a file of keys. */
export const ci = { cosign: { keyRef: "ci.pub" } };

/** The same as evidence names it. */
export const ciId = JSON.stringify(["keyRef", "ci.pub", true]);

/** Decides on each case under a policy that asks for the one thing alone: nothing but this check may say anything. */
export function testCheck(check: string, cases: readonly Case[]): void {
  describe(check, () => {
    it.each(cases.map((one) => [one.says, one.reason ?? "passes", one] as const))("%s: %s", (_, expected, one) => {
      const decision = decideOn({
        policies: [
          asking(one.asks, {
            ...(one.signers && { evidence: { repositories: ["quay.io/acme/evals"], signers: one.signers } }),
            ...(one.reading && { workload: one.reading }),
          }),
        ],
        workload: aWorkload(one.workload),
        evidence: [
          found(1, {
            annotations: one.annotations ?? {},
            ...(one.subject && { subject: one.subject }),
            ...(one.signatures && { signatures: one.signatures }),
            ...(one.content && { content: one.content }),
          }),
        ],
      });
      expect(listReasons(decision)).toEqual(one.reason === undefined ? [] : [expected]);
      expect(decision.verdict).toBe(one.reason === undefined ? "admit" : "deny");
      const asked = new Set(decision.findings.map((finding) => finding.check));
      // A requirement without anything about the workload would be refused: these come with another check.
      if (one.signers !== undefined || ["images", "model-signature"].includes(check)) asked.delete("model-name");
      if (check === "attestation") asked.delete("signers");
      expect([...asked]).toEqual([check]);
    });

    it("has a case that passes and one that does not", () => {
      const passing = cases.filter(({ reason }) => reason === undefined);
      expect(passing).not.toHaveLength(0);
      expect(passing.length).toBeLessThan(cases.length);
    });
  });
}
