import type { IncomingMessage, ServerResponse } from "node:http";
import { discard } from "../remote/body.ts";
import { toContentUrl, type Endpoint, toRepositoryUrl, toUploadEnd } from "../remote/endpoint.ts";
import { type Answer, resolveNextUrl } from "../remote/redirect.ts";
import type { Request } from "../remote/transport.ts";
import { hasBody, readManifest, streamContent } from "./body.ts";
import { selectRequestHeaders } from "./headers.ts";
import { findNextPage } from "./next-page.ts";
import { Refusal } from "./refusal.ts";
import { requireAcceptable, relay } from "./relay.ts";
import { getPath, type Route } from "./route.ts";
import type { Upload, Uploads } from "./uploads.ts";
import type { Upstream } from "./upstream.ts";

/** What every request is answered with. */
export interface ProxyDependencies {
  readonly upstream: Upstream;
  readonly uploads: Uploads;
  /** `host/path`, the only one. */
  readonly repository: string;
}

/** One request of a client. */
export interface ProxyRequest {
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
}

/** Answers by asking the registry. Throws RegistryError, Refusal and whatever breaks when the client goes away. */
export async function handle(parts: ProxyDependencies, asked: ProxyRequest): Promise<void> {
  const { route, request, response } = asked;
  switch (route.kind) {
    case "ping":
      response.writeHead(200, { "docker-distribution-api-version": "registry/2.0" }).end();
      return;
    case "manifest":
      if (request.method === "PUT") return putManifest(parts, route.reference, asked);
      return read(parts, (at) => toContentUrl(at, "manifests", route.reference), asked);
    case "blob":
      return read(parts, (at) => toContentUrl(at, "blobs", route.digest), asked);
    case "tags":
      return read(parts, (at) => withQuery(toRepositoryUrl(at, "tags", "list"), route.query), asked);
    case "referrers":
      return read(parts, (at) => withQuery(toContentUrl(at, "referrers", route.digest), route.query), asked);
    case "uploads":
      return beginUpload(parts, asked);
    case "upload":
      return continueUpload(parts, route, asked);
  }
}

function withQuery(url: URL, query: URLSearchParams): URL {
  url.search = query.toString();
  return url;
}

async function read(
  { upstream, repository }: ProxyDependencies,
  urlAt: (endpoint: Endpoint) => URL,
  asked: ProxyRequest,
): Promise<void> {
  const { request, response, signal } = asked;
  const endpoint = upstream.endpoint();
  const url = urlAt(endpoint);
  const method = request.method === "HEAD" ? "HEAD" : "GET";
  const answer = await upstream.read(endpoint, { method, url, headers: selectRequestHeaders(request.headers) }, signal);
  const accepted = requireAcceptable(endpoint, answer);
  await relay(accepted, response, readNextPage(accepted, url, repository));
}

function readNextPage(answer: Answer, url: URL, repository: string): Record<string, string> {
  try {
    const link = findNextPage(answer, url, repository);
    return link === undefined ? {} : { link };
  } catch (error) {
    discard(answer);
    throw error;
  }
}

async function putManifest(
  { upstream, repository }: ProxyDependencies,
  reference: string,
  asked: ProxyRequest,
): Promise<void> {
  const { request, response, signal } = asked;
  const body = await readManifest(request);
  const endpoint = upstream.endpoint();
  const url = toContentUrl(endpoint, "manifests", reference);
  const headers = selectRequestHeaders(request.headers);
  const answer = requireAcceptable(
    endpoint,
    await upstream.write(endpoint, { method: "PUT", url, headers, body }, signal),
  );
  const location = `/v2/${getPath(repository)}/manifests/${reference}`;
  await relay(answer, response, answer.statusCode === 201 ? { location } : {});
}

/** Always without content: a registry that takes none at this point says so in the same way, and a client then sends it by PUT. */
async function beginUpload({ upstream, uploads, repository }: ProxyDependencies, asked: ProxyRequest): Promise<void> {
  const { response, signal } = asked;
  const endpoint = upstream.endpoint();
  const url = toRepositoryUrl(endpoint, "blobs", "uploads", "");
  const written = await upstream.write(endpoint, { method: "POST", url, headers: selectRequestHeaders({}) }, signal);
  const answer = requireAcceptable(endpoint, written);
  if (answer.statusCode !== 202) return relay(answer, response);
  const to = resolveNextUrl(endpoint, url, answer.headers.location);
  const id = uploads.begin({ url: to, needsLogin: written.loggedIn });
  await relay(answer, response, { location: showLocation(repository, id) });
}

/** The registry's answer names the next URL of the upload; the client goes on under the same id. */
async function continueUpload(
  { upstream, uploads, repository }: ProxyDependencies,
  { id, digest }: Extract<Route, { kind: "upload" }>,
  { request, response, signal }: ProxyRequest,
): Promise<void> {
  const upload = uploads.find(id);
  if (upload === undefined)
    throw new Refusal(404, "BLOB_UPLOAD_UNKNOWN", "this proxy knows no such upload: begin it again");
  const endpoint = upstream.endpoint();
  const sent = toSend(upload, digest, request);
  const answer = requireAcceptable(
    endpoint,
    sent.body === undefined
      ? await upstream.write(endpoint, sent, signal)
      : await upstream.stream(endpoint, upload, { ...sent, body: sent.body }, signal),
  );
  const { method } = sent;
  if (answer.statusCode >= 400) return relay(answer, response);
  if (method === "PUT" || method === "DELETE") uploads.end(id);
  else if (answer.headers.location !== undefined)
    uploads.moved(id, { ...upload, url: resolveNextUrl(endpoint, upload.url, answer.headers.location) });
  const location = digest === undefined ? showLocation(repository, id) : `/v2/${getPath(repository)}/blobs/${digest}`;
  await relay(answer, response, method === "DELETE" ? {} : { location });
}

/** The registry's own query stays as it wrote it, to the letter, because it may be signed. */
function toSend(
  { url: at }: Upload,
  digest: string | undefined,
  request: IncomingMessage,
): Request & { body?: AsyncIterable<Uint8Array> } {
  const url = digest === undefined ? at : toUploadEnd(at, digest);
  const method = requireMethod(request);
  const headers = selectRequestHeaders(request.headers);
  if ((method !== "PATCH" && method !== "PUT") || !hasBody(request)) return { method, url, headers };
  const { "content-length": length } = request.headers;
  return {
    method,
    url,
    headers: length === undefined ? headers : { ...headers, "content-length": length },
    body: streamContent(request),
  };
}

function requireMethod({ method }: IncomingMessage): Request["method"] {
  return method === "PATCH" || method === "PUT" || method === "DELETE" ? method : "GET";
}

/** Without a host, so that the client comes back to wherever it found the proxy. */
function showLocation(repository: string, id: string): string {
  return `/v2/${getPath(repository)}/blobs/uploads/${id}`;
}
