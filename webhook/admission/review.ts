import { z } from "zod";

/** What the gate reads of an admission.k8s.io/v1 AdmissionReview request. The object is checked where it is read. */
export interface Review {
  readonly uid: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly name: string;
  readonly namespace: string;
  readonly user: { readonly username: string; readonly groups: readonly string[] };
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

/** The request is not a review that can be answered: there is no uid to answer to, or no version to answer in. */
export class ReviewError extends Error {
  override readonly name = "ReviewError";
}

const request = z.object({
  uid: z.string().min(1).max(128),
  operation: z.enum(["CREATE", "UPDATE", "DELETE", "CONNECT"]),
  kind: z.object({ group: z.string().default(""), version: z.string(), kind: z.string().min(1) }),
  name: z.string().default(""),
  namespace: z.string().default(""),
  userInfo: z
    .object({ username: z.string().default(""), groups: z.array(z.string()).default([]) })
    .default({ username: "", groups: [] }),
  dryRun: z.boolean().default(false),
  object: z.unknown(),
  oldObject: z.unknown(),
});

const envelope = z.object({ apiVersion: z.string(), kind: z.string(), request });

/**
 * The review in a request body that was parsed from JSON. Fields that the gate does not know are tolerated: a newer API
 * server may send them. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export function parseReview(body: unknown): Review {
  const parsed = envelope.safeParse(body);
  const { apiVersion, kind } = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  if (kind !== "AdmissionReview") throw new ReviewError("expected an AdmissionReview, found another kind or none");
  if (apiVersion !== "admission.k8s.io/v1") {
    throw new ReviewError(
      `expected admission.k8s.io/v1: set admissionReviewVersions: ["v1"] in the webhook configuration`,
    );
  }
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ReviewError(`${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "not readable"}`);
  }
  const { userInfo, ...rest } = parsed.data.request;
  return { ...rest, user: userInfo };
}
