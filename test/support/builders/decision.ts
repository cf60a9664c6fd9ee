import { decide, defaultSettings, type DecideInput } from "../../../policies/decision/decide.ts";
import type { Decision } from "../../../policies/decision.ts";
import type { Evidence } from "../../../policies/evidence.ts";
import type { Policy } from "../../../policies/policy.ts";
import type { RunningModel, Workload } from "../../../policies/workload.ts";
import { now as moment } from "./evaluation.ts";
import { digest, found, full, references } from "./evidence.ts";
import type { Json } from "./json.ts";
import { anyModel, compiled, policy, strict } from "./policy.ts";

/** The time at which these suites decide. */
export const now = new Date(moment);

/** Asks for everything that can be checked. */
export const everything = {
  ...strict,
  name: "safety",
  model: { family: ["granite"], digest: "SameAsWorkload", adapters: "SameAsWorkload", quantization: "SameAsWorkload" },
  prompt: { digest: "SameAsWorkload" },
  benchmarks: [
    { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none", min: 0.62 },
    { provider: "garak", id: "toxicity", passed: true },
  ],
  expressions: [{ cel: "evaluation.benchmarks.size() >= 2", message: "at least two benchmarks" }],
};

/** The policy that asks for everything, changed in its `spec`. */
export function aPolicy(spec: Json = {}, name?: string): Policy {
  return compiled(policy(everything, spec, name));
}

/** A policy with one requirement that asks for nothing but what is given. */
export function asking(requirement: Json, spec: Json = {}): Policy {
  return compiled(policy({ name: "only", model: anyModel, ...requirement }, spec));
}

/** The model that {@link aWorkload} runs. */
export const runningModel: RunningModel = {
  name: "ibm-granite/granite-3.1-8b-instruct",
  version: "3.1.0",
  digest: digest(66),
  quantization: "fp8",
  adapters: ["sql-lora", "style-lora"],
  unreadable: undefined,
  field: "spec.template.spec.containers[0].args",
  container: "spec.template.spec.containers[0]",
};

/** A workload that {@link found} proves fit, changed in what is given. */
export function aWorkload(change: Partial<Workload> = {}): Workload {
  return {
    object: { group: "apps", version: "v1", kind: "Deployment", namespace: "prod-chat", name: "granite" },
    metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/prompt-digest": digest(77) } }],
    namespaceLabels: { "assaygate.dev/environment": "production" },
    references: references(full(1)),
    models: [runningModel],
    arguments: [],
    hardware: { accelerator: "requested", classes: ["nvidia-h100"], field: "spec.template.spec.nodeSelector" },
    ...change,
  };
}

/** Decides {@link aWorkload} on good evidence under {@link aPolicy}, changed in what is given. */
export function decideOn(
  change: Partial<Omit<DecideInput, "evidence">> & { evidence?: readonly [string, Evidence][] } = {},
): Decision {
  const { evidence = [found(1)], ...rest } = change;
  return decide({
    workload: aWorkload(),
    policies: [aPolicy()],
    exceptions: [],
    now,
    settings: defaultSettings,
    ...rest,
    evidence: new Map(evidence),
  });
}
