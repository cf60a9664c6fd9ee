import type { Dispatcher } from "undici";
import * as z from "zod";
import { getErrorCode } from "../runtime/error-code.ts";
import { createDispatcher } from "../registry/remote/network/dispatcher.ts";
import { createTrust } from "../registry/remote/network/trust.ts";
import { ProxyFailure } from "../registry/remote/network/tunnel.ts";
import { describeConnectionProblem, isUntrusted, showStatus } from "../registry/remote/failure.ts";
import { show } from "../policies/show.ts";
import { MlflowError } from "./errors.ts";
import type { MlflowServer } from "./server.ts";

/** A run as far as it is read. Names and tags are changed by whoever may write to the experiment. */
export interface Run {
  readonly id: string;
  readonly name: string;
  /** MLflow keeps a deleted run, and answers for it, until `mlflow gc`. */
  readonly deleted: boolean;
  readonly tags: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
}

/** Speaks with one tracking server. Every rejection is an {@link MlflowError}. */
export interface MlflowClient extends AsyncDisposable {
  run(id: string, signal: AbortSignal): Promise<Run>;
  /** The tag's value; undefined where the run does not carry it. */
  tag(runId: string, key: string, signal: AbortSignal): Promise<string | undefined>;
  /** Writes over a tag that is there. */
  setTag(runId: string, key: string, value: string, signal: AbortSignal): Promise<void>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** How long is waited for a tracking server, and how much is read of it. */
export interface MlflowLimits {
  /** Until the answer's headers, and then between two pieces of its body. */
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Of one answer: a run comes with all its params, tags and last metrics, seldom more than some hundred kilobytes. */
  readonly maxBytes: number;
}

const defaultLimits: MlflowLimits = {
  requestTimeoutMs: 15_000,
  connectTimeoutMs: 5_000,
  maxBytes: 16 * 1024 * 1024,
};

/** What MLflow takes for a run's id. Nothing else becomes part of a request. */
export function isRunId(text: string): boolean {
  return /^[a-zA-Z0-9][\w-]{0,255}$/.test(text);
}

/**
 * A client of MLflow's REST API: https://mlflow.org/docs/latest/api_reference/rest-api.html
 *
 * It follows no redirect, so that credentials go to the named server only. Its answers are not trusted: they are bounded, and
 * one about another run counts for nothing.
 */
export function createMlflowClient(server: MlflowServer, limits: MlflowLimits = defaultLimits): MlflowClient {
  // Its address is the user's own, so it may be any.
  const rules = {
    forbidden: [],
    listedHosts: [],
    secureContext: createTrust(server.ca),
    chooseProxy: server.chooseProxy,
    timeoutMs: limits.connectTimeoutMs,
  };
  const agent = createDispatcher(rules, {
    headersTimeout: limits.requestTimeoutMs,
    bodyTimeout: limits.requestTimeoutMs,
    maxResponseSize: limits.maxBytes,
    connections: 2,
  });

  async function ask(asked: Asked, signal: AbortSignal): Promise<string> {
    const { status, text } = await exchange(agent, server, asked, signal);
    if (status === 200) return text;
    throw refusal(server, asked.runId, status, text);
  }

  const run = async (id: string, signal: AbortSignal): Promise<Run> => {
    const path = `/api/2.0/mlflow/runs/get?run_id=${encodeURIComponent(id)}`;
    return toRun(server, id, await ask({ method: "GET", path, runId: id }, signal));
  };
  const close = (): Promise<void> => agent.destroy();
  return {
    run,
    tag: async (runId, key, signal) => (await run(runId, signal)).tags.get(key),
    async setTag(runId, key, value, signal) {
      const body = JSON.stringify({ run_id: runId, key, value });
      await ask({ method: "POST", path: "/api/2.0/mlflow/runs/set-tag", body, runId }, signal);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface Asked {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  /** The run that it is about. */
  readonly runId: string;
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function exchange(
  agent: Dispatcher,
  { url, name, authorization }: MlflowServer,
  { method, path, body }: Asked,
  signal: AbortSignal,
): Promise<Answered> {
  const { origin, pathname } = new URL(url);
  const headers = {
    accept: "application/json",
    "user-agent": "assaygate",
    ...(authorization === undefined ? {} : { authorization }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  try {
    const prefixed = `${pathname.replace(/\/$/, "")}${path}`;
    const response = await agent.request({ origin, path: prefixed, method, headers, body: body ?? null, signal });
    if (response.statusCode === 407) throw new ProxyFailure(407);
    return { status: response.statusCode, text: await response.body.text() };
  } catch (cause) {
    const problem = signal.aborted ? "no answer in time" : describeConnectionProblem(cause);
    throw new MlflowError("unavailable", `${name}: ${problem}; ${adviceOn(cause)}`, { cause });
  }
}

function adviceOn(cause: unknown): string {
  if (cause instanceof ProxyFailure)
    return "HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which, and what is asked directly";
  return isUntrusted(getErrorCode(cause) ?? "")
    ? "MLFLOW_TRACKING_SERVER_CERT_PATH names a file of authorities to trust"
    : "is it the MLflow server's address, and does the server run?";
}

const failure = z.object({ error_code: z.string(), message: z.string().default("") });

/** What an answer other than 200 means. Only MLflow's own word says that there is no such run. */
function refusal(
  { name, identity, authorization }: MlflowServer,
  runId: string,
  status: number,
  text: string,
): MlflowError {
  const said = parseJson(failure, text);
  const answered = `${name} answered ${showStatus(status)}`;
  if (status === 401 || status === 403)
    return new MlflowError(
      "unavailable",
      authorization === undefined
        ? `${answered} to anonymous access: set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD`
        : `${answered}: check ${identity}, and what that user may do with run ${runId}`,
    );
  if (status >= 300 && status < 400)
    return new MlflowError(
      "unavailable",
      `${answered}, perhaps to a page to log in at: name the MLflow server itself, and set MLFLOW_TRACKING_TOKEN`,
    );
  if (said?.error_code === "RESOURCE_DOES_NOT_EXIST") return new MlflowError("absent", `${name} has no run ${runId}`);
  if (status === 404)
    return new MlflowError("unavailable", `${answered}, and not as MLflow does: is it the MLflow server's address?`);
  if (status === 429 || status >= 500) return new MlflowError("unavailable", `${answered}: try again later`);
  return new MlflowError("refused", `${answered}: ${show(said?.message ?? "no reason given")}`);
}

const pairs = z
  .array(z.object({ key: z.string(), value: z.string() }))
  .default([])
  .transform((list) => new Map(list.map(({ key, value }) => [key, value])));

const runAnswer = z.object({
  run: z.object({
    info: z.object({ run_id: z.string(), run_name: z.string().default(""), lifecycle_stage: z.string() }),
    data: z.object({ tags: pairs, params: pairs }).prefault({}),
  }),
});

function toRun({ name }: MlflowServer, asked: string, text: string): Run {
  const answer = parseJson(runAnswer, text);
  if (answer === undefined)
    throw new MlflowError("unavailable", `${name} answers, but not as MLflow does: is it the MLflow server's address?`);
  const { info, data } = answer.run;
  if (info.run_id !== asked)
    throw new MlflowError("unavailable", `${name} was asked for run ${asked} and answered with ${show(info.run_id)}`);
  return { id: info.run_id, name: info.run_name, deleted: info.lifecycle_stage !== "active", ...data };
}

function parseJson<T extends z.ZodType>(schema: T, text: string): z.infer<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
