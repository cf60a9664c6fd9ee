import type { PolicyFile } from "../../policies/language/document.ts";
import { listWarnings } from "../../policies/lint/warnings.ts";
import { listProblems } from "../../policies/language/load.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { allow, refuse, type ReviewHandler } from "./response.ts";
import type { Review } from "./review.ts";
import { toDocument } from "../cluster/resources.ts";
import { type FileCheck } from "../policy-set/policy-set.ts";
import { sha256 } from "../../runtime/sha256.ts";

/** What policies are reviewed with. */
export interface PolicyReviewDependencies {
  /** What only this gate finds wrong with a policy. */
  readonly check: FileCheck;
  /** Policies that the object will be together with, and whose names it must not take. */
  others(): readonly PolicyFile[];
  /** The set in force, for warnings about names that do not exist. */
  set(): PolicySet | undefined;
  now(): Date;
  readonly maxExceptionMs: number;
}

const noPolicies: PolicySet = { policies: [], exceptions: [], digest: "" };

/**
 * `POST /validate-policy`: refuses an EvaluationPolicy or EvaluationException that `lint` would refuse, in the same words,
 * and warns of what it warns of. It asks nobody, and writes nothing. What takes an object away is always allowed.
 */
export function createPolicyReviewer(parts: PolicyReviewDependencies): ReviewHandler {
  return (review) => {
    if (review.operation === "DELETE") return allow(review);
    const { group, kind } = review.kind;
    if (group !== "assaygate.dev" || (kind !== "EvaluationPolicy" && kind !== "EvaluationException")) {
      const message =
        "only EvaluationPolicies and EvaluationExceptions are validated here: correct the webhook's rules";
      return refuse(review, 422, { field: "", message });
    }
    const file = read(kind, review.object);
    if (file === undefined) return refuse(review, 422, { field: "metadata", message: "cannot be read as an object" });
    if (isSame(file, kind, review)) return allow(review);
    const [first, ...more] = [...listProblems(file, parts.others(), sha256), ...parts.check(file)];
    if (first !== undefined) return refuse(review, 422, first, ...more);
    const { maxExceptionMs } = parts;
    const warnings = listWarnings(file, { set: parts.set() ?? noPolicies, now: parts.now(), maxExceptionMs });
    return allow(
      review,
      warnings.map(({ field, message }) => `${field}: ${message}`),
    );
  };
}

/** Finalizers and owner references come and go, also on an object that was stored while nobody validated. */
function isSame(file: PolicyFile, kind: string, { operation, oldObject }: Review): boolean {
  return operation === "UPDATE" && read(kind, oldObject)?.text === file.text;
}

function read(kind: string, object: unknown): PolicyFile | undefined {
  try {
    return toDocument(kind, object);
  } catch {
    return undefined;
  }
}
