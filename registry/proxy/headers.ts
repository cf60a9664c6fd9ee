import type { IncomingHttpHeaders } from "node:http";

/** What a client's request may tell the registry. Its Authorization, its cookies and all else end here. */
const forwarded = ["accept", "content-range", "content-type", "range"] as const;

/** What a registry's answer may tell the client. WWW-Authenticate is not among them: logging in is the proxy's part. */
const returned = [
  "accept-ranges",
  "content-length",
  "content-range",
  "content-type",
  "docker-content-digest",
  "docker-distribution-api-version",
  "docker-upload-uuid",
  "etag",
  "oci-chunk-min-length",
  "oci-filters-applied",
  "oci-subject",
  "range",
  "retry-after",
] as const;

/** The headers of a request to the registry, in place of the client's. */
export function selectRequestHeaders(client: IncomingHttpHeaders): Record<string, string> {
  return { accept: "*/*", ...pick(client, forwarded), "accept-encoding": "identity", "user-agent": "assaygate" };
}

/** The headers of an answer to the client, in place of the registry's. */
export function selectAnswerHeaders(registry: IncomingHttpHeaders): Record<string, string> {
  return pick(registry, returned);
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, headers[name]] as const);
  return Object.fromEntries(found.filter((pair): pair is readonly [string, string] => typeof pair[1] === "string"));
}
