import { listReasons, type Decision } from "../../policies/decision.ts";
import { toEvidenceKey } from "../../policies/evidence.ts";
import { clip } from "../../policies/show.ts";
import { composeMessage, sayFinding, selectFindings } from "./message.ts";
import type { Review } from "./review.ts";

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
/** Of the field and the message of one error in a review without a decision. */
const maxErrorLength = 1024;
/** An audit annotation goes into every audit event of the request. */
const maxAnnotationLength = 1024;

/** Answers reviews that no decision is made about, at once: of the gate's own resources, and of namespaces. */
export type ReviewHandler = (review: Review) => ReviewResponse;

/** What is wrong with one field of an object. `field` is a JSON path, or empty for the object as a whole. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** The answer to a judged review: `allowed` comes from nothing but the verdict. `explainUrl` as in {@link composeMessage}. */
export function respond(uid: string, decision: Decision, explainUrl?: string): ReviewResponse {
  const allowed = decision.verdict === "admit" || decision.verdict === "warn";
  const status = allowed ? undefined : toStatus(decision, explainUrl);
  return toResponse({ uid, allowed, status, warnings: listWarnings(decision) }, auditAnnotationsOf(decision));
}

/** The admission of an object that no decision is made about. */
export function allow({ uid }: Review, warnings: readonly string[] = []): ReviewResponse {
  const lines = warnings.map((text) => text.replace(/\s+/g, " "));
  return toResponse({ uid, allowed: true, status: undefined, warnings: lines });
}

/**
 * The denial of an object that no decision is made about: 422 for what is not valid, 403 for what this user may not do. The
 * message has one line for each error.
 */
export function refuse(
  { uid, kind: { group, kind }, name: longName }: Review,
  code: 403 | 422,
  first: FieldError,
  ...more: readonly FieldError[]
): ReviewResponse {
  const causes = [first, ...more].slice(0, maxCauses).map((one) => ({
    reason: "FieldValueInvalid",
    message: clip(one.message, maxErrorLength),
    field: clip(one.field, maxErrorLength),
  }));
  const name = clip(longName, maxNameLength);
  const lines = causes.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  const reason = code === 422 ? "Invalid" : "Forbidden";
  const message = `assaygate: ${kind} ${name} refused: ${lines.join("\n")}`;
  const status = { code, reason, message, details: { name, group, kind, causes } };
  return toResponse({ uid, allowed: false, status, warnings: [] });
}

interface Answer {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status: Status | undefined;
  readonly warnings: readonly string[];
}

/** https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response */
function toResponse(
  { uid, allowed, status, warnings }: Answer,
  auditAnnotations: Readonly<Record<string, string>> = {},
): ReviewResponse {
  const shown = warnings.slice(0, maxWarnings).map((text) => clip(`assaygate: ${text}`, maxWarningLength));
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed,
      ...(status && { status }),
      ...(shown.length > 0 && { warnings: shown }),
      auditAnnotations,
    },
  };
}

/** 403 says no; 503 says that the gate could not look. kubectl shows the message whole for both. */
function toStatus(decision: Decision, explainUrl: string | undefined): Status {
  const [code, reason] = decision.couldNotLook ? [503, "ServiceUnavailable"] : [403, "Forbidden"];
  const causes = selectFindings(decision).said.slice(0, maxCauses);
  const { name, group, kind } = decision.object;
  return {
    code,
    reason,
    message: composeMessage(decision, explainUrl),
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
function listWarnings({ verdict, findings, policies, warnings }: Decision): readonly string[] {
  if (verdict === "deny") return [];
  const failed = verdict === "warn" ? selectFindings({ findings, policies }).said : [];
  const spoken = failed.map(
    (finding) =>
      `${finding.policy}${finding.requirement === "" ? "" : `/${finding.requirement}`}: ${sayFinding(finding)}`,
  );
  return [...warnings, ...spoken];
}

function auditAnnotationsOf(decision: Decision): Record<string, string> {
  const annotations: Record<string, string> = { decision: decision.verdict, basis: decision.basis };
  const annotate = (key: string, values: readonly string[]): void => {
    if (values.length > 0) annotations[key] = clip(values.join(","), maxAnnotationLength);
  };
  annotate(
    "policies",
    decision.policies.map(({ name, digest }) => `${name}@${digest}`),
  );
  annotate(
    "evidence",
    decision.evidence.map(({ repository, digest }) => toEvidenceKey(repository, digest)),
  );
  annotate("reasons", listReasons(decision));
  annotate("exceptions", decision.exceptions);
  return annotations;
}
