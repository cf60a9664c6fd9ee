import { once } from "node:events";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Digest } from "../../../policies/digest.ts";
import type { RegistryAuth } from "./auth.ts";
import type { Answer, Exchange, Fault, RecordedRequest, RequestKind } from "./exchange.ts";
import { createFaultPlan, type FaultScope } from "./fault-plan.ts";
import { createHonestAnswers, type HonestOptions } from "./honest.ts";
import { record, type Route } from "./record.ts";
import { trackSockets } from "./sockets.ts";
import { createStore, digestOf, type PutOptions, type Store } from "./store.ts";

export interface HostileRegistryOptions extends HonestOptions {
  /** Certificate and key, PEM. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Default: everybody may pull and push everything. */
  readonly auth?: RegistryAuth;
  /** Content to share with another server. Default: an empty one. */
  readonly store?: Store;
  /** Paths of the registry's own, besides those of the protocol. */
  readonly routes?: readonly Route[];
}

/** An artifact as the builders in `artifacts.ts` make it. */
export interface Pushable {
  readonly manifest: Uint8Array;
  readonly mediaType: string;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** A registry on a port of its own at 127.0.0.1, honest until it is told otherwise. */
export interface HostileRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`, as references spell it. */
  readonly host: string;
  /** `http://127.0.0.1:<port>` or `https://…`. */
  readonly url: string;
  readonly port: number;
  /** Everything that was asked, in order. */
  readonly requests: readonly RecordedRequest[];
  /** May be replaced at any time. */
  auth: RegistryAuth | undefined;
  /** Stores a manifest: an object, which becomes JSON, or bytes as they are. */
  put(repository: string, manifest: object | Uint8Array, options?: PutOptions): Digest;
  putBlob(repository: string, bytes: Uint8Array | string): Digest;
  /** Stores a whole artifact. */
  push(repository: string, artifact: Pushable): Digest;
  /** The first fault whose scope fits a request answers it. Faults come before authentication. */
  misbehave(fault: Fault, scope?: FaultScope): void;
  /** Takes all faults away. */
  behave(): void;
  /** The requests of one kind. */
  asked(kind: RequestKind): RecordedRequest[];
  /** TCP connections open now. */
  connections(): number;
  /** Resolves as soon as no connection is open. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a registry. `await using registry = await startHostileRegistry()` ends it with the test. */
export async function startHostileRegistry(options: HostileRegistryOptions = {}): Promise<HostileRegistry> {
  const { store = createStore(), routes = [], tls } = options;
  const answer = createHonestAnswers(store, options);
  const requests: RecordedRequest[] = [];
  const faults = createFaultPlan();
  const serve = async (...[request, response]: Parameters<RequestListener>): Promise<void> => {
    const tokenPath = registry.auth?.tokenPath ?? "/token";
    const recorded = await record(request, response, { tokenPath, others: routes });
    requests.push(recorded);
    const send = ({ status, headers, body }: Answer): void =>
      void response.writeHead(status, headers).end(recorded.method === "HEAD" ? undefined : body);
    const exchange: Exchange = { recorded, request, response, honest: answer(recorded, url, registry.auth), send };
    const fault = faults.take(recorded);
    if (fault === undefined) send(exchange.honest);
    else fault(exchange);
  };
  const server = createServer(tls, serve);
  const sockets = trackSockets(server);
  const port = await listen(server);
  const host = `127.0.0.1:${port}`;
  const url = `${tls === undefined ? "http" : "https"}://${host}`;
  const close = (): Promise<void> => closeAll(server, sockets);
  const registry: HostileRegistry = {
    host,
    url,
    port,
    requests,
    auth: options.auth,
    ...writersOf(store),
    misbehave: faults.add,
    behave: faults.clear,
    asked: (kind) => requests.filter((request) => request.kind === kind),
    connections: sockets.count,
    idle: sockets.idle,
    close,
    [Symbol.asyncDispose]: close,
  };
  return registry;
}

type Serve = (...args: Parameters<RequestListener>) => Promise<void>;

/** A client that goes away in the middle of its request is no failure of the test's. */
function createServer(tls: HostileRegistryOptions["tls"], serve: Serve): Server {
  const listener: RequestListener = (request, response) => {
    serve(request, response).catch(() => response.destroy());
  };
  return tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
}

function writersOf(store: Store): Pick<HostileRegistry, "put" | "putBlob" | "push"> {
  return {
    put: store.putManifest,
    putBlob: (repository, bytes) => store.putBlob(repository, Buffer.from(bytes)),
    push(repository, { manifest, mediaType, blobs }) {
      for (const bytes of blobs.values()) store.putBlob(repository, bytes);
      store.putManifest(repository, manifest, { mediaType });
      return digestOf(manifest);
    },
  };
}

async function closeAll(server: Server, sockets: ReturnType<typeof trackSockets>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  sockets.destroy();
  await closed;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  return address.port;
}
