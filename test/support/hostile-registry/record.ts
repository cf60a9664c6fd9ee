import type { IncomingMessage, ServerResponse } from "node:http";
import type { RecordedRequest, RequestKind } from "./exchange.ts";

/** A kind of request and its path, with the repository and the reference as groups, where it has them. */
export type Route = readonly [kind: RequestKind, path: RegExp];

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints */
const routes: readonly Route[] = [
  ["ping", /^\/v2\/?$/],
  ["manifest", /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ["upload", /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/],
  ["blob", /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ["referrers", /^\/v2\/(.+)\/referrers\/([^/]+)$/],
  ["tags", /^\/v2\/(.+)\/tags\/list$/],
];

/** What a registry has besides the routes of the protocol. */
export interface OwnRoutes {
  readonly tokenPath: string;
  readonly others: readonly Route[];
}

/** Reads the request to its end and makes a record of it. */
export async function record(
  request: IncomingMessage,
  response: ServerResponse,
  own: OwnRoutes,
): Promise<RecordedRequest> {
  const closed = new Promise<void>((resolve) => response.on("close", resolve));
  const { socket, method = "", url: target = "", headers } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(target, "http://registry");
  const sentBefore = socket.bytesWritten;
  return {
    method,
    target,
    url,
    headers,
    ...place(decodeURIComponent(url.pathname), own),
    body,
    form: new URLSearchParams(body.toString()),
    closed,
    sentBytes: () => socket.bytesWritten - sentBefore,
  };
}

function place(
  path: string,
  { tokenPath, others }: OwnRoutes,
): Pick<RecordedRequest, "kind" | "repository" | "reference"> {
  if (path === tokenPath) return { kind: "token", repository: "", reference: "" };
  for (const [kind, route] of [...routes, ...others]) {
    const match = route.exec(path);
    if (match !== null) return { kind, repository: match[1] ?? "", reference: match[2] ?? "" };
  }
  return { kind: "other", repository: "", reference: "" };
}
