import type { IncomingMessage, ServerResponse } from "node:http";
import type { Json } from "../artifacts.ts";
import { eventsGroup, metadataOf, type Objects } from "./objects.ts";

/** Of one namespace: Leases are told apart by name alone. */
const leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

/** How a request is answered instead. */
export type Fault =
  | { readonly status: number; readonly message?: string }
  /** Takes the request and says nothing, or for a watch nothing after the headers. */
  | { readonly silent: true }
  | { readonly body: string }
  /** This text, again and again, as fast as it is read. Status 200, unless another is given. */
  | { readonly endless: string; readonly status?: number };

/** By method and path without the query. */
export type FindFault = (method: string, path: string, query: URLSearchParams) => Fault | undefined;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What a client must show. */
  readonly token: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

/** Answers a request as the API server would, or as the cluster's fault has it. */
export async function answer(
  objects: Objects,
  { fault: find }: { readonly fault: FindFault | undefined },
  { request, response, token }: Exchange,
): Promise<void> {
  const { pathname: path, searchParams: query } = new URL(request.url ?? "/", "https://cluster");
  const method = request.method ?? "";
  const isWatch = query.get("watch") === "true";
  const fault = find?.(method, path, query);
  if (fault !== undefined && !("silent" in fault)) return misbehave(response, fault);
  if (fault !== undefined && !isWatch) return;
  const [status, body] =
    request.headers.authorization === `Bearer ${token}`
      ? reply(objects, request, { method, path, query, body: await bodyOf(request) })
      : refuse(401, "Unauthorized");
  if (isWatch && status === 200 && body === watched) return watch(objects, path, query, response, fault !== undefined);
  send(response, status, body);
}

type Reply = readonly [status: number, body: Json];

function misbehave(response: ServerResponse, fault: Exclude<Fault, { readonly silent: true }>): void {
  if ("endless" in fault) return pour(response, fault.endless, fault.status);
  if ("body" in fault) return void response.writeHead(200).end(fault.body);
  send(response, ...refuse(fault.status, fault.message ?? "no"));
}

/** Stands for an answer that goes on. */
const watched: Json = {};

function reply(objects: Objects, { headers }: IncomingMessage, asked: Asked): Reply {
  const { method, path, query, body } = asked;
  if (path.startsWith(eventsGroup)) return replyToEvent(objects, asked);
  const at = path.lastIndexOf("/");
  if (headers["content-type"] === "application/apply-patch+yaml")
    return [200, objects.store(path.slice(0, at), body, true)];
  if (method === "PATCH") return replyToPatch(objects, asked);
  if (path.startsWith(leases)) return replyToLease(objects, asked);
  if (query.get("watch") === "true") return [200, watched];
  if (objects.has(path)) return replyWithList(objects, asked);
  const object = objects.get(path.slice(0, at), decodeURIComponent(path.slice(at + 1)));
  return object === undefined ? refuse(404, "the server could not find the requested resource") : [200, object];
}

function replyWithList(objects: Objects, { path, query }: Asked): Reply {
  const all = objects.list(path);
  const from = Number(query.get("continue") ?? 0);
  const to = from + Number(query.get("limit"));
  const more = to < all.length ? { continue: String(to) } : {};
  const metadata = { resourceVersion: String(objects.version()), ...more };
  return [200, { kind: "List", metadata, items: all.slice(from, to) }];
}

/** Of a status. */
function replyToPatch(objects: Objects, { path, body }: Asked): Reply {
  const [, resource = "", name = ""] = /^(.*)\/([^/]+)\/status$/.exec(path) ?? [];
  const object = objects.get(resource, name);
  if (object === undefined) return refuse(404, "not found");
  const expected = metadataOf(body)["resourceVersion"];
  if (expected !== undefined && expected !== metadataOf(object)["resourceVersion"])
    return refuse(409, "the object has been modified");
  objects.patches.push(body);
  return [200, objects.store(resource, { ...object, status: body["status"] }, false)];
}

function replyToEvent(objects: Objects, { method, path, body }: Asked): Reply {
  if (method === "POST") return [201, objects.store(path, body, true)];
  const [home = "", name = ""] = path.split(/\/(?=[^/]+$)/);
  const found = objects.get(home, name);
  if (found === undefined) return refuse(404, "not found");
  return [200, objects.store(home, { ...found, ...body, metadata: metadataOf(found) }, true)];
}

function replyToLease(objects: Objects, { method, path, body }: Asked): Reply {
  const name = method === "POST" ? String(metadataOf(body)["name"]) : (path.split("/").at(-1) ?? "");
  const found = objects.get(leases, name);
  if (method === "GET") return found === undefined ? refuse(404, "not found") : [200, found];
  const isLate = metadataOf(body)["resourceVersion"] !== metadataOf(found ?? {})["resourceVersion"];
  return isLate ? refuse(409, "the object has been modified") : [200, objects.store(leases, body, true)];
}

/** Silent: nothing after the headers. */
function watch(
  objects: Objects,
  path: string,
  query: URLSearchParams,
  response: ServerResponse,
  silent: boolean,
): void {
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
  if (silent) return;
  const since = Number(query.get("resourceVersion"));
  const open = { path, response };
  objects.watches.add(open);
  response.on("close", () => objects.watches.delete(open));
  for (const object of objects.list(path))
    if (Number(metadataOf(object)["resourceVersion"]) > since)
      response.write(`${JSON.stringify({ type: "MODIFIED", object })}\n`);
}

function pour(response: ServerResponse, text: string, status = 200): void {
  const chunk = text.repeat(64 * 1024);
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(status, { "content-type": "application/json" }).on("drain", more);
  more();
}

function send(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function refuse(code: number, message: string): Reply {
  return [code, { kind: "Status", apiVersion: "v1", status: "Failure", code, message }];
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Json);
}
