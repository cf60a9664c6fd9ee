import type { Credentials } from "./credentials.ts";
import { dockerHub } from "./registry.ts";

/**
 * A Docker config, read: https://docs.docker.com/reference/cli/docker/login/ and, for keys with a path,
 * https://kubernetes.io/docs/concepts/containers/images/#config-json
 */
export interface DockerConfig {
  /** Longest path first. */
  readonly entries: readonly Entry[];
  /** Credential helpers by the host they are for, and the one for all others. */
  readonly helpers: ReadonlyMap<string, string>;
  readonly store: string | undefined;
}

export interface Entry {
  readonly host: string;
  /** Path segments that the repository's path must begin with. */
  readonly path: readonly string[];
  readonly credentials: Credentials;
}

/**
 * Reads the text of a config.json. Throws a plain Error that quotes nothing of the text but the names of keys: JSON's own
 * messages quote what they could not read, and here that may be a password.
 */
export function parseDockerConfig(text: string): DockerConfig {
  const root = objectOf(parseJson(text), "the Docker config");
  const entries = Object.entries(objectOf(root["auths"] ?? {}, "auths")).flatMap(([key, value]) => entryOf(key, value));
  const helpers = Object.entries(objectOf(root["credHelpers"] ?? {}, "credHelpers")).flatMap(([key, value]) => {
    const host = parseKey(key)?.host;
    return host === undefined ? [] : [[host, helperName(value)] as const];
  });
  return {
    entries: entries.toSorted((a, b) => b.path.length - a.path.length),
    helpers: new Map(helpers),
    store: root["credsStore"] === undefined || root["credsStore"] === "" ? undefined : helperName(root["credsStore"]),
  };
}

/**
 * The entry for a repository: the host and its port must be equal, character for character, and the path must begin with
 * the entry's whole segments. No suffixes, no folding of case, no default ports: near is not the same. (CVE-2025-27403)
 */
export function findEntry(config: DockerConfig, host: string, path: string): Entry | undefined {
  const wanted = canonicalHost(host);
  const segments = path.split("/");
  return config.entries.find(
    (entry) => entry.host === wanted && entry.path.every((segment, at) => segment === segments[at]),
  );
}

/** All of Docker Hub's names are one registry. */
export function canonicalHost(host: string): string {
  return dockerHub.hosts.includes(host) ? "docker.io" : host;
}

type JsonObject = Readonly<Record<string, unknown>>;

const key = /^(?:https?:\/\/)?([a-z0-9.-]+(?::[0-9]{1,5})?)(?:\/(.*))?$/;

/** `host`, `host:port`, `https://host/v1/` or `host/path`. Anything else, a wildcard or an upper-case host, is for nobody. */
function parseKey(text: string): { host: string; path: string[] } | undefined {
  const [, host, rest = ""] = key.exec(text) ?? [];
  if (host === undefined) return undefined;
  const path = rest.split("/").filter((segment) => segment !== "");
  const isApiVersion = path.length === 1 && (path[0] === "v1" || path[0] === "v2");
  return { host: canonicalHost(host), path: isApiVersion ? [] : path };
}

function entryOf(name: string, value: unknown): Entry[] {
  const place = parseKey(name);
  if (place === undefined) return [];
  const credentials = credentialsOf(objectOf(value, `auths["${name}"]`), name);
  return credentials === undefined ? [] : [{ ...place, credentials }];
}

/** Undefined for `{}`, which `docker login` leaves where a store holds the secret. */
function credentialsOf(value: JsonObject, name: string): Credentials | undefined {
  const [username, password] = userAndPassword(value, name);
  const registryToken = textOf(value["registrytoken"]);
  if (registryToken !== undefined) return { kind: "registry-token", token: registryToken };
  const identityToken = textOf(value["identitytoken"]);
  if (identityToken !== undefined)
    return { kind: "identity-token", username: username ?? "<token>", token: identityToken };
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined)
    throw new Error(`the Docker config's auths["${name}"] holds only half of a user name and password`);
  return { kind: "basic", username, password };
}

function userAndPassword(value: JsonObject, name: string): readonly [string | undefined, string | undefined] {
  const auth = textOf(value["auth"]);
  if (auth === undefined) return [textOf(value["username"]), textOf(value["password"])];
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1) throw new Error(`the Docker config's auths["${name}"].auth is not base64 of user:password`);
  return [textOf(decoded.slice(0, colon)), textOf(decoded.slice(colon + 1))];
}

/** The name becomes part of a program's name, so it may hold nothing that a path could. */
export function helperName(value: unknown): string {
  if (typeof value === "string" && /^[a-z0-9-]+$/.test(value)) return value;
  throw new Error("the Docker config names a credential helper that is not made of a-z, 0-9 and -");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("the Docker config is not JSON");
  }
}

function objectOf(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new Error(`${what} is not a JSON object`);
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
