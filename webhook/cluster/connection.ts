import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { KubeConfig } from "@kubernetes/client-node";
import { AnswerTooLarge, readBytes } from "./answer.ts";
import { KubeError, explainStatus, explainUnreachable } from "./kube-error.ts";

/** One request to an API server. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  /** With its query, such as `/api/v1/namespaces?limit=500`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

/** Sends requests to one API server, as whom the kubeconfig says. */
export interface Connection {
  /** The answer's headers with success; its body is still to be read. Rejects with a KubeError otherwise. */
  send(request: KubeRequest, signal: AbortSignal): Promise<IncomingMessage>;
  /** See `KubeClient`. */
  ownNamespace(): Promise<string>;
  /** See `KubeClient`. */
  clockAheadMs(): number | undefined;
  /** See `KubeClient`. */
  close(): void;
}

/** Above what claims, namespaces and watches are bounded to together, so that none of them waits for another's sockets. */
const maxSockets = 64;

/** Of a refusal: a Status with a message, of which one line is shown. */
const maxRefusalBytes = 64 * 1024;

/** A connection that reads the kubeconfig when it first needs it, and again after a failure. */
export function createConnection(connect: () => Promise<KubeConfig>): Connection {
  const agent = new Agent({ keepAlive: true, maxSockets });
  let config: KubeConfig | undefined;
  let aheadMs: number | undefined;

  const accept = async (response: IncomingMessage): Promise<IncomingMessage> => {
    const date = Date.parse(response.headers.date ?? "");
    if (!Number.isNaN(date)) aheadMs = Date.now() - date;
    const { statusCode = 0 } = response;
    if (statusCode === 401) config = undefined;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw explainStatus(statusCode, await readRefusal(response));
  };
  return {
    async send(asked, signal) {
      const used = (config ??= await connect());
      try {
        return await accept(await sendWith(used, agent, asked, signal));
      } catch (cause) {
        if (cause instanceof KubeError) throw cause;
        config = undefined;
        throw explainUnreachable(used.getCurrentCluster()?.server ?? "the cluster", cause);
      }
    },
    async ownNamespace() {
      config ??= await connect();
      return config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
    },
    clockAheadMs: () => aheadMs,
    close: () => agent.destroy(),
  };
}

/** Empty where it is too long to be a Status: the refusal stands. */
async function readRefusal(response: IncomingMessage): Promise<string> {
  try {
    return (await readBytes(response, maxRefusalBytes)).toString();
  } catch (cause) {
    if (cause instanceof AnswerTooLarge) return "";
    throw cause;
  }
}

async function sendWith(
  config: KubeConfig,
  agent: Agent,
  { method, path, headers, body }: KubeRequest,
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
