import type { LookupFunction } from "node:net";
import type { Digest } from "../../policies/digest.ts";
import { shortDigest } from "../../policies/digest.ts";
import { absent, EvidenceError, unavailable } from "../errors.ts";
import type { Body, Source } from "../source.ts";
import { type Answered, createAuthorizer } from "./authorize.ts";
import { contentOf, discard } from "./body.ts";
import { type Clock, systemClock } from "./clock.ts";
import { anonymousCredentials, type CredentialsProvider } from "./credentials.ts";
import { createRegistryDirectory } from "./directory.ts";
import { contentUrl, type Endpoint } from "./endpoint.ts";
import { statusText, TransientError } from "./failure.ts";
import { limits } from "../limits.ts";
import { type Answer, follow } from "./redirect.ts";
import type { RegistryOptions } from "./registry.ts";
import { retryAfterMs, withRetries } from "./retry.ts";
import { defaultSilence, type SilenceOptions } from "./silence.ts";
import type { RequestObserver } from "./transport.ts";

export interface HttpSourceOptions {
  /** Registries that need more than the defaults: TLS with the system's roots, the credentials below, no mirror. */
  readonly registries?: readonly RegistryOptions[] | undefined;
  /** For every registry and mirror that names no provider of its own. Default: anonymous. */
  readonly credentials?: CredentialsProvider | undefined;
  readonly clock?: Clock | undefined;
  /** How names become addresses. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
  /** When a server that does not answer is left alone, and who is told. */
  readonly silence?: Partial<SilenceOptions> | undefined;
  /** Default: nobody is told of requests. */
  readonly observe?: RequestObserver | undefined;
}

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

interface Asked {
  readonly url: URL;
  readonly accept: string;
  /** For messages. */
  readonly what: string;
}

interface Got {
  readonly body: Body;
  readonly next: URL | undefined;
}

/**
 * Reads manifests and blobs from registries by digest, as the distribution specification says:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 *
 * Every answer is attacker-controlled. `Docker-Content-Digest` is not even read: `fetchVerified` hashes the bytes. Throws a
 * plain Error for options that contradict each other.
 */
export function createHttpSource(options: HttpSourceOptions = {}): HttpSource {
  const { clock = systemClock } = options;
  const directory = createRegistryDirectory(
    options.registries ?? [],
    options.credentials ?? anonymousCredentials,
    options.lookup,
    options.observe,
    {},
    { ...defaultSilence, ...options.silence },
  );
  const authorized = createAuthorizer(clock);

  /** From the mirror, where there is one, and from the registry where the mirror leaves it open. */
  async function fromEither<T>(
    repository: string,
    ask: (endpoint: Endpoint, maxRetries: number) => Promise<T>,
  ): Promise<T> {
    const [first, second] = directory.endpoints(repository);
    if (second === undefined) return ask(first, first.settings.maxRetries);
    try {
      return await ask(first, 0);
    } catch (error) {
      if (!leavesOpen(error)) throw error;
      return ask(second, second.settings.maxRetries);
    }
  }

  const read = (kind: ContentKind, repository: string, reference: string, signal: AbortSignal): Promise<Body> =>
    fromEither(repository, async (endpoint, maxRetries) => {
      const url = contentUrl(endpoint, kind, reference);
      return (await get(endpoint, maxRetries, { url, accept: accept[kind], what: reference }, signal)).body;
    });

  function get(endpoint: Endpoint, maxRetries: number, asked: Asked, signal: AbortSignal): Promise<Got> {
    const headers = { accept: asked.accept, "accept-encoding": "identity", "user-agent": "assaygate" };
    return withRetries(endpoint.name, maxRetries, clock, signal, async () => {
      const answer = await authorized(
        endpoint,
        (secret) => follow(endpoint, asked.url, headers, secret, signal),
        signal,
      );
      if (answer.statusCode === 200)
        return { body: contentOf(endpoint, answer, signal), next: nextPage(answer, asked.url, endpoint) };
      discard(answer);
      throw refusal(endpoint, asked.what, answer, clock.now());
    });
  }

  /** The manifest that a tag names; undefined where there is none. */
  async function tagged(repository: string, tag: string, signal: AbortSignal): Promise<Body | undefined> {
    try {
      return await read("manifests", repository, tag, signal);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Where the registry has no list of referrers, the tag that stands in for it. */
  async function* referrers(repository: string, digest: Digest, signal: AbortSignal): AsyncGenerator<Body> {
    const { first, endpoint } = await fromEither(repository, async (at, maxRetries) => {
      const asked = { url: contentUrl(at, "referrers", digest), accept: imageIndex, what: digest };
      try {
        return { endpoint: at, first: await get(at, maxRetries, asked, signal) };
      } catch (error) {
        if (error instanceof NoListError || isAbsent(error)) return { endpoint: at, first: undefined };
        throw error;
      }
    });
    if (first === undefined) {
      const body = await tagged(repository, digest.replace(":", "-"), signal);
      if (body !== undefined) yield body;
      return;
    }
    yield first.body;
    let { next } = first;
    for (let page = 1; next !== undefined; page += 1) {
      if (page === limits.referrerPages)
        throw unavailable(
          "REGISTRY_UNAVAILABLE",
          `${endpoint.name} lists more than ${limits.referrerPages} pages of referrers`,
        );
      const asked = { url: next, accept: imageIndex, what: digest };
      const got: Got = await get(endpoint, endpoint.settings.maxRetries, asked, signal);
      yield got.body;
      next = got.next;
    }
  }

  const close = (): Promise<void> => directory.close();
  return {
    manifest: (repository, digest, signal) => read("manifests", repository, digest, signal),
    blob: (repository, digest, signal) => read("blobs", repository, digest, signal),
    referrers,
    tagged,
    scope: (repository) =>
      directory
        .endpoints(repository)
        .map(({ identity }) => identity.name)
        .join(" "),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** True where a mirror said nothing that binds the registry itself. */
function leavesOpen(error: unknown): boolean {
  return error instanceof EvidenceError && error.evidence.kind !== "refused";
}

/** What an answer that is not the content means. Only 404 says that the registry does not hold it. */
function refusal({ name }: Endpoint, wanted: string, answer: Answered, nowMs: number): EvidenceError {
  const { statusCode, headers, own, shown } = answer;
  const what = own ? `${name} answered` : `${name} redirected to a server that answered`;
  if (statusCode === 404) return absent(`${name} shows no ${shortDigest(wanted)} in this repository to ${shown}`);
  if (statusCode === 401 || statusCode === 403)
    return unavailable("REGISTRY_DENIED", `${what} ${statusText(statusCode)} to ${shown}`);
  if (statusCode === 405 || statusCode === 501) return new NoListError(`${what} ${statusText(statusCode)}`);
  if (statusCode === 429 || statusCode >= 500)
    return new TransientError(`${what} ${statusText(statusCode)}`, retryAfterMs(headers["retry-after"], nowMs));
  return unavailable("REGISTRY_UNAVAILABLE", `${what} ${statusText(statusCode)}`);
}

function isAbsent(error: unknown): boolean {
  return error instanceof EvidenceError && error.evidence.kind === "absent";
}

/** As the answers of registries that know no list of referrers. For anything else it is a failure like another. */
class NoListError extends EvidenceError {
  constructor(message: string) {
    super({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message });
  }
}

/** The next page of a list, which must be the same server's. https://www.rfc-editor.org/rfc/rfc8288 */
function nextPage({ headers: { link } }: Answer, from: URL, { origin }: Endpoint): URL | undefined {
  const [, target] = /^\s*<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(typeof link === "string" ? link : "") ?? [];
  if (target === undefined || !URL.canParse(target, from.href)) return undefined;
  const url = new URL(target, from);
  if (url.origin !== origin)
    throw unavailable("REGISTRY_UNAVAILABLE", "the list of referrers goes on at another server");
  return url;
}
