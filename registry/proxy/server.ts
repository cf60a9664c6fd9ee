import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type Clock, systemClock } from "../remote/clock.ts";
import type { RegistryDirectory } from "../remote/directory.ts";
import { handle, type ProxyDependencies } from "./handle.ts";
import { Refusal, toRefusal } from "./refusal.ts";
import { parseRoute, type Route } from "./route.ts";
import { createUploads } from "./uploads.ts";
import { createUpstream } from "./upstream.ts";

/** What the proxy serves, and how. */
export interface RegistryProxyOptions {
  /** How the registry is reached, and with which credentials. */
  readonly directory: RegistryDirectory;
  /** `host/path`, the only one that is served. */
  readonly repository: string;
  /** Told of each request when it is over: `PUT manifest 201`, and why where the proxy refused. Holds no secret. */
  readonly log: (line: string) => void;
  readonly clock?: Clock;
  /** Requests at one time; further ones are told to come again. Default 64. */
  readonly maxRequests?: number;
}

/** Clients send a few short ones. */
const maxHeaderBytes = 16 * 1024;
const headersTimeoutMs = 10_000;
const keepAliveMs = 5_000;
/** Nothing moves, in either direction. Longer than the registry is waited for, so that the client learns of that. */
const idleMs = 180_000;
/** A connection without a request costs little, but not nothing. */
const connectionsPerRequest = 2;

/**
 * A server that speaks the distribution protocol for one repository, and asks the registry with credentials that its clients
 * never see. Whoever can connect may push, so it must listen on a loopback address only.
 */
export function createRegistryProxy(options: RegistryProxyOptions): Server {
  const { directory, repository, log, clock = systemClock, maxRequests = 64 } = options;
  const upstream = createUpstream(directory, repository, clock);
  const parts: ProxyDependencies = { upstream, uploads: createUploads(), repository };
  let underWay = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.once("close", () => gone.abort()).on("error", ignore);
    underWay += 1;
    let kind: Route["kind"] | "other" = "other";
    let why = "";
    try {
      if (!server.listening) response.setHeader("connection", "close");
      if (underWay > maxRequests) throw overloaded();
      const route = parseRoute(request.method ?? "", request.url ?? "", repository);
      kind = route.kind;
      await handle(parts, { route, request, response, signal: gone.signal });
    } catch (error) {
      why = refuse(response, error);
    } finally {
      underWay -= 1;
      request.resume();
      log(`${request.method ?? ""} ${kind} ${response.statusCode}${why}`);
    }
  };

  const server = createServer(
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      requestTimeout: 0,
      keepAliveTimeout: keepAliveMs,
    },
    (request, response) => void answer(request, response),
  );
  server.timeout = idleMs;
  server.maxConnections = connectionsPerRequest * maxRequests;
  return server;
}

function overloaded(): Refusal {
  const message = "too many requests are under way: try again";
  return new Refusal(503, "TOOMANYREQUESTS", message, { "retry-after": "1" });
}

/** Where the answer has begun, cutting it off is the only way to say that it is not whole. Returns what to log. */
function refuse(response: ServerResponse, error: unknown): string {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return ": broken off";
  }
  const { status, headers, body, message } = toRefusal(error);
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...headers, "content-type": "application/json", "content-length": length }).end(body);
  return `: ${message}`;
}

/** A client that goes away is seen by what was being done for it. */
function ignore(): void {}
