import type { LookupFunction } from "node:net";
import type { Digest } from "../../policies/digest.ts";
import { shortenDigest } from "../../policies/digest.ts";
import { absent, RegistryError, unavailable, type UnavailableReason } from "../errors.ts";
import type { Body, Source } from "../source.ts";
import { type CredentialedAnswer, createAuthorizer } from "./authorization/authorize.ts";
import { contentOf, discard } from "./body.ts";
import { type Clock, systemClock } from "./clock.ts";
import { anonymousCredentials, type CredentialsProvider, withRemedy } from "./authorization/credentials.ts";
import { createRegistryDirectory, type RegistryDirectory } from "./directory.ts";
import { toContentUrl, type Endpoint } from "./endpoint.ts";
import { showStatus, TransientError } from "./failure.ts";
import { type Answer, follow, RedirectError } from "./redirect.ts";
import type { RegistryOptions, ServerOptions } from "./registry.ts";
import { retryAfterMs, withRetries, type Patience } from "./retry.ts";
import { defaultSilence, type SilenceOptions } from "./silence.ts";
import type { RequestObserver } from "./transport.ts";

/** How registries are reached. */
export interface HttpSourceOptions {
  /** Registries that need more than the defaults: TLS with the system's roots, the credentials below, no mirror. */
  readonly registries?: readonly RegistryOptions[] | undefined;
  /** How all others are reached. */
  readonly unlisted?: ServerOptions | undefined;
  /** For every registry and mirror that names no provider of its own. Default: anonymous. */
  readonly credentials?: CredentialsProvider | undefined;
  readonly clock?: Clock | undefined;
  /** How names become addresses. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
  /** When a server that does not answer is left alone, and who is told. */
  readonly silence?: Partial<SilenceOptions> | undefined;
  /** So many tries more there are in all, after answers that say when to ask again, for who has time. Default: none. */
  readonly patience?: number | undefined;
  /** Default: nobody is told of requests. */
  readonly observe?: RequestObserver | undefined;
}

/** Registries as a source, and what ends it. */
export interface HttpSource extends Source, AsyncDisposable {
  /** Ends every connection; reads under way fail. */
  close(): Promise<void>;
}

const accept = {
  manifests: [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
  ].join(", "),
  blobs: "*/*",
} as const;

const imageIndex = "application/vnd.oci.image.index.v1+json";

type ContentKind = keyof typeof accept;

interface ReadRequest {
  readonly url: URL;
  readonly accept: string;
  /** For messages. */
  readonly what: string;
}

interface Page {
  readonly body: Body;
  readonly from: URL;
  readonly link: string | string[] | undefined;
}

/** What every read needs. */
interface Client {
  readonly directory: RegistryDirectory;
  readonly authorized: ReturnType<typeof createAuthorizer>;
  readonly clock: Clock;
  readonly patience: Patience;
}

/**
 * Reads manifests and blobs from registries by digest, as the distribution specification says:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 *
 * Every answer is attacker-controlled. `Docker-Content-Digest` is not even read: `fetchVerified` hashes the bytes. Throws a
 * plain Error for options that contradict each other.
 *
 * @example
 * ```ts
 * import { parseDigest } from "./policies/digest.ts";
 * import { createHttpSource } from "./registry/remote/http-source.ts";
 *
 * await using source = createHttpSource({ registries: [{ host: "127.0.0.1:5000", plainHttp: true }] });
 * const digest = parseDigest(`sha256:${"0".repeat(64)}`);
 * if (digest === undefined) throw new Error("not a digest");
 * const body = await source.manifest("127.0.0.1:5000/acme/evals", digest, AbortSignal.timeout(10_000));
 * ```
 */
export function createHttpSource(options: HttpSourceOptions = {}): HttpSource {
  const { clock = systemClock } = options;
  const directory = createRegistryDirectory(
    options.registries ?? [],
    options.credentials ?? anonymousCredentials,
    options.lookup,
    options.observe,
    options.unlisted,
    { ...defaultSilence, ...options.silence },
  );
  const patience = { left: options.patience ?? 0 };
  const client: Client = { directory, authorized: createAuthorizer(clock), clock, patience };
  const close = (): Promise<void> => directory.close();
  return {
    manifest: (repository, digest, signal) => read(client, "manifests", repository, digest, signal),
    blob: (repository, digest, signal) => read(client, "blobs", repository, digest, signal),
    referrers: (repository, digest, signal) => listReferrers(client, repository, digest, signal),
    tagged: (repository, tag, signal) => readTagged(client, repository, tag, signal),
    scope: (repository) =>
      directory
        .endpoints(repository)
        .map(({ identity }) => identity.name)
        .join(" "),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function read(
  client: Client,
  kind: ContentKind,
  repository: string,
  reference: string,
  signal: AbortSignal,
): Promise<Body> {
  return readFromEither(client, repository, async (endpoint, maxRetries) => {
    const url = toContentUrl(endpoint, kind, reference);
    const page = await get(client, endpoint, maxRetries, { url, accept: accept[kind], what: reference }, signal);
    return page.body;
  });
}

/** From the mirror, where there is one, and from the registry where the mirror leaves it open. */
async function readFromEither<T>(
  { directory }: Client,
  repository: string,
  ask: (endpoint: Endpoint, maxRetries: number) => Promise<T>,
): Promise<T> {
  const [first, second] = directory.endpoints(repository);
  if (second === undefined) return readFromRegistry(directory, first, repository, ask);
  try {
    return await ask(first, 0);
  } catch (error) {
    if (!leavesOpen(error)) throw error;
    return readFromRegistry(directory, second, repository, ask);
  }
}

async function readFromRegistry<T>(
  directory: RegistryDirectory,
  endpoint: Endpoint,
  repository: string,
  ask: (endpoint: Endpoint, maxRetries: number) => Promise<T>,
): Promise<T> {
  const { maxRetries } = endpoint.settings;
  try {
    return await ask(endpoint, maxRetries);
  } catch (error) {
    const plain = directory.turnsOutPlain(endpoint, error) ? directory.endpoints(repository).at(-1) : undefined;
    if (plain === undefined) throw error;
    return ask(plain, maxRetries);
  }
}

function get(
  { authorized, clock, patience }: Client,
  endpoint: Endpoint,
  maxRetries: number,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Page> {
  const headers = { accept: request.accept, "accept-encoding": "identity", "user-agent": "assaygate" };
  const ask = async (): Promise<Page> => {
    const answer = await authorized(
      endpoint,
      (secret) => follow(endpoint, request.url, headers, secret, signal),
      signal,
    );
    if (answer.statusCode === 200)
      return { body: contentOf(endpoint, answer, signal), from: request.url, link: answer.headers.link };
    discard(answer);
    throw refusal(endpoint, request.what, answer, clock.now());
  };
  // What is not asked again has somebody else to be asked of, or is meant to be so.
  return withRetries(endpoint.name, maxRetries, clock, signal, ask, maxRetries === 0 ? undefined : patience);
}

/** The manifest that a tag names; undefined where there is none. */
async function readTagged(
  client: Client,
  repository: string,
  tag: string,
  signal: AbortSignal,
): Promise<Body | undefined> {
  try {
    return await read(client, "manifests", repository, tag, signal);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/**
 * Where the registry has no list of referrers, the tag that stands in for it. Where it has one and does not show it, the tag
 * first, and then why: whatever is there counts.
 */
async function* listReferrers(
  client: Client,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): AsyncGenerator<Body> {
  const list = (at: Endpoint, maxRetries: number, url: URL): Promise<Page> =>
    get(client, at, maxRetries, { url, accept: imageIndex, what: digest }, signal);
  let found: { readonly page: Page; readonly endpoint: Endpoint };
  try {
    found = await readFromEither(client, repository, async (endpoint, maxRetries) => ({
      endpoint,
      page: await list(endpoint, maxRetries, toContentUrl(endpoint, "referrers", digest)),
    }));
  } catch (error) {
    if (!saysThatThereIsNoList(error) && !(error instanceof StatusError)) throw error;
    const body = await readTagged(client, repository, digest.replace(":", "-"), signal);
    if (body !== undefined) yield body;
    if (saysThatThereIsNoList(error)) return;
    throw error;
  }
  const { endpoint } = found;
  for (let { page } = found; ;) {
    yield page.body;
    const next = nextPage(page, endpoint);
    if (next === undefined) return;
    page = await list(endpoint, endpoint.settings.maxRetries, next);
  }
}

/** True where a mirror said nothing that binds the registry itself. */
function leavesOpen(error: unknown): boolean {
  return error instanceof RegistryError && error.failure.kind !== "refused";
}

/** What an answer that is not the content means. Only 404 says that the registry does not hold it. */
function refusal(
  { name, identity }: Endpoint,
  wanted: string,
  answer: CredentialedAnswer,
  nowMs: number,
): RegistryError {
  const { statusCode, headers, own, shown } = answer;
  const what = own ? `${name} answered` : `${name} redirected to a server that answered`;
  if (statusCode === 404) return absent(`${name} shows no ${shortenDigest(wanted)} in this repository to ${shown}`);
  if (statusCode === 401 || statusCode === 403)
    return new StatusError("denied", withRemedy(`${what} ${showStatus(statusCode)} to ${shown}`, identity), answer);
  if (statusCode === 429 || (statusCode >= 500 && statusCode !== 501))
    return new TransientError(`${what} ${showStatus(statusCode)}`, retryAfterMs(headers["retry-after"], nowMs));
  return new StatusError("no-answer", `${what} ${showStatus(statusCode)}`, answer);
}

function isAbsent(error: unknown): boolean {
  return error instanceof RegistryError && error.failure.kind === "absent";
}

/** A status that another try will not change. */
class StatusError extends RegistryError {
  /** Whether somebody was let in nowhere, by the registry itself. */
  readonly isDenial: boolean;

  constructor(reason: UnavailableReason, message: string, { statusCode, own }: Answer) {
    super({ kind: "unavailable", reason, message });
    this.isDenial = own && (statusCode === 401 || statusCode === 403);
  }
}

/**
 * True for what a registry says that knows no list of referrers: any status but a denial, an overload or a failure; a page for
 * people, wherever it is; content that nothing can be read from. As other clients have it, which take 400, 404 and 406 so, and
 * whatever is no image index. https://github.com/google/go-containerregistry/blob/main/pkg/v1/remote/referrers.go
 */
function saysThatThereIsNoList(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (error instanceof StatusError) return !error.isDenial;
  return error.failure.kind !== "unavailable" || error instanceof RedirectError;
}

/** The next page of a list, which must be the same server's. https://www.rfc-editor.org/rfc/rfc8288 */
function nextPage({ from, link }: Page, { origin }: Endpoint): URL | undefined {
  const [, target] = /^\s*<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(typeof link === "string" ? link : "") ?? [];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const url = new URL(target, from);
  if (url.origin !== origin) throw unavailable("no-answer", "the list of referrers goes on at another server");
  return url;
}
