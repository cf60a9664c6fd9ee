import { parseReference } from "../workload/references/evidence-reference.ts";
import type { Digest } from "../policies/digest.ts";
import { show } from "../policies/show.ts";
import type { MlflowClient } from "./client.ts";
import { MlflowError } from "./errors.ts";

/** The tags of a run or a logged model that lead to its artifact. Public: people search for them in MLflow. */
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
 * Writes into a run which artifact holds its results, and reads that back: MLflow cuts long values without a word. May be
 * repeated; writes over an earlier artifact. The artifact's half of the link is its annotation `dev.assaygate.mlflow.run`.
 * Throws MlflowError.
 */
export async function recordArtifact(
  mlflow: MlflowClient,
  runId: string,
  recorded: RecordedTags,
  signal: AbortSignal,
): Promise<void> {
  for (const [key, value] of toTags(`run ${runId}`, recorded)) await mlflow.setTag(runId, key, value, signal);
  checkKept(`run ${runId}`, (await mlflow.run(runId, signal)).tags, recorded);
}

/** As {@link recordArtifact}, into a logged model that the run took or made. */
export async function recordModelArtifact(
  mlflow: MlflowClient,
  modelId: string,
  recorded: RecordedTags,
  signal: AbortSignal,
): Promise<void> {
  for (const [key, value] of toTags(`model ${modelId}`, recorded))
    await mlflow.setModelTag(modelId, key, value, signal);
  checkKept(`model ${modelId}`, (await mlflow.model(modelId, signal)).tags, recorded);
}

function toTags(about: string, { reference, digest }: RecordedTags): [key: string, value: string][] {
  const parsed = parseReference(reference);
  if (parsed.kind !== "full" || parsed.digest !== digest)
    throw new MlflowError(
      "unusable",
      `${about} cannot be linked with ${show(reference)}: it takes host/repository@${digest}`,
    );
  return [
    [artifactTags.reference, reference],
    [artifactTags.digest, digest],
  ];
}

function checkKept(about: string, tags: ReadonlyMap<string, string>, recorded: RecordedTags): void {
  for (const [key, value] of toTags(about, recorded)) {
    const kept = tags.get(key);
    if (kept === value) continue;
    const what = kept !== undefined && value.startsWith(kept) ? `only the first ${kept.length} characters` : show(kept);
    throw new MlflowError("refused", `MLflow took the tag ${key} of ${about}, and keeps ${what}`);
  }
}
