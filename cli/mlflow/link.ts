import type { MlflowClient } from "../../mlflow/client.ts";
import { MlflowError } from "../../mlflow/errors.ts";
import { isOfRun } from "../../mlflow/logged-model.ts";
import { recordArtifact, recordModelArtifact, type RecordedTags } from "../../mlflow/record-artifact.ts";
import { UsageError } from "../failure.ts";
import { mlflowOption, parseModelId, parseRunId } from "./connect.ts";

/** The options of a command that links what it publishes with a run. */
export const linkOptions = {
  "mlflow-run": { type: "string", value: "ID", help: "the MLflow run that holds the same results; linked both ways" },
  "mlflow-model": {
    type: "string",
    value: "ID",
    help: "the logged model that the run made or measured; linked with the artifact, too",
  },
  "mlflow-uri": mlflowOption,
} as const;

/** What an artifact is linked with. */
export interface MlflowLink {
  readonly run: string;
  /** A logged model that the run made or measured. */
  readonly model: string | undefined;
}

interface Given {
  readonly "mlflow-run"?: string | undefined;
  readonly "mlflow-model"?: string | undefined;
}

/** Undefined where no run is named. Throws UsageError. */
export function parseLink(
  { "mlflow-run": run, "mlflow-model": model }: Given,
  isLayout: boolean,
): MlflowLink | undefined {
  if (run === undefined && model !== undefined)
    throw new UsageError("--mlflow-model goes with --mlflow-run: the artifact names the run that measured the model");
  if (run === undefined) return undefined;
  if (isLayout)
    throw new UsageError("--mlflow-run needs a registry: nobody else can follow a link to a folder on this machine");
  return { run: parseRunId(run), model: model === undefined ? undefined : parseModelId(model) };
}

/** That there is something to link with, before anything is published. Throws MlflowError. */
export async function checkLink(
  client: MlflowClient,
  { run: runId, model: modelId }: MlflowLink,
  signal: AbortSignal,
): Promise<void> {
  const run = await client.run(runId, signal);
  if (run.deleted) throw new MlflowError("refused", `run ${runId} is deleted: mlflow runs restore brings it back`);
  if (modelId === undefined || isOfRun(await client.model(modelId, signal), run)) return;
  throw new MlflowError("refused", `run ${runId} neither made nor measured the model ${modelId}`);
}

/** Writes the tags, and sees to it that they are kept. Throws MlflowError. */
export async function recordLink(
  client: MlflowClient,
  { run, model }: MlflowLink,
  recorded: RecordedTags,
  signal: AbortSignal,
): Promise<void> {
  await recordArtifact(client, run, recorded, signal);
  if (model !== undefined) await recordModelArtifact(client, model, recorded, signal);
}
