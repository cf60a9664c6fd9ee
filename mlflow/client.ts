import { createAgent, sendRequest, type MlflowAnswer, type MlflowLimits, type MlflowRequest } from "./exchange.ts";
import { MlflowError } from "./errors.ts";
import { toLoggedModel, type LoggedModel } from "./logged-model.ts";
import { toRefusal } from "./refusal.ts";
import { toRun, type Run } from "./run.ts";
import type { MlflowServer } from "./server.ts";
import { explainAbsence } from "./workspace.ts";

/** Speaks with one tracking server. Every rejection is an {@link MlflowError}. */
export interface MlflowClient extends AsyncDisposable {
  run(id: string, signal: AbortSignal): Promise<Run>;
  model(id: string, signal: AbortSignal): Promise<LoggedModel>;
  /** The tag's value; undefined where the run does not carry it. */
  tag(runId: string, key: string, signal: AbortSignal): Promise<string | undefined>;
  /** Writes over a tag that is there. A value that MLflow would cut is refused. */
  setTag(runId: string, key: string, value: string, signal: AbortSignal): Promise<void>;
  /** As {@link MlflowClient.setTag}, for a logged model. */
  setModelTag(modelId: string, key: string, value: string, signal: AbortSignal): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

const defaultLimits: MlflowLimits = {
  requestTimeoutMs: 15_000,
  connectTimeoutMs: 5_000,
  maxBytes: 16 * 1024 * 1024,
};

/** What is longer MLflow cuts, and answers that all is well. Older servers cut earlier: what matters is read back. */
export const maxTagCharacters = 8_000;

/**
 * A client of MLflow's REST API: https://mlflow.org/docs/latest/api_reference/rest-api.html
 *
 * Its answers are not trusted: they are bounded, and one about another run counts for nothing.
 */
export function createMlflowClient(server: MlflowServer, limits: MlflowLimits = defaultLimits): MlflowClient {
  const agent = createAgent(server, limits);

  async function ask(request: MlflowRequest, signal: AbortSignal): Promise<string> {
    const answer = await sendRequest(agent, server, request, signal);
    if (answer.status === 200) return answer.text;
    const refusal = toRefusal(server, request.about, answer);
    if (refusal.kind !== "absent") throw refusal;
    const askAgain = (one: MlflowRequest): Promise<MlflowAnswer> => sendRequest(agent, server, one, signal);
    throw await explainAbsence(server, refusal, askAgain);
  }

  const run = async (id: string, signal: AbortSignal): Promise<Run> => {
    const path = `/api/2.0/mlflow/runs/get?run_id=${encodeURIComponent(id)}`;
    return toRun(server, id, await ask({ method: "GET", path, about: `run ${id}` }, signal));
  };
  const close = (): Promise<void> => agent.destroy();
  return {
    run,
    async model(id, signal) {
      const path = `/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}`;
      return toLoggedModel(server, id, await ask({ method: "GET", path, about: `model ${id}` }, signal));
    },
    tag: async (runId, key, signal) => (await run(runId, signal)).tags.get(key),
    async setTag(runId, key, value, signal) {
      checkLength(key, value);
      const body = JSON.stringify({ run_id: runId, key, value });
      await ask({ method: "POST", path: "/api/2.0/mlflow/runs/set-tag", body, about: `run ${runId}` }, signal);
    },
    async setModelTag(id, key, value, signal) {
      checkLength(key, value);
      const body = JSON.stringify({ tags: [{ key, value }] });
      const path = `/api/2.0/mlflow/logged-models/${encodeURIComponent(id)}/tags`;
      await ask({ method: "PATCH", path, body, about: `model ${id}` }, signal);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkLength(key: string, value: string): void {
  const count = Array.from(value).length;
  if (count <= maxTagCharacters) return;
  throw new MlflowError(
    "unusable",
    `the tag ${key} would have ${count} characters, and MLflow cuts what is longer than ${maxTagCharacters}`,
  );
}
