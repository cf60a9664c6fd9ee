import { compilePolicy } from "../../policies/language/compile.ts";
import { policyDocument } from "../../policies/language/policy-schema.ts";
import type { Policy } from "../../policies/policy.ts";

export interface PolicyParts {
  readonly repositories?: readonly string[];
  readonly revoked?: readonly string[];
  /** Besides its name. */
  readonly requirement?: Readonly<Record<string, unknown>>;
}

/** A minimal policy, compiled: one repository, one requirement about nothing but the model. */
export function policyOf({ repositories = ["quay.io/acme/evals"], revoked, requirement }: PolicyParts = {}): Policy {
  const document = policyDocument.parse({
    apiVersion: "assaygate.dev/v1alpha1",
    kind: "EvaluationPolicy",
    metadata: { name: "minimal" },
    spec: {
      evidence: { repositories, revoked },
      require: [{ name: "evaluated", ...requirement }],
    },
  });
  const policy = compilePolicy(document, "sha256:test");
  if ("name" in policy) return policy;
  throw new Error(`the test's policy does not compile: ${JSON.stringify(policy)}`);
}
