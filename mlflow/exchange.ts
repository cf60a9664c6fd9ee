import type { Dispatcher } from "undici";
import { getErrorCode } from "../runtime/error-code.ts";
import { describeConnectionProblem, isUntrusted } from "../registry/remote/failure.ts";
import { createDispatcher } from "../registry/remote/network/dispatcher.ts";
import { createTrust } from "../registry/remote/network/trust.ts";
import { ProxyFailure } from "../registry/remote/network/errors.ts";
import { MlflowError } from "./errors.ts";
import type { MlflowServer } from "./server.ts";

/** How long is waited for a tracking server, and how much is read of it. */
export interface MlflowLimits {
  /** Until the answer's headers, and then between two pieces of its body. */
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  /** Of one answer: a run comes with all its params, tags and last metrics, seldom more than some hundred kilobytes. */
  readonly maxBytes: number;
}

/** One request. */
export interface MlflowRequest {
  readonly method: "GET" | "POST" | "PATCH";
  /** From `/api/` on. */
  readonly path: string;
  readonly body?: string;
  /** What it is about, for messages, such as `run 0a1b2c3d`. */
  readonly about: string;
}

/** An answer, whatever it says. */
export interface MlflowAnswer {
  readonly status: number;
  readonly text: string;
}

/** Connections to one server, within the limits. Its address is the user's own, so it may be any. */
export function createAgent({ ca, chooseProxy }: MlflowServer, limits: MlflowLimits): Dispatcher {
  const rules = {
    forbidden: [],
    listedHosts: [],
    secureContext: createTrust(ca),
    chooseProxy,
    timeoutMs: limits.connectTimeoutMs,
  };
  return createDispatcher(rules, {
    headersTimeout: limits.requestTimeoutMs,
    bodyTimeout: limits.requestTimeoutMs,
    maxResponseSize: limits.maxBytes,
    connections: 2,
  });
}

/** Asks once, and follows no redirect, so that credentials go to the named server only. Throws MlflowError, `unavailable`. */
export async function sendRequest(
  agent: Dispatcher,
  server: MlflowServer,
  { method, path, body }: MlflowRequest,
  signal: AbortSignal,
): Promise<MlflowAnswer> {
  const { origin, pathname } = new URL(server.url);
  const headers = toHeaders(server, body !== undefined);
  try {
    const prefixed = `${pathname.replace(/\/$/, "")}${path}`;
    const response = await agent.request({ origin, path: prefixed, method, headers, body: body ?? null, signal });
    if (response.statusCode === 407) throw new ProxyFailure(407);
    return { status: response.statusCode, text: await response.body.text() };
  } catch (cause) {
    const problem = signal.aborted ? "no answer in time" : describeConnectionProblem(cause);
    throw new MlflowError("unavailable", `${server.name}: ${problem}; ${advise(cause)}`, { cause });
  }
}

function toHeaders({ authorization, workspace }: MlflowServer, hasBody: boolean): Record<string, string> {
  return {
    accept: "application/json",
    "user-agent": "assaygate",
    ...(authorization === undefined ? {} : { authorization }),
    ...(workspace === undefined ? {} : { "x-mlflow-workspace": workspace }),
    ...(hasBody ? { "content-type": "application/json" } : {}),
  };
}

function advise(cause: unknown): string {
  if (cause instanceof ProxyFailure)
    return "HTTPS_PROXY, HTTP_PROXY and NO_PROXY say which, and what is asked directly";
  return isUntrusted(getErrorCode(cause) ?? "")
    ? "MLFLOW_TRACKING_SERVER_CERT_PATH names a file of authorities to trust"
    : "is it the MLflow server's address, and does the server run?";
}
