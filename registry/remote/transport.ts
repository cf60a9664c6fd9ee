import type { Readable } from "node:stream";
import type { LookupFunction } from "node:net";
import type { Dispatcher } from "undici";
import { listAskers } from "../../runtime/asker.ts";
import { createPlaces, type TakePlace } from "../../runtime/places.ts";
import { ProxyFailure } from "./network/errors.ts";
import type { Settings } from "./registry.ts";

/** One HTTP request. Reading sends nothing but forms; writing, in `publish/push/`, sends content too. */
export interface Request {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Chunks are sent as they come; as long as they do, no time runs out. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** The head of an answer, and its body, unread. */
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
  /** Whether a server of the registry's gives an answer, whatever it is: on a connection of its own, that nobody waits for. */
  probe(url: URL, signal: AbortSignal): Promise<void>;
  /** Ends every connection, those in use too. */
  close(): Promise<void>;
}

/** Told of every request: the host that was asked and the status of its answer, undefined when none came. */
export type RequestObserver = (host: string, status: number | undefined) => void;

/** No answer came within the time for one try. */
export class RequestTimeout extends Error {
  override readonly name = "RequestTimeout";
}

/** The server is known to give no answers, so it was not asked. */
export class ServerSilent extends Error {
  override readonly name = "ServerSilent";
}

/** Connections to one registry and to where it sends the gate. `observe` is told of each request. */
export function createTransport(
  settings: Settings,
  lookup: LookupFunction | undefined,
  observe: RequestObserver = () => undefined,
): Transport {
  const { requestTimeoutMs } = settings;
  let made: Promise<Agents> | undefined;
  const agents = (): Promise<Agents> => (made ??= createAgents(settings, lookup));
  const takePlace = { registry: createPlaces(connections), elsewhere: createPlaces(connections) };
  return {
    send(request, to, signal) {
      const agent = agents().then((all) => all[to]);
      return report(observe, request.url, sendInTurn(agent, takePlace[to], request, requestTimeoutMs, signal));
    },
    async probe(url, signal) {
      const headers = { accept: "*/*", "accept-encoding": "identity", "user-agent": "assaygate" };
      const sending = send((await agents()).probes, { method: "GET", url, headers }, requestTimeoutMs, signal);
      const { body } = await report(observe, url, sending);
      body.on("error", () => undefined).destroy();
    },
    async close() {
      await Promise.all(Object.values((await made) ?? {}).map((one) => one.destroy()));
    },
  };
}

/** Tells of a request when it has its answer, or none. */
async function report(observe: RequestObserver, { host }: URL, sending: Promise<Response>): Promise<Response> {
  let status: number | undefined;
  try {
    const response = await sending;
    status = response.statusCode;
    return response;
  } finally {
    observe(host, status);
  }
}

/** Each with connections of its own. */
type Agents = Readonly<Record<Destination | "probes", Dispatcher>>;

/** undici is large: a gate that has asked no registry yet does without. */
async function createAgents(
  { ca, chooseProxy, connectTimeoutMs, redirectHosts }: Settings,
  lookup: LookupFunction | undefined,
): Promise<Agents> {
  const { createDispatcher } = await import("./network/dispatcher.ts");
  const { createTrust } = await import("./network/trust.ts");
  const secureContext = createTrust(ca);
  const agent = (forbidden: readonly ("private" | "link-local")[]): Dispatcher => {
    const listed = { forbidden, listedHosts: redirectHosts };
    const rules = { ...listed, secureContext, chooseProxy, timeoutMs: connectTimeoutMs, lookup };
    return createDispatcher(rules, { ...bounds, connections: 2 * connections.own });
  };
  return {
    registry: agent(["link-local"]),
    elsewhere: agent(["link-local", "private"]),
    probes: agent(["link-local"]),
  };
}

const bounds = {
  /** Origins with a live connection. Redirects name them, so a hostile registry could name any number. */
  maxOrigins: 256,
  pipelining: 1,
  allowH2: false,
  maxHeaderSize: 16 * 1024,
} as const;

/**
 * Connections to one origin at a time: half of them for one tenant at most, so that nobody whose requests hang keeps others
 * from a server that answers them. A review reads a handful of documents.
 */
const connections = { own: 8, shared: 8 } as const;

/** A request that nobody answered for so long before its signal ended it got no answer in time. */
const silentMs = 1_000;

/** Its time begins when it is sent: waiting for a connection is none of the server's doing. */
async function sendInTurn(
  agent: Promise<Dispatcher>,
  takePlace: TakePlace,
  request: Request,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Response> {
  const release = await takeConnection(takePlace, request.url, signal);
  try {
    const response = await send(await agent, request, timeoutMs, signal);
    // A turn later, when the connection can be used again: otherwise the next request would open another.
    response.body.once("close", () => setImmediate(release));
    return response;
  } catch (error) {
    release();
    throw error;
  }
}

/** Its own timer rather than undici's, which goes on through an upload that takes long. */
async function send(agent: Dispatcher, request: Request, timeoutMs: number, signal: AbortSignal): Promise<Response> {
  const { url, method, headers, body } = request;
  const end = new AbortController();
  const sentMs = performance.now();
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
    // A proxy's own word, which no registry says.
    if (response.statusCode === 407) return refuseProxy(response);
    return response;
  } catch (error) {
    unlink();
    if (signal.aborted && performance.now() - sentMs >= silentMs)
      throw new RequestTimeout("no answer in time", { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function refuseProxy({ body, statusCode }: Response): never {
  body.on("error", () => undefined).destroy();
  throw new ProxyFailure(statusCode);
}

async function takeConnection(takePlace: TakePlace, { origin }: URL, signal: AbortSignal): Promise<() => void> {
  return takePlace(origin, listAskers(signal), signal).taken;
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
