import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Json } from "./artifacts.ts";
import { issue, makeCa } from "./certificates.ts";
import { answer, type FindFault } from "./hostile-cluster/answer.ts";
import { createObjects, eventsGroup, type OpenWatch } from "./hostile-cluster/objects.ts";

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
  fault: FindFault | undefined;
  /** Sends an event to every open watch of a resource. */
  send(resource: string, event: unknown): void;
  /** Ends every open watch: as the API server does at its timeout, or by breaking the connection. */
  endWatches(how: "properly" | "broken"): void;
  /** Cuts every connection, and each new one, until `start`. Its port stays its own. */
  halt(): void;
  start(): void;
}

const token = "the-gate's-token";

export async function startHostileCluster(): Promise<HostileCluster> {
  const ca = await makeCa();
  const leaf = await issue(ca, { ip: ["127.0.0.1"] });
  const folder = await mkdtemp(join(tmpdir(), "assaygate-cluster-"));
  const kubeconfig = join(folder, "kubeconfig");
  const objects = createObjects(Object.values(paths));
  const requests: string[] = [];
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (request, response) => {
    requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    void answer(objects, cluster, { request, response, token });
  });
  const connections = haltable(server);
  const cluster: HostileCluster = {
    kubeconfig,
    requests,
    patches: objects.patches,
    fault: undefined,
    events: () => objects.below(eventsGroup),
    openWatches: () => objects.watches.size,
    put: (path, object, { quietly = false } = {}) => void objects.store(path, object, quietly),
    remove: objects.remove,
    get: objects.get,
    send: objects.send,
    endWatches: (how) => endAll(objects.watches, how),
    halt: connections.halt,
    start: connections.start,
    async [Symbol.asyncDispose]() {
      cluster.halt();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await writeFile(kubeconfig, stringify(kubeconfigFor(`https://127.0.0.1:${port}`, ca.cert, token)));
  return cluster;
}

/** Cuts every connection of a server, and each new one, between `halt` and `start`. */
function haltable(server: Server): Pick<HostileCluster, "halt" | "start"> {
  const sockets = new Set<Socket>();
  let halted = false;
  server.on("connection", (socket: Socket) => {
    if (halted) return void socket.destroy();
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return {
    halt() {
      halted = true;
      for (const socket of sockets) socket.destroy();
    },
    start: () => void (halted = false),
  };
}

function endAll(watches: Iterable<OpenWatch>, how: "properly" | "broken"): void {
  for (const { response } of watches) {
    if (how === "properly") response.end();
    else response.destroy();
  }
}

/** The resources that the gate reads, by what they are called here. */
export const paths = {
  namespaces: "/api/v1/namespaces",
  policies: "/apis/assaygate.dev/v1alpha1/evaluationpolicies",
  exceptions: "/apis/assaygate.dev/v1alpha1/evaluationexceptions",
} as const;

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
