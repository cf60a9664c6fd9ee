import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Json } from "./artifacts.ts";
import { issue, makeCa } from "./certificates.ts";

/**
 * An HTTPS server that speaks what the gate needs of the Kubernetes API (lists in pages, watches, GET, PATCH of a status,
 * for cluster-scoped resources; a Lease; Events; what is applied) and misbehaves on command. What a real API server makes of the same is for test/e2e.
 */
export interface HostileCluster extends AsyncDisposable {
  /** A kubeconfig file for it, with a token. */
  readonly kubeconfig: string;
  /** Every request, in order: `GET /api/v1/namespaces?limit=500`. */
  readonly requests: string[];
  /** Bodies of the PATCHes of a status that were accepted. */
  readonly patches: Json[];
  /** The Events that were raised, as they are now. */
  events(): Json[];
  /** Watches that are open now. */
  openWatches(): number;
  /** Creates or replaces an object, as kubectl would. Quietly: no watch hears of it. */
  put(resource: string, object: Json, options?: { readonly quietly?: boolean }): void;
  remove(resource: string, name: string): void;
  get(resource: string, name: string): Json | undefined;
  /** How requests are answered instead, until it says undefined; by method and path without the query. */
  fault: ((method: string, path: string, query: URLSearchParams) => Fault | undefined) | undefined;
  /** Sends an event to every open watch of a resource. */
  send(resource: string, event: unknown): void;
  /** Ends every open watch: as the API server does at its timeout, or by breaking the connection. */
  endWatches(how: "properly" | "broken"): void;
  /** Cuts every connection, and each new one, until `start`. Its port stays its own. */
  halt(): void;
  start(): void;
}

export type Fault =
  | { readonly status: number; readonly message?: string }
  /** Takes the request and says nothing, or for a watch nothing after the headers. */
  | { readonly silent: true }
  | { readonly body: string }
  /** This text, again and again, as fast as it is read. Status 200, unless another is given. */
  | { readonly endless: string; readonly status?: number };

interface Open {
  readonly path: string;
  readonly response: ServerResponse;
}

const token = "the-gate's-token";

export async function startHostileCluster(): Promise<HostileCluster> {
  const ca = await makeCa();
  const leaf = await issue(ca, { ip: ["127.0.0.1"] });
  const folder = await mkdtemp(join(tmpdir(), "assaygate-cluster-"));
  const kubeconfig = join(folder, "kubeconfig");
  const stored = new Map<string, Map<string, Json>>();
  const watches = new Set<Open>();
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const patches: Json[] = [];
  let version = 1;
  let halted = false;

  const collection = (path: string): Map<string, Json> => {
    const found = stored.get(path) ?? new Map<string, Json>();
    stored.set(path, found);
    return found;
  };
  const send = (path: string, event: unknown): void => {
    for (const watch of watches) if (watch.path === path) watch.response.write(`${JSON.stringify(event)}\n`);
  };
  const store = (path: string, object: Json, quietly: boolean): Json => {
    const name = metadataOf(object)["name"] as string;
    const earlier = collection(path).get(name);
    version += 1;
    const sameSpec = earlier !== undefined && JSON.stringify(earlier["spec"]) === JSON.stringify(object["spec"]);
    const generation = Number(metadataOf(earlier ?? {})["generation"] ?? 0) + (sameSpec ? 0 : 1);
    const metadata = { uid: `uid-${name}`, ...metadataOf(object), generation, resourceVersion: String(version) };
    const saved = { status: earlier?.["status"], ...object, metadata };
    collection(path).set(name, saved);
    if (!quietly) send(path, { type: earlier === undefined ? "ADDED" : "MODIFIED", object: saved });
    return saved;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "https://cluster");
    const method = request.method ?? "";
    requests.push(`${method} ${request.url ?? ""}`);
    const reply = (status: number, body: Json): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const refuse = (code: number, message: string): void =>
      reply(code, { kind: "Status", apiVersion: "v1", status: "Failure", code, message });
    const fault = cluster.fault?.(method, pathname, searchParams);
    if (fault !== undefined && "endless" in fault) return pour(response, fault.endless, fault.status);
    if (fault !== undefined && "status" in fault) return refuse(fault.status, fault.message ?? "no");
    if (fault !== undefined && "body" in fault) return void response.writeHead(200).end(fault.body);
    if (fault !== undefined && searchParams.get("watch") !== "true") return;
    if (request.headers.authorization !== `Bearer ${token}`) return refuse(401, "Unauthorized");
    if (pathname.startsWith(eventsGroup)) return event(method, pathname, await bodyOf(request), reply, refuse);
    if (request.headers["content-type"] === "application/apply-patch+yaml")
      return reply(200, store(pathname.slice(0, pathname.lastIndexOf("/")), await bodyOf(request), true));
    if (method === "PATCH") return patch(pathname, await bodyOf(request), reply, refuse);
    if (pathname.startsWith(leases)) return lease(method, pathname, await bodyOf(request), reply, refuse);
    if (searchParams.get("watch") === "true") return watch(pathname, searchParams, response, fault !== undefined);
    if (stored.has(pathname)) return list(pathname, searchParams, reply);
    const at = pathname.lastIndexOf("/");
    const object = stored.get(pathname.slice(0, at))?.get(decodeURIComponent(pathname.slice(at + 1)));
    return object === undefined ? refuse(404, "the server could not find the requested resource") : reply(200, object);
  };

  const list = (path: string, query: URLSearchParams, reply: (status: number, body: Json) => void): void => {
    const all = [...collection(path).values()];
    const from = Number(query.get("continue") ?? 0);
    const to = from + Number(query.get("limit"));
    const more = to < all.length ? { continue: String(to) } : {};
    reply(200, { kind: "List", metadata: { resourceVersion: String(version), ...more }, items: all.slice(from, to) });
  };

  const watch = (path: string, query: URLSearchParams, response: ServerResponse, silent: boolean): void => {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    if (silent) return;
    const since = Number(query.get("resourceVersion"));
    const open = { path, response };
    watches.add(open);
    response.on("close", () => watches.delete(open));
    for (const object of collection(path).values())
      if (Number(metadataOf(object)["resourceVersion"]) > since)
        response.write(`${JSON.stringify({ type: "MODIFIED", object })}\n`);
  };

  const patch = (
    path: string,
    body: Json,
    reply: (status: number, body: Json) => void,
    refuse: (code: number, message: string) => void,
  ): void => {
    const [, resource = "", name = ""] = /^(.*)\/([^/]+)\/status$/.exec(path) ?? [];
    const object = stored.get(resource)?.get(name);
    if (object === undefined) return refuse(404, "not found");
    const expected = metadataOf(body)["resourceVersion"];
    if (expected !== undefined && expected !== metadataOf(object)["resourceVersion"])
      return refuse(409, "the object has been modified");
    patches.push(body);
    reply(200, store(resource, { ...object, status: body["status"] }, false));
  };

  const event = (
    method: string,
    path: string,
    body: Json,
    reply: (status: number, body: Json) => void,
    refuse: (code: number, message: string) => void,
  ): void => {
    if (method === "POST") return reply(201, store(path, body, true));
    const [home = "", name = ""] = path.split(/\/(?=[^/]+$)/);
    const found = stored.get(home)?.get(name);
    return found === undefined
      ? refuse(404, "not found")
      : reply(200, store(home, { ...found, ...body, metadata: metadataOf(found) }, true));
  };

  const lease = (
    method: string,
    path: string,
    body: Json,
    reply: (status: number, body: Json) => void,
    refuse: (code: number, message: string) => void,
  ): void => {
    const name = method === "POST" ? String(metadataOf(body)["name"]) : (path.split("/").at(-1) ?? "");
    const found = collection(leases).get(name);
    if (method === "GET") return found === undefined ? refuse(404, "not found") : reply(200, found);
    const isLate = metadataOf(body)["resourceVersion"] !== metadataOf(found ?? {})["resourceVersion"];
    if (isLate) return refuse(409, "the object has been modified");
    reply(200, store(leases, body, true));
  };

  const cluster: HostileCluster = {
    kubeconfig,
    requests,
    patches,
    fault: undefined,
    events: () => [...stored].flatMap(([path, objects]) => (path.startsWith(eventsGroup) ? [...objects.values()] : [])),
    openWatches: () => watches.size,
    put: (path, object, { quietly = false } = {}) => void store(path, object, quietly),
    remove(path, name) {
      const object = collection(path).get(name);
      collection(path).delete(name);
      version += 1;
      if (object === undefined) return;
      const metadata = { ...metadataOf(object), resourceVersion: String(version) };
      send(path, { type: "DELETED", object: { ...object, metadata } });
    },
    get: (path, name) => stored.get(path)?.get(name),
    send,
    endWatches(how) {
      for (const { response } of watches) {
        if (how === "properly") response.end();
        else response.destroy();
      }
    },
    halt() {
      halted = true;
      for (const socket of sockets) socket.destroy();
    },
    start: () => void (halted = false),
    async [Symbol.asyncDispose]() {
      cluster.halt();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  for (const path of Object.values(paths)) collection(path);
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (request, response) => {
    void handle(request, response);
  });
  server.on("connection", (socket: Socket) => {
    if (halted) return void socket.destroy();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await writeFile(kubeconfig, stringify(kubeconfigFor(`https://127.0.0.1:${port}`, ca.cert, token)));
  return cluster;
}

/** The resources that the gate reads, by what they are called here. */
export const paths = {
  namespaces: "/api/v1/namespaces",
  policies: "/apis/assaygate.dev/v1alpha1/evaluationpolicies",
  exceptions: "/apis/assaygate.dev/v1alpha1/evaluationexceptions",
} as const;

const eventsGroup = "/apis/events.k8s.io/v1/namespaces/";

/** Of one namespace: Leases are told apart by name alone. */
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

function pour(response: ServerResponse, text: string, status = 200): void {
  const chunk = text.repeat(64 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(status, { "content-type": "application/json" }).on("drain", more);
  more();
}

function kubeconfigFor(server: string, ca: string, bearer: string): Json {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority-data": Buffer.from(ca).toString("base64") } }],
    users: [{ name: "gate", user: { token: bearer } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "gate" } }],
    "current-context": "test",
  };
}

function metadataOf(object: Json): Json {
  return (object["metadata"] ?? {}) as Json;
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Json);
}
