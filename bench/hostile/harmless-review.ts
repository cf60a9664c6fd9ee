import { review } from "../../test/support/builders/review.ts";
import { deployment } from "../../test/support/builders/workload.ts";

/** A review of a usual Deployment of such a size, most of which is its status. */
export function makeHarmlessReview(bytes: number): string {
  const condition = { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable", message: "as expected" };
  const count = Math.max(1, Math.floor(bytes / (JSON.stringify(condition).length + 1)));
  const conditions = Array.from({ length: count }, () => condition);
  return JSON.stringify(review({ ...deployment(undefined), status: { conditions } }));
}
