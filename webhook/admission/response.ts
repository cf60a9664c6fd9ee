import { reasonsOf, type Decision } from "../../policies/decision.ts";
import { evidenceKey } from "../../policies/evidence.ts";
import { clip } from "../../policies/show.ts";
import { messageOf, sayFinding, spokenOf } from "./message.ts";

/** An admission.k8s.io/v1 AdmissionReview with its response. */
export interface ReviewResponse {
  readonly apiVersion: "admission.k8s.io/v1";
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: Status;
    readonly warnings?: readonly string[];
    readonly auditAnnotations: Readonly<Record<string, string>>;
  };
}

interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: {
    readonly name: string;
    readonly group: string;
    readonly kind: string;
    readonly causes: readonly Cause[];
  };
}

interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** The API server keeps warnings of at most this length whole, and drops those with control characters. */
const maxWarningLength = 256;
const maxWarnings = 3;
const maxCauses = 64;
/** Of one cause. The message holds the first of them in full. */
const maxCauseLength = 512;
/** Of an object's, by the rules of Kubernetes. The object is not validated yet. */
const maxNameLength = 253;
/** An audit annotation goes into every audit event of the request. */
const maxAnnotationLength = 1024;

/**
 * The answer to a review. Only this function makes one, and `allowed` comes from nothing but the decision.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
 */
export function respond(uid: string, decision: Decision): ReviewResponse {
  const allowed = decision.decision === "admit" || decision.decision === "warn";
  const warnings = warningsOf(decision);
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed,
      ...(allowed ? {} : { status: statusOf(decision) }),
      ...(warnings.length > 0 ? { warnings } : {}),
      auditAnnotations: auditAnnotationsOf(decision),
    },
  };
}

/** 403 says no; 503 says that the gate could not look. kubectl shows the message whole for both. */
function statusOf(decision: Decision): Status {
  const [code, reason] = decision.couldNotLook ? [503, "ServiceUnavailable"] : [403, "Forbidden"];
  const causes = spokenOf(decision).said.slice(0, maxCauses);
  const { name, group, kind } = decision.object;
  return {
    code,
    reason,
    message: messageOf(decision),
    details: {
      name: clip(name, maxNameLength),
      group,
      kind,
      causes: causes.map((finding) => ({
        reason: finding.reason,
        message: clip(sayFinding(finding), maxCauseLength),
        field: finding.field,
      })),
    },
  };
}

/** A denial says everything in its message; Audit mode says nothing to the user. */
function warningsOf({ decision, findings, policies, remarks }: Decision): string[] {
  if (decision === "deny") return [];
  const failed = decision === "warn" ? spokenOf({ findings, policies }).said : [];
  const spoken = failed.map(
    (finding) =>
      `${finding.policy}${finding.requirement === "" ? "" : `/${finding.requirement}`}: ${sayFinding(finding)}`,
  );
  return [...remarks, ...spoken].slice(0, maxWarnings).map((text) => clip(`assaygate: ${text}`, maxWarningLength));
}

function auditAnnotationsOf(decision: Decision): Record<string, string> {
  const annotations: Record<string, string> = { decision: decision.decision, basis: decision.basis };
  const annotate = (key: string, values: readonly string[]): void => {
    if (values.length > 0) annotations[key] = clip(values.join(","), maxAnnotationLength);
  };
  annotate(
    "policies",
    decision.policies.map(({ name, digest }) => `${name}@${digest}`),
  );
  annotate(
    "evidence",
    decision.evidence.map(({ repository, digest }) => evidenceKey(repository, digest)),
  );
  annotate("reasons", reasonsOf(decision));
  annotate("exceptions", decision.exceptions);
  return annotations;
}
