import { Refusal } from "./refusal.ts";

/** What a client may ask for, in parts that were checked: a URL of the registry is made of these and of nothing else. */
export type Route =
  | { readonly kind: "ping" }
  | { readonly kind: "manifest"; readonly reference: string }
  | { readonly kind: "blob"; readonly digest: string }
  | { readonly kind: "tags"; readonly query: URLSearchParams }
  | { readonly kind: "referrers"; readonly digest: string; readonly query: URLSearchParams }
  | { readonly kind: "uploads" }
  /** `id` is one that the proxy gave out; `digest` is there for the PUT that ends the upload. */
  | { readonly kind: "upload"; readonly id: string; readonly digest: string | undefined };

/** The methods of each kind. There is no DELETE of content: whoever evaluates has to push, and nothing else. */
const methods: Readonly<Record<Route["kind"], readonly string[]>> = {
  ping: ["GET", "HEAD"],
  manifest: ["GET", "HEAD", "PUT"],
  blob: ["GET", "HEAD"],
  tags: ["GET"],
  referrers: ["GET"],
  uploads: ["POST"],
  upload: ["GET", "PATCH", "PUT", "DELETE"],
};

const tag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const digest = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const uploadId = /^[A-Za-z0-9_-]{22}$/;
const parameterName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/**
 * Reads a request target, which is attacker-controlled, as one of the protocol's paths below `/v2/<path>/`, where `path` is
 * that of `repository`, `host/path`. Nothing is decoded or normalised in it, so that there is no other spelling of anything:
 * a target with `..`, `//`, `%` or a scheme is none of these paths. Of the query, only what the route knows is taken; a
 * mount from another repository is thereby an ordinary upload. Throws Refusal.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
export function parseRoute(method: string, target: string, repository: string): Route {
  const [path = "", ...rest] = target.split("?");
  const query = new URLSearchParams(rest.join("?"));
  const route = matchRoute(path, query, repository, method);
  if (route === undefined) throw outside(repository);
  if (!methods[route.kind].includes(method))
    throw new Refusal(405, "UNSUPPORTED", `this proxy takes no ${method} here: it is for pushing and pulling`, {
      allow: methods[route.kind].join(", "),
    });
  return route;
}

function matchRoute(path: string, query: URLSearchParams, repository: string, method: string): Route | undefined {
  if (path === "/v2/" || path === "/v2") return { kind: "ping" };
  const base = `/v2/${getPath(repository)}/`;
  if (!path.startsWith(base)) return undefined;
  const [kind = "", name = "", ...more] = path.slice(base.length).split("/");
  if (kind === "blobs" && name === "uploads") return matchUpload(more, query, method);
  if (more.length > 0) return undefined;
  if (kind === "manifests" && (tag.test(name) || digest.test(name))) return { kind: "manifest", reference: name };
  if (kind === "blobs" && digest.test(name)) return { kind: "blob", digest: name };
  if (kind === "tags" && name === "list") return { kind: "tags", query: listQuery(query) };
  if (kind === "referrers" && digest.test(name)) return { kind: "referrers", digest: name, query: listQuery(query) };
  return undefined;
}

function matchUpload([id = "", ...more]: readonly string[], query: URLSearchParams, method: string): Route | undefined {
  if (more.length > 0) return undefined;
  if (id === "") return { kind: "uploads" };
  if (!uploadId.test(id)) return undefined;
  if (method !== "PUT") return { kind: "upload", id, digest: undefined };
  const [wanted = "", ...others] = query.getAll("digest");
  if (!digest.test(wanted) || others.length > 0)
    throw new Refusal(400, "DIGEST_INVALID", "an upload ends with one digest=, of sha256 or sha512");
  return { kind: "upload", id, digest: wanted };
}

/** Pages of a list have parameters of the registry's own choice, so they are passed on, each once, encoded anew. */
function listQuery(query: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams();
  for (const [name, value] of query) if (parameterName.test(name) && !kept.has(name)) kept.append(name, value);
  return kept;
}

/** The path of `host/path`. */
export function getPath(repository: string): string {
  return repository.slice(repository.indexOf("/") + 1);
}

function outside(repository: string): Refusal {
  const path = `/v2/${getPath(repository)}/`;
  return new Refusal(
    403,
    "DENIED",
    `this proxy is for the repository ${repository} alone: the protocol's paths below ${path}`,
  );
}
