import type { BuiltArtifact } from "../test/support/artifacts.ts";
import { referenceTo } from "../test/support/builders/evaluation.ts";
import type { Json } from "../test/support/builders/json.ts";
import { policy, strict } from "../test/support/builders/policy.ts";
import { review } from "../test/support/builders/review.ts";
import { deployment } from "../test/support/builders/workload.ts";

/** The size of a usual review, with managedFields and all, in bytes. */
const usualBytes = 10_080;

/** A review of {@link usualBytes} for the workload of the golden cases, padded as managedFields pad a real one. */
export function makeUsualReview(artifact: BuiltArtifact): string {
  const padded = (managedFields: Json[]): string =>
    JSON.stringify(review(deployment(referenceTo(artifact), { metadata: { managedFields } })));
  const field = (at: number): Json => ({
    manager: `controller-${at}`,
    operation: "Update",
    apiVersion: "apps/v1",
    fieldsType: "FieldsV1",
    fieldsV1: { "f:spec": { "f:replicas": {} } },
  });
  const fields: Json[] = [];
  while (padded(fields).length < usualBytes - 200) fields.push(field(fields.length));
  const missing = usualBytes - padded(fields).length - 20;
  return padded([...fields.slice(0, -1), { ...field(fields.length), time: "x".repeat(Math.max(missing, 0)) }]);
}

/** The strict policy of the golden cases, without an age limit: a benchmark must not expire. */
export const benchPolicy = JSON.stringify(policy({ ...strict, environment: ["production"], maxAge: undefined }));
