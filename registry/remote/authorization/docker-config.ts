import { isObject } from "../../../policies/is-object.ts";
import { show } from "../../../policies/show.ts";
import type { Credentials } from "./credentials.ts";
import { dockerHub } from "../registry.ts";

/**
 * A Docker config, read: https://docs.docker.com/reference/cli/docker/login/ and, for keys with a path,
 * https://kubernetes.io/docs/concepts/containers/images/#config-json
 */
export interface DockerConfig {
  /** Longest path first. */
  readonly entries: readonly Entry[];
  /** Credential helpers by the host they are for, and the one for all others. */
  readonly helpers: ReadonlyMap<string, HelperName>;
  readonly store: HelperName | undefined;
  /** Keys that are for no repository that a reference can name. */
  readonly ignored: readonly IgnoredCredentials[];
}

/** What cannot be used, in a sentence that quotes nothing but names of keys. It matters to those who need it, and to nobody else. */
export interface UnusableCredentials {
  readonly problem: string;
}

/** A credential helper by its name, which follows `docker-credential-`; or why it is of no use. */
export type HelperName = { readonly name: string } | UnusableCredentials;

/** One entry of a Docker config, parsed. */
export interface Entry {
  /** For messages: where it stands. */
  readonly at: string;
  readonly host: string;
  /** Path segments that the repository's path must begin with. */
  readonly path: readonly string[];
  readonly credentials: Credentials | UnusableCredentials;
}

/** An entry that is passed over. */
export interface IgnoredCredentials {
  readonly at: string;
  /** The key, in lower case. */
  readonly key: string;
  readonly why: string;
}

/**
 * Reads the text of a config.json. Throws a plain Error where it is none at all; what is wrong with one entry stays in that
 * entry. Nothing quotes the text but the names of keys: JSON's own messages quote what they could not read, and here that may
 * be a password.
 */
export function parseDockerConfig(text: string): DockerConfig {
  const root = requireObject(parseJson(text), "it");
  const auths = Object.entries(requireObject(root["auths"] ?? {}, "auths")).map(([key, value]) => ({
    key,
    value,
    at: showPlace("auths", key),
    place: parseKey(key),
  }));
  const credHelpers = Object.entries(requireObject(root["credHelpers"] ?? {}, "credHelpers")).map(([key, value]) => ({
    key,
    value,
    at: showPlace("credHelpers", key),
    place: parseKey(key),
  }));
  const entries = auths.flatMap(({ value, at, place }) => (place === undefined ? [] : readEntry(at, place, value)));
  const { credsStore } = root;
  return {
    entries: entries.toSorted((a, b) => b.path.length - a.path.length),
    helpers: new Map(credHelpers.flatMap(({ value, at, place }) => (place ? [[place.host, named(at, value)]] : []))),
    store:
      credsStore === undefined || credsStore === null || credsStore === ""
        ? undefined
        : named("credsStore", credsStore),
    ignored: [...auths, ...credHelpers].flatMap(({ key, at, place }) =>
      place === undefined ? [{ at, key: key.toLowerCase(), why: whyIgnored(key) }] : [],
    ),
  };
}

/**
 * The entry for a repository: the host and its port must be equal, character for character, and the path must begin with
 * the entry's whole segments. No suffixes, no wildcards, no folding of case, no default ports, as Docker and Podman have it:
 * near is not the same. (CVE-2025-27403)
 */
export function findEntry(config: DockerConfig, host: string, path: string): Entry | undefined {
  const wanted = toCanonicalHost(host);
  const segments = path.split("/");
  return config.entries.find(
    (entry) => entry.host === wanted && entry.path.every((segment, at) => segment === segments[at]),
  );
}

/** What somebody may have meant for this host, and why it is not for it; undefined where nothing comes near. */
export function findNearMiss({ entries, ignored }: DockerConfig, host: string): string | undefined {
  const port = entries.find((entry) => entry.host !== host && withoutPort(entry.host) === withoutPort(host));
  if (port !== undefined) return `${port.at} is for ${port.host}, which is another name`;
  const passed = ignored.find(({ key }) => comesNear(key, host));
  return passed && `${passed.at} is passed over: ${passed.why}`;
}

/** Everything that is passed over, or cannot be used: for whoever starts a gate or lints its configuration. */
export function listComplaints({ entries, helpers, store, ignored }: DockerConfig): string[] {
  const broken = [...entries.map(({ credentials }) => credentials), ...helpers.values(), store].flatMap((one) =>
    one !== undefined && "problem" in one ? [one.problem] : [],
  );
  const ports = entries.flatMap(({ at, host }) =>
    /:(?:80|443)$/.test(host)
      ? [`${at} is for references that write the port: for others, write ${withoutPort(host)}`]
      : [],
  );
  return [...broken, ...ports, ...ignored.map(({ at, why }) => `${at} is passed over: ${why}`)];
}

/** All of Docker Hub's names are one registry. */
export function toCanonicalHost(host: string): string {
  return dockerHub.hosts.includes(host) ? "docker.io" : host;
}

type JsonObject = Readonly<Record<string, unknown>>;

interface Place {
  readonly host: string;
  readonly path: readonly string[];
}

const keyGrammar = /^(?:https?:\/\/)?([a-z0-9.-]+(?::[0-9]{1,5})?)(?:\/(.*))?$/;

/** `host`, `host:port`, `https://host/v1/` or `host/path`. Anything else, a wildcard or an upper-case host, is for nobody. */
function parseKey(text: string): Place | undefined {
  const [, host, rest = ""] = keyGrammar.exec(text) ?? [];
  if (host === undefined) return undefined;
  const path = rest.split("/").filter((segment) => segment !== "");
  const isApiVersion = path.length === 1 && (path[0] === "v1" || path[0] === "v2");
  return { host: toCanonicalHost(host), path: isApiVersion ? [] : path };
}

function whyIgnored(key: string): string {
  if (key.includes("*")) return "a key holds no wildcard: write each host";
  if (parseKey(key.toLowerCase()) !== undefined) return "hosts are compared exactly: write it in lower case";
  return "it is not a host, host:port or host/path";
}

/** A name of a key may hold a password where somebody wrote a URL with one. */
function showPlace(list: string, key: string): string {
  return `${list}[${show(key.replace(/^(.*:\/\/)?[^/]*@/, "$1…@"))}]`;
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]+$/, "");
}

/** The key's host, read without its case, and `*` for any part of one name. Keys are short; each host is compared by parts. */
function comesNear(key: string, host: string): boolean {
  const [pattern = ""] = key.replace(/^https?:\/\//, "").split("/");
  const [wanted, found] = [withoutPort(pattern).split("."), withoutPort(host).split(".")];
  return wanted.length === found.length && wanted.every((part, at) => part.includes("*") || part === found[at]);
}

function readEntry(at: string, place: Place, value: unknown): Entry[] {
  const credentials = readCredentials(at, value ?? {});
  return credentials === undefined ? [] : [{ at, ...place, credentials }];
}

const secrets = ["auth", "username", "password", "identitytoken", "registrytoken"] as const;

/** Undefined for `{}`, which `docker login` leaves where a store holds the secret. */
function readCredentials(at: string, value: unknown): Credentials | UnusableCredentials | undefined {
  const broken = (what: string): UnusableCredentials => ({ problem: `${at} ${what}` });
  if (!isObject(value)) return broken("is not a JSON object");
  const odd = secrets.find((name) => !["string", "undefined"].includes(typeof (value[name] ?? undefined)));
  if (odd !== undefined) return broken(`holds something other than text in ${odd}`);
  const pair = userAndPassword(value);
  if (pair === undefined) return broken("holds an auth that is not base64 of user:password");
  const [username, password] = pair;
  const registryToken = getText(value["registrytoken"]);
  if (registryToken !== undefined) return { kind: "registry-token", token: registryToken };
  const identityToken = getText(value["identitytoken"]);
  if (identityToken !== undefined)
    return { kind: "identity-token", username: username ?? "<token>", token: identityToken };
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) return broken("holds only half of a user name and password");
  return { kind: "basic", username, password };
}

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Undefined where `auth` is none. */
function userAndPassword(value: JsonObject): readonly [string | undefined, string | undefined] | undefined {
  const auth = getText(value["auth"])?.replaceAll(/[\r\n]/g, "");
  if (auth === undefined) return [getText(value["username"]), getText(value["password"])];
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon === -1 || !base64.test(auth)) return undefined;
  return [getText(decoded.slice(0, colon)), getText(decoded.slice(colon + 1))];
}

/** The name becomes part of a program's name, so it may hold nothing that a path could. */
function named(at: string, value: unknown): HelperName {
  return isHelperName(value)
    ? { name: value }
    : { problem: `${at} names a credential helper that is not made of a-z, 0-9 and -` };
}

function isHelperName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z0-9-]+$/.test(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is not JSON");
  }
}

function requireObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new Error(`${what} is not a JSON object`);
  return value;
}

function getText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
