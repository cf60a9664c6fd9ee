import { clip } from "../../policies/show.ts";
import type { ReviewResponse } from "./response.ts";
import type { Review } from "./review.ts";

/** The answer to a review that no decision is made about: of the gate's own resources, and of namespaces. */
export type Reviewer = (review: Review) => ReviewResponse;

/** What stands against it. `field` is a JSON path. */
export interface Objection {
  readonly field: string;
  readonly message: string;
}

/** As for decisions: few, on one line, and of the length that the API server keeps whole. */
const maxWarnings = 3;
const maxWarningLength = 256;
const maxObjections = 64;
const maxObjectionLength = 1024;
const maxNameLength = 253;

export function allow({ uid }: Review, warnings: readonly string[] = []): ReviewResponse {
  const shown = warnings
    .slice(0, maxWarnings)
    .map((text) => clip(`assaygate: ${text.replace(/\s+/g, " ")}`, maxWarningLength));
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid, allowed: true, ...(shown.length > 0 ? { warnings: shown } : {}), auditAnnotations: {} },
  };
}

/** 422 for what is not valid, 403 for what this user may not do. The message has one line for each objection. */
export function refuse(
  { uid, kind: { group, kind }, name }: Review,
  code: 403 | 422,
  first: Objection,
  ...more: readonly Objection[]
): ReviewResponse {
  const objections = [first, ...more].slice(0, maxObjections).map(({ field, message }) => ({
    field: clip(field, maxObjectionLength),
    message: clip(message, maxObjectionLength),
  }));
  const shortName = clip(name, maxNameLength);
  const lines = objections.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`));
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: false,
      status: {
        code,
        reason: code === 422 ? "Invalid" : "Forbidden",
        message: `assaygate: ${kind} ${shortName} refused: ${lines.join("\n")}`,
        details: {
          name: shortName,
          group,
          kind,
          causes: objections.map(({ field, message }) => ({ reason: "FieldValueInvalid", message, field })),
        },
      },
      auditAnnotations: {},
    },
  };
}
