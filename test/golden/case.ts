import type { ClaimAnswer } from "../../workload/hardware/claims.ts";
import type { Evidence } from "../../policies/evidence.ts";
import type { BuiltArtifact } from "../support/artifacts.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";

/** Everything that a decision depends on, as files would hold it. */
export interface GoldenCase {
  readonly name: string;
  readonly request: Json;
  /** Policy documents, by file name. */
  readonly policies: Readonly<Record<string, Json>>;
  readonly evidence: readonly BuiltArtifact[];
  /** What the registry does instead of answering, by digest. */
  readonly faults: Readonly<Record<string, Exclude<Evidence, { kind: "found" }>>>;
  /** Labels of the workload's namespace; null: they cannot be looked up. */
  readonly namespaceLabels: Readonly<Record<string, string>> | null;
  readonly noMatch: "Admit" | "Deny";
  /** What the cluster says of claims, by their keys. Without it none is looked up. */
  readonly claims?: Readonly<Record<string, ClaimAnswer>>;
}

/** A case that differs from a good one in what is given. The first artifact is the one that the workload names. */
export function golden(name: string, change: Partial<Omit<GoldenCase, "name">> = {}): GoldenCase {
  const evidence = change.evidence ?? [evaluation()];
  const [first] = evidence;
  return {
    name,
    request: review(deployment(first === undefined ? undefined : referenceTo(first))),
    policies: { "policy.yaml": policy() },
    faults: {},
    namespaceLabels: { "assaygate.dev/environment": "production" },
    noMatch: "Admit",
    ...change,
    evidence,
  };
}
