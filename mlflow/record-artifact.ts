import { parseReference } from "../workload/references/evidence-reference.ts";
import type { Digest } from "../policies/digest.ts";
import { show } from "../policies/show.ts";
import type { MlflowClient } from "./client.ts";
import { MlflowError } from "./errors.ts";

/** The tags of a run that lead to its artifact. Public: people search for them in MLflow. */
export const artifactTags = {
  /** `host/repository[:tag]@sha256:…` */
  reference: "assaygate.oci.reference",
  digest: "assaygate.oci.digest",
} as const;

/** What was written to a run's tags. */
export interface RecordedTags {
  /** In a registry, with this digest: a folder of this machine leads nobody else anywhere. */
  readonly reference: string;
  readonly digest: Digest;
}

/**
 * Writes into a run which artifact holds its results. May be repeated; writes over an earlier artifact. The artifact's half
 * of the link is its annotation `dev.assaygate.mlflow.run`. Throws MlflowError.
 */
export async function recordArtifact(
  mlflow: MlflowClient,
  runId: string,
  { reference, digest }: RecordedTags,
  signal: AbortSignal,
): Promise<void> {
  const parsed = parseReference(reference);
  if (parsed.kind !== "full" || parsed.digest !== digest)
    throw new MlflowError(
      "unusable",
      `run ${runId} cannot be linked with ${show(reference)}: it takes host/repository@${digest}`,
    );
  await mlflow.setTag(runId, artifactTags.reference, reference, signal);
  await mlflow.setTag(runId, artifactTags.digest, digest, signal);
}
