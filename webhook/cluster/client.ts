import type { KubeConfig } from "@kubernetes/client-node";
import { maxObjectBytes, parseJson, readBytes, readDocuments, readListJson } from "./answer.ts";
import { createConnection, type Connection, type KubeRequest } from "./connection.ts";
import { hasStatus } from "./kube-error.ts";

/** Speaks with one API server. Every rejection is a {@link KubeError}, which says in words what to do. */
export interface KubeClient {
  /** The JSON at a path. As with all single objects, no more of it is read than an API server would keep. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** The same, and undefined where the API server knows none (404). */
  find(path: string, signal: AbortSignal): Promise<unknown>;
  /**
   * The list at a path, with every `managedFields` list in it empty: to be read, and never to be written back. Rejects with
   * AnswerTooLarge beyond so many bytes.
   */
  list(path: string, maxBytes: number, signal: AbortSignal): Promise<unknown>;
  /** The JSON documents that a watch sends, one a line, until the API server ends it. */
  watch(path: string, signal: AbortSignal): Promise<AsyncIterable<unknown>>;
  /** Makes an object in the list of this path. Rejects with 409 where there is one of its name. */
  post(path: string, object: unknown, signal: AbortSignal): Promise<unknown>;
  /** Writes an object as it is. Rejects with 409 where somebody has written since its `resourceVersion`. */
  put(path: string, object: unknown, signal: AbortSignal): Promise<unknown>;
  /** Changes fields by an RFC 7386 merge patch, as the field manager `assaygate`. */
  mergePatch(path: string, patch: unknown, signal: AbortSignal): Promise<unknown>;
  /** Changes fields by the operations of an RFC 6902 JSON patch, as the field manager `assaygate`. */
  jsonPatch(path: string, operations: readonly JsonPatchOperation[], signal: AbortSignal): Promise<unknown>;
  /** Makes an object, or the fields of it that are given, what is said: server-side apply, as the field manager `assaygate`. */
  apply(path: string, object: unknown, signal: AbortSignal): Promise<unknown>;
  /** The namespace that the client is at home in: of a pod's service account, the pod's. */
  ownNamespace(): Promise<string>;
  /** How far this machine's clock is ahead of the API server's; undefined before the first answer. */
  clockAheadMs(): number | undefined;
  /** Ends idle connections. Those in use end with their signals. */
  close(): void;
}

/** One operation of an RFC 6902 JSON patch, of those that the gate needs. */
export interface JsonPatchOperation {
  readonly op: "add" | "replace";
  /** An RFC 6901 JSON pointer. */
  readonly path: string;
  readonly value: unknown;
}

/** For the headers of an answer, and for all of one that is not a watch. */
const answerTimeoutMs = 15_000;
const asManager = "?fieldManager=assaygate";

/**
 * A client for the cluster that `connect` names: see `readKubeconfig`. It connects when it first has to, and anew after a
 * failure: credentials may have been renewed, or mounted late.
 */
export function createKubeClient(connect: () => Promise<KubeConfig>): KubeClient {
  const connection = createConnection(connect);
  const get = (path: string, signal: AbortSignal): Promise<unknown> =>
    ask(connection, { method: "GET", path, headers: {} }, signal);
  const write =
    (method: KubeRequest["method"], type: string, query = "") =>
    (path: string, body: unknown, signal: AbortSignal): Promise<unknown> => {
      const headers = { "content-type": `application/${type}` };
      return ask(connection, { method, path: path + query, headers, body: JSON.stringify(body) }, signal);
    };
  return {
    get,
    find: (path, signal) =>
      get(path, signal).catch((cause: unknown) => (hasStatus(cause, 404) ? undefined : Promise.reject(cause))),
    list: async (path, maxBytes, signal) => {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
      return readListJson(await connection.send({ method: "GET", path, headers: {} }, inTime), maxBytes);
    },
    watch: (path, signal) => watch(connection, path, signal),
    post: write("POST", "json"),
    put: write("PUT", "json"),
    mergePatch: write("PATCH", "merge-patch+json", asManager),
    jsonPatch: write("PATCH", "json-patch+json", asManager),
    apply: write("PATCH", "apply-patch+yaml", `${asManager}&force=true`),
    ownNamespace: connection.ownNamespace,
    clockAheadMs: connection.clockAheadMs,
    close: connection.close,
  };
}

async function ask(connection: Connection, request: KubeRequest, signal: AbortSignal): Promise<unknown> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]);
  return parseJson((await readBytes(await connection.send(request, inTime), maxObjectBytes)).toString());
}

/** The time is for the headers alone: how long the documents may take is the caller's business. */
async function watch(connection: Connection, path: string, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
  const headersLate = new AbortController();
  const timer = setTimeout(() => headersLate.abort(), answerTimeoutMs);
  try {
    const either = AbortSignal.any([signal, headersLate.signal]);
    return readDocuments(await connection.send({ method: "GET", path, headers: {} }, either));
  } finally {
    clearTimeout(timer);
  }
}
