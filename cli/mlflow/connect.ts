import type { Network } from "../../config/network.ts";
import { createMlflowClient, type MlflowClient } from "../../mlflow/client.ts";
import { MlflowError } from "../../mlflow/errors.ts";
import { isModelId } from "../../mlflow/logged-model.ts";
import { isRunId } from "../../mlflow/run.ts";
import { findServer } from "../../mlflow/server.ts";
import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";

/** The option of every command that asks an MLflow server. */
export const mlflowOption = {
  type: "string",
  value: "URI",
  help: "the MLflow server; default: $MLFLOW_TRACKING_URI",
} as const;

/** A client of the server that the option or the environment names, asked as all servers outside are. Throws UsageError. */
export function connect(uri: string | undefined, network: Network, io: Pick<Io, "env" | "cwd">): MlflowClient {
  try {
    return createMlflowClient(findServer(uri, { ...io, network }));
  } catch (cause) {
    if (cause instanceof MlflowError) throw new UsageError(cause.message, { cause });
    throw cause;
  }
}

/** The id of a run. Throws UsageError. */
export function parseRunId(text: string): string {
  if (isModelId(text)) throw new UsageError(`${text}: is a logged model, and this takes the id of a run`);
  if (!isRunId(text)) throw new UsageError(`${text}: expected the id of an MLflow run, such as 0a1b2c3d4e5f6071`);
  return text;
}

/** The id of a logged model. Throws UsageError. */
export function parseModelId(text: string): string {
  if (!isModelId(text))
    throw new UsageError(`${text}: expected the id of a logged model: m- and 32 hexadecimal digits`);
  return text;
}
