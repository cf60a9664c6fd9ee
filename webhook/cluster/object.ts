import * as z from "zod";

/**
 * What the gate reads of the metadata of an object that it writes back; the rest passes as it is.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
export const objectMetadata = z.looseObject({
  name: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  /** Of the version that was read: a write that carries it conflicts with any write since. */
  resourceVersion: z.string().optional(),
});
