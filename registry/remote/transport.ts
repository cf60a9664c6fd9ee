import type { Readable } from "node:stream";
import type { LookupFunction } from "node:net";
import { Agent, type Dispatcher } from "undici";
import { guardedConnector, trust } from "./connect.ts";
import type { Settings } from "./registry.ts";

/** One HTTP request. Reading sends nothing but forms; writing, in `publish/push/`, sends content too. */
export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Chunks are sent as they come; as long as they do, no time runs out. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export type Response = Pick<Dispatcher.ResponseData, "statusCode" | "headers" | "body">;

/**
 * Where a request goes. `registry` was named by the config: it may have a private address, as registries in a cluster do.
 * `elsewhere` was named by an answer: only public addresses. Neither may be link-local or a metadata service.
 */
export type Destination = "registry" | "elsewhere";

/** Bounded connections under one set of TLS and address rules. Follows nothing, retries nothing, decodes nothing. */
export interface Transport {
  /** Resolves at the headers. Rejects with undici's or Node's errors, or AddressRefused. */
  send(request: Request, to: Destination, signal: AbortSignal): Promise<Response>;
  /** Ends every connection, those in use too. */
  close(): Promise<void>;
}

/** Told of every request: the host that was asked and the status of its answer, undefined when none came. */
export type RequestObserver = (host: string, status: number | undefined) => void;

/** No answer came within the time for one try. */
export class RequestTimeout extends Error {
  override readonly name = "RequestTimeout";
}

export function createTransport(
  settings: Settings,
  lookup: LookupFunction | undefined,
  observe: RequestObserver = () => undefined,
): Transport {
  const { ca, connectTimeoutMs, redirectHosts, requestTimeoutMs } = settings;
  const secureContext = ca === undefined ? undefined : trust(ca);
  const agent = (forbidden: readonly ("private" | "link-local")[]): Agent => {
    const rules = { forbidden, listedHosts: redirectHosts, secureContext, timeoutMs: connectTimeoutMs, lookup };
    return new Agent({ ...bounds, connect: guardedConnector(rules) });
  };
  const agents = { registry: agent(["link-local"]), elsewhere: agent(["link-local", "private"]) };
  return {
    async send(request, to, signal) {
      let status: number | undefined;
      try {
        const response = await send(agents[to], request, requestTimeoutMs, signal);
        status = response.statusCode;
        return response;
      } finally {
        observe(request.url.host, status);
      }
    },
    async close() {
      await Promise.all([agents.registry.destroy(), agents.elsewhere.destroy()]);
    },
  };
}

const bounds = {
  /** To one origin at a time. A review reads a handful of documents. */
  connections: 8,
  /** Origins with a live connection. Redirects name them, so a hostile registry could name any number. */
  maxOrigins: 256,
  pipelining: 1,
  allowH2: false,
  maxHeaderSize: 16 * 1024,
} as const;

/** Its own timer rather than undici's: that one starts when the request is sent, not when it starts to wait for a socket. */
async function send(agent: Agent, request: Request, timeoutMs: number, signal: AbortSignal): Promise<Response> {
  const { url, method, headers, body } = request;
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(new RequestTimeout("no answer in time")), timeoutMs);
  const unlink = link(signal, end);
  try {
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      body: toBody(body, () => timer.refresh()),
      signal: end.signal,
      headersTimeout: 0,
      bodyTimeout: timeoutMs,
    });
    response.body.once("close", unlink);
    return response;
  } catch (error) {
    unlink();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** undici takes what is iterable as it is, though its types do not say so, and asks for a chunk when the last one is sent. */
function toBody(body: Request["body"], alive: () => void): string | Uint8Array | Readable | null {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) return body ?? null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see its lib/core/request.js
  return reporting(body, alive) as unknown as Readable;
}

async function* reporting(chunks: AsyncIterable<Uint8Array>, alive: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    alive();
    yield chunk;
  }
}

/**
 * Aborts the controller with the signal, until it is unlinked. What AbortSignal.any makes would stay with a signal that
 * outlives many requests.
 */
function link(signal: AbortSignal, end: AbortController): () => void {
  const abort = (): void => end.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return () => signal.removeEventListener("abort", abort);
}
