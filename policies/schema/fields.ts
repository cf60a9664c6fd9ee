import * as z from "zod";

/** The API version of policies, exceptions and policy tests. */
export const apiVersion = "assaygate.dev/v1alpha1";

/**
 * A rule between fields that the API server checks as well: the same thing in CEL, with the loader's message.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
export function checkInCluster(...rules: readonly { readonly rule: string; readonly message: string }[]): {
  readonly "x-kubernetes-validations": typeof rules;
} {
  return { "x-kubernetes-validations": rules };
}

/** Text that a person writes in one line. */
export const text = z.string().min(1).max(1024);

/** A list of such texts, none of them empty. */
export const texts = z.array(text).min(1).max(256);

/** Labels or annotations of a Kubernetes object. */
export const labels = z.record(z.string(), z.string());

/** The name of a Kubernetes object. */
export const resourceName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/, "must be a Kubernetes name: lower-case letters, digits, - and .");

/** The metadata that a document may carry. */
export const metadata = z.strictObject({
  name: resourceName,
  labels: labels.optional(),
  annotations: labels.optional(),
});
