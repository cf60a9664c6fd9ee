import { sha256 } from "../../../runtime/sha256.ts";
import { compilePolicy } from "../../../policies/language/compile.ts";
import { digestContent } from "../../../policies/language/load.ts";
import { policyDocument } from "../../../policies/schema/policy.ts";
import type { Policy } from "../../../policies/policy.ts";
import { repository } from "./evaluation.ts";
import type { Json } from "./json.ts";

/** A policy that asks for one requirement named safety; `asks` replaces what it asks, `spec` adds to the policy. */
export function policy(asks: Json = strict, spec: Json = {}, name = "production-llm"): Json {
  return {
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationPolicy",
    metadata: { name },
    spec: { evidence: { repositories: [repository] }, require: [{ name: "safety", ...asks }], ...spec },
  };
}

/** Asks for all that the evaluation of `evaluation.ts` proves of the Deployment of `workload.ts`, and for its age. */
export const strict: Json = {
  environment: ["SameAsWorkload"],
  hardwareClass: ["SameAsWorkload"],
  complianceTags: ["eu-ai-act:art-15"],
  collection: { id: "safety-and-fairness-v1", version: ">=2.1.0 <3" },
  maxAge: "30d",
};

/** A model of any name and version. */
export const anyModel = { name: "Any", version: "Any" } as const;

/** Asks for benchmarks, of whatever model. */
export function onlyBenchmarks(...benchmarks: Json[]): Json {
  return { model: anyModel, benchmarks };
}

/** The policy as the gate holds it. Fails the test that gives it a document that does not compile. */
export function compiled(document: Json = policy()): Policy {
  const parsed = policyDocument.parse(document);
  const result = compilePolicy(parsed, digestContent(parsed, sha256));
  if (Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
}

/** A policy, compiled, with one requirement that is about the model and what is given, and nothing else. */
export function minimalPolicy(asks: Json = {}, repositories: readonly string[] = [repository]): Policy {
  return compiled(policy(asks, { evidence: { repositories } }));
}
