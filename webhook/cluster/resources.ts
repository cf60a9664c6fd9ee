import * as z from "zod";
import type { PolicyFile } from "../../policies/language/document.ts";
import { apiVersion } from "../../policies/schema/fields.ts";
import type { StringMap } from "../../policies/workload.ts";
import type { Resource } from "./watch/watch.ts";

/** A policy or an exception as the cluster holds it. */
export interface PolicyObject {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  /** When it was made; undefined where the API server does not say. */
  readonly createdAt: Date | undefined;
  /** What its author wrote, as a document. */
  readonly file: PolicyFile;
  readonly conditions: readonly Condition[];
  readonly observedGeneration: number | undefined;
}

/** https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties */
export type Condition = z.output<typeof condition>;

const condition = z.looseObject({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string(),
  message: z.string(),
  observedGeneration: z.number().optional(),
  lastTransitionTime: z.string(),
});

const policyObject = z.object({
  metadata: z.object({
    name: z.string().default(""),
    uid: z.string().default(""),
    generation: z.number().default(0),
    resourceVersion: z.string().default(""),
    creationTimestamp: z.iso.datetime().optional().catch(undefined),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: z.unknown(),
  status: z
    .object({ observedGeneration: z.number().optional(), conditions: z.array(condition).default([]) })
    // Whatever else somebody wrote there is not a reason to lose sight of the policy.
    .catch({ conditions: [] }),
});

const namespaceObject = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }) });

const group = "/apis/assaygate.dev/v1alpha1";

/** The policies of a cluster. */
export const evaluationPolicies: Resource<PolicyObject> = {
  name: "evaluationpolicies",
  path: `${group}/evaluationpolicies`,
  read: (object) => readPolicyObject("EvaluationPolicy", object),
};

/** The exceptions of a cluster. */
export const evaluationExceptions: Resource<PolicyObject> = {
  name: "evaluationexceptions",
  path: `${group}/evaluationexceptions`,
  read: (object) => readPolicyObject("EvaluationException", object),
};

/** The namespaces of a cluster, as their labels. */
export const namespaces: Resource<StringMap> = { name: "namespaces", path: "/api/v1/namespaces", read: readLabels };

/** The path of one object's status. */
export function toStatusPath({ kind, name }: PolicyObject): string {
  const { path } = kind === "EvaluationPolicy" ? evaluationPolicies : evaluationExceptions;
  return `${path}/${encodeURIComponent(name)}/status`;
}

/** The path of one namespace. */
export function toNamespacePath(name: string): string {
  return `${namespaces.path}/${encodeURIComponent(name)}`;
}

/** The labels of a Namespace. Throws where it is none. */
export function readLabels(object: unknown): StringMap {
  return namespaceObject.parse(object).metadata.labels;
}

function readPolicyObject(kind: string, object: unknown): PolicyObject {
  const { metadata, status } = policyObject.parse(object);
  const { name, uid, generation, resourceVersion, creationTimestamp } = metadata;
  const { conditions, observedGeneration } = status;
  return {
    kind,
    name,
    uid,
    generation,
    resourceVersion,
    createdAt: creationTimestamp === undefined ? undefined : new Date(creationTimestamp),
    file: toDocument(kind, object),
    conditions,
    observedGeneration,
  };
}

/**
 * An object as the document that its author wrote: without status, and of the metadata only what a file may have. What
 * the loader says of a file it then says of the object, in the same words.
 */
export function toDocument(kind: string, object: unknown): PolicyFile {
  const { metadata, spec } = policyObject.parse(object);
  const { name, labels, annotations } = metadata;
  const document = { apiVersion, kind, metadata: { name, labels, annotations }, spec };
  return { path: `${kind}/${name}`, text: JSON.stringify(document), isObject: true };
}
