import { compileException } from "../../../policies/language/exception.ts";
import { digestContent } from "../../../policies/language/load.ts";
import { sha256 } from "../../../runtime/sha256.ts";
import { exceptionDocument } from "../../../policies/schema/exception.ts";
import type { Exception } from "../../../policies/policy.ts";
import type { Json } from "./json.ts";

/** An exception for the Deployment and the policy of the other builders; `spec` replaces what it says. */
export function exception(spec: Json = {}, name = "launch"): Json {
  return {
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationException",
    metadata: { name },
    spec: {
      scope: { namespace: "prod-chat", kind: "Deployment", name: "granite" },
      policies: ["production-llm"],
      requirements: ["safety"],
      reason: "launch day",
      owner: "security@example.com",
      expiresAt: "2026-11-25T00:00:00Z",
      ...spec,
    },
  };
}

/** The same as the gate holds it. */
export function anException(spec: Json = {}, name?: string): Exception {
  const document = exceptionDocument.parse(exception(spec, name));
  const result = compileException(document, digestContent(document, sha256));
  if (Array.isArray(result)) throw new Error(JSON.stringify(result));
  return result;
}

/** An hour from now, for gates whose clock is the real one. */
export function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}
