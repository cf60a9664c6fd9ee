import type { Network } from "../../config/network.ts";
import { createMlflowClient, isRunId, type MlflowClient } from "../../mlflow/client.ts";
import { MlflowError } from "../../mlflow/errors.ts";
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

/** Throws UsageError. */
export function parseRunId(text: string): string {
  if (!isRunId(text)) throw new UsageError(`${text}: expected the id of an MLflow run, such as 0a1b2c3d4e5f6071`);
  return text;
}
