import type { CredentialsProvider, Identity } from "./authorization/credentials.ts";
import { dockerHub, type MirrorOptions, type RegistryOptions, resolveSettings, type Settings } from "./registry.ts";
import type { Transport } from "./transport.ts";

/** One server as it is asked for one repository. */
export interface Endpoint {
  /** What messages call it: `quay.io`, `the mirror of quay.io`. */
  readonly name: string;
  /** The registry's host as references spell it; for a mirror, the mirror's own host. Credentials are looked up under it. */
  readonly host: string;
  readonly origin: string;
  /** The repository's path on this server. */
  readonly path: string;
  /** Set for a mirror: the host it stands in for, which it is told as `ns`. */
  readonly mirrorOf: string | undefined;
  readonly identity: Identity;
  /** What tokens are asked for. The gate never asks for more than it takes to read. */
  readonly actions: "pull" | "pull,push";
  readonly settings: Settings;
  readonly transport: Transport;
}

/** A server, parsed: what all its repositories' endpoints share. */
export interface Server {
  readonly name: string;
  readonly host: string;
  readonly url: URL;
  readonly mirrorOf: string | undefined;
  readonly settings: Settings;
  readonly transport: Transport;
}

/** The registry's own server. Throws a plain Error where the url contradicts the options: that is a mistake in the config. */
export function createOriginServer(options: RegistryOptions, transport: Transport): Server {
  const { host, plainHttp = false } = options;
  const home = dockerHub.hosts.includes(host) ? dockerHub.api : `${plainHttp ? "http" : "https"}://${host}`;
  const url = serverUrl(options.url ?? home, plainHttp);
  return { name: host, host, url, mirrorOf: undefined, settings: resolveSettings(options), transport };
}

/** The registry's mirror. Throws as {@link createOriginServer}. */
export function createMirrorServer(host: string, options: MirrorOptions, transport: Transport): Server {
  const url = serverUrl(options.url, options.plainHttp ?? false);
  const name = `the mirror of ${host}`;
  return { name, host: url.host, url, mirrorOf: host, settings: resolveSettings(options), transport };
}

/** A repository at a server, with the credentials for it. */
export function createEndpoint(server: Server, path: string, credentials: CredentialsProvider): Endpoint {
  const { name, host, mirrorOf, transport } = server;
  const official = dockerHub.hosts.includes(mirrorOf ?? host) && !path.includes("/");
  const prefix = server.url.pathname.replace(/^\/|\/$/g, "");
  const full = [prefix, official ? `library/${path}` : path].filter((part) => part !== "").join("/");
  const identity = (server.settings.credentials ?? credentials).identify(host, full);
  return {
    name,
    host,
    origin: server.url.origin,
    path: full,
    mirrorOf,
    identity,
    actions: "pull",
    settings: server.settings,
    transport,
  };
}

/**
 * `/v2/<path>/manifests/<digest>` and its like, every segment encoded. A mirror is told whom it stands
 * in for: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#registry-proxying
 */
export function toContentUrl(at: Endpoint, kind: "manifests" | "blobs" | "referrers", reference: string): URL {
  const url = toRepositoryUrl(at, kind, reference);
  if (at.mirrorOf !== undefined) url.searchParams.set("ns", at.mirrorOf);
  return url;
}

/** Where every registry can be asked, whatever it holds. */
export function toPingUrl({ origin }: Pick<Endpoint, "origin">): URL {
  return new URL("/v2/", origin);
}

/** `/v2/<path>/` and these segments, each encoded. An empty one at the end makes a slash at the end. */
export function toRepositoryUrl(at: Endpoint, ...below: readonly string[]): URL {
  const segments = ["v2", ...at.path.split("/"), ...below].map(encodeSegment);
  return new URL(`/${segments.join("/")}`, at.origin);
}

/**
 * Where an upload ends: its own URL and the digest. What the registry wrote into the query stays to the letter, because it may
 * be signed. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#post-then-put
 */
export function toUploadEnd(upload: URL, digest: string): URL {
  const url = new URL(upload);
  url.search = `${url.search === "" ? "?" : `${url.search}&`}digest=${encodeURIComponent(digest)}`;
  return url;
}

/** The colon of a digest stays: it is legal in a path, and some registries compare the path as it was sent. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll("%3A", ":");
}

function serverUrl(text: string, plainHttp: boolean): URL {
  const url = new URL(text);
  const protocol = plainHttp ? "http:" : "https:";
  if (url.protocol !== protocol) throw new Error(`${url.host} must be reached by ${protocol}// as plainHttp says`);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new Error(`the url of ${url.host} may hold a scheme, a host, a port and a path`);
  return url;
}
