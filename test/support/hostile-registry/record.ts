import type { IncomingMessage, ServerResponse } from "node:http";
import type { RecordedRequest, RequestKind } from "./exchange.ts";

const routes: readonly (readonly [RequestKind, RegExp])[] = [
  ["ping", /^\/v2\/?$/],
  ["token", /^\/token$/],
  ["manifest", /^\/v2\/(.+)\/manifests\/([^/]+)$/],
  ["blob", /^\/v2\/(.+)\/blobs\/([^/]+)$/],
  ["referrers", /^\/v2\/(.+)\/referrers\/([^/]+)$/],
  ["tags", /^\/v2\/(.+)\/tags\/list$/],
];

/** Reads the request to its end and makes a record of it. */
export async function record(request: IncomingMessage, response: ServerResponse): Promise<RecordedRequest> {
  const closed = new Promise<void>((resolve) => response.on("close", resolve));
  const { socket, method = "", url: target = "", headers } = request;
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const url = new URL(target, "http://registry");
  const sentBefore = socket.bytesWritten;
  return {
    method,
    target,
    url,
    headers,
    ...place(decodeURIComponent(url.pathname)),
    form: new URLSearchParams(body),
    closed,
    sentBytes: () => socket.bytesWritten - sentBefore,
  };
}

function place(path: string): Pick<RecordedRequest, "kind" | "repository" | "reference"> {
  for (const [kind, route] of routes) {
    const match = route.exec(path);
    if (match !== null) return { kind, repository: match[1] ?? "", reference: match[2] ?? "" };
  }
  return { kind: "other", repository: "", reference: "" };
}
