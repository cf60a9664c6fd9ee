import * as z from "zod";
import type { ObjectIdentity } from "../../policies/workload.ts";
import { isFields } from "../../workload/shape.ts";
import { readOwner, type Owner } from "./owner.ts";

/**
 * What the gate reads of an admission.k8s.io/v1 AdmissionReview request. The objects are checked where they are read; one
 * that the request leaves out is null, as the API server would say it.
 */
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
  /** Why the object was not even parsed; it is null then. */
  readonly tooLarge?: string;
}

/** What is said of a review in the end: all but the objects, which are the most of it. */
export interface ReviewHead extends Omit<Review, "object" | "oldObject" | "tooLarge"> {
  /** Of the object, where the API server has set it. */
  readonly objectUid?: string | undefined;
  readonly generation?: number | undefined;
  /** As the object has it: a place to tell people, and no proof of anything. */
  readonly owner?: Owner | undefined;
}

/** The review without its objects, so that nobody who keeps it holds them. */
export function toHead({ uid, operation, kind, name, namespace, user, dryRun, object }: Review): ReviewHead {
  const metadata = isFields(object) && isFields(object["metadata"]) ? object["metadata"] : {};
  const { uid: objectUid, generation } = metadata;
  return {
    uid,
    operation,
    kind,
    name,
    namespace,
    user,
    dryRun,
    objectUid: typeof objectUid === "string" ? objectUid : undefined,
    generation: typeof generation === "number" ? generation : undefined,
    owner: readOwner(metadata),
  };
}

/** Which object a review is about, as far as the request says it outside the object. */
export function toIdentity({ kind, namespace, name }: ReviewHead): ObjectIdentity {
  return { ...kind, namespace, name };
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
  object: z.unknown().default(null),
  oldObject: z.unknown().default(null),
});

const head = z.object({ apiVersion: z.string().optional(), kind: z.string() });
const envelope = z.object({ request });

/**
 * The review in a request body that was parsed from JSON. Fields that the gate does not know are tolerated: a newer API
 * server may send them. https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
export function parseReview(body: unknown): Review {
  const parsed = envelope.safeParse(body);
  const problem = findProblem(body);
  if (problem !== undefined) throw new ReviewError(problem);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ReviewError(`${issue?.path.join(".") ?? "request"}: ${issue?.message ?? "not readable"}`);
  }
  const { uid, operation, kind, name, namespace, userInfo, dryRun, object, oldObject } = parsed.data.request;
  return { uid, operation, kind, name, namespace, user: userInfo, dryRun, object, oldObject };
}

/** What to say of a body that is not a review of this version at all, before anything inside it is looked at. */
function findProblem(body: unknown): string | undefined {
  const { apiVersion, kind } = head.safeParse(body).data ?? {};
  if (kind !== "AdmissionReview") return "expected an AdmissionReview, found another kind or none";
  if (apiVersion === "admission.k8s.io/v1") return undefined;
  return `expected admission.k8s.io/v1: set admissionReviewVersions: ["v1"] in the webhook configuration`;
}
