import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { KubeConfig } from "@kubernetes/client-node";
import { readKubeconfig } from "./kubeconfig.ts";
import { KubeError, refusal, unreachable } from "./kube-error.ts";

/** Speaks with one API server. Every rejection is a {@link KubeError} with words for whoever runs the gate. */
export interface KubeClient {
  /** The JSON at a path. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** The JSON documents that a watch sends, one a line, until the API server ends it. */
  watch(path: string, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  /** Changes fields by an RFC 7386 merge patch, as the field manager `assaygate`. */
  patch(path: string, body: unknown, signal: AbortSignal): Promise<unknown>;
  /** How far this machine's clock is ahead of the API server's; undefined before the first answer. */
  clockAheadMs(): number | undefined;
  /** Ends idle connections. Those in use end with their signals. */
  close(): void;
}

/** For the headers of an answer, and for all of one that is no watch. */
const answerTimeoutMs = 15_000;
/** Above what claims, namespaces and watches are bounded to together, so that none of them waits for another's sockets. */
const maxSockets = 64;

/**
 * A client for the cluster of a kubeconfig's current context, or for the one that this pod runs in. It reads the
 * kubeconfig when it first needs it, and again after a failure: credentials may have been renewed, or mounted late.
 */
export function createKubeClient(kubeconfig: string | undefined, environment: NodeJS.ProcessEnv): KubeClient {
  const agent = new Agent({ keepAlive: true, maxSockets });
  let config: KubeConfig | undefined;
  let aheadMs: number | undefined;

  const open = async (path: string, signal: AbortSignal, init: Init): Promise<IncomingMessage> => {
    config ??= await readKubeconfig(kubeconfig, environment);
    try {
      const response = await send(config, agent, path, init, AbortSignal.any([signal, init.headersSignal]));
      const date = Date.parse(response.headers.date ?? "");
      if (!Number.isNaN(date)) aheadMs = Date.now() - date;
      if (response.statusCode === 401) config = undefined;
      if (isSuccess(response)) return response;
      throw refusal(response.statusCode ?? 0, await readText(response));
    } catch (cause) {
      if (cause instanceof KubeError) throw cause;
      const server = config?.getCurrentCluster()?.server;
      config = undefined;
      throw unreachable(server ?? "the cluster", cause);
    }
  };

  const readJson = async (path: string, signal: AbortSignal, init: Omit<Init, "headersSignal">): Promise<unknown> => {
    const timeout = AbortSignal.timeout(answerTimeoutMs);
    const both = AbortSignal.any([signal, timeout]);
    return parse(await readText(await open(path, both, { ...init, headersSignal: timeout })));
  };

  return {
    get: (path, signal) => readJson(path, signal, { method: "GET", headers: {} }),
    patch: (path, body, signal) =>
      readJson(`${path}?fieldManager=assaygate`, signal, {
        method: "PATCH",
        headers: { "content-type": "application/merge-patch+json" },
        body: JSON.stringify(body),
      }),
    async watch(path, signal) {
      const headersIn = new AbortController();
      const timer = setTimeout(() => headersIn.abort(), answerTimeoutMs);
      try {
        return documentsIn(await open(path, signal, { method: "GET", headers: {}, headersSignal: headersIn.signal }));
      } finally {
        clearTimeout(timer);
      }
    },
    clockAheadMs: () => aheadMs,
    close: () => agent.destroy(),
  };
}

interface Init {
  readonly method: "GET" | "PATCH";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the wait for the answer's headers. */
  readonly headersSignal: AbortSignal;
}

async function send(
  config: KubeConfig,
  agent: Agent,
  path: string,
  { method, headers, body }: Init,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const cluster = config.getCurrentCluster();
  const base = new URL(cluster?.server ?? "");
  const credentials: OutgoingHttpHeaders = {};
  const trust: RequestOptions = { headers: credentials };
  await config.applyToHTTPSOptions(trust);
  const options: RequestOptions = {
    ...trust,
    // Node's own agent keeps connections apart by certificate and authority, so that renewed ones take effect.
    agent: cluster?.proxyUrl === undefined ? agent : (trust.agent ?? agent),
    method,
    host: base.hostname.replace(/^\[|\]$/g, ""),
    port: base.port === "" ? 443 : base.port,
    path: base.pathname.replace(/\/$/, "") + path,
    headers: { accept: "application/json", "user-agent": "assaygate", ...credentials, ...headers },
    signal,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  try {
    for await (const chunk of response) text += String(chunk);
  } catch (cause) {
    throw unreachable("the API server", cause);
  }
  return text;
}

async function* documentsIn(response: IncomingMessage): AsyncIterable<unknown> {
  let rest = "";
  response.setEncoding("utf8");
  try {
    for await (const chunk of response) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield parse(line);
    }
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw unreachable("the API server", cause);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new KubeError("the API server's answer is not JSON: is something else at its address?", { cause });
  }
}
