import type { LookupFunction } from "node:net";
import type { Digest } from "../../policies/digest.ts";
import { shortDigest } from "../../policies/digest.ts";
import { absent, EvidenceError, unavailable } from "../errors.ts";
import type { Body, Source } from "../source.ts";
import { createAuthorizer } from "./authorize.ts";
import { contentOf, discard } from "./body.ts";
import { type Clock, systemClock } from "./clock.ts";
import { anonymousCredentials, type CredentialsProvider } from "./credentials.ts";
import { createRegistryDirectory } from "./directory.ts";
import { contentUrl, type Endpoint } from "./endpoint.ts";
import { statusText, TransientError } from "./failure.ts";
import { type Answer, follow } from "./redirect.ts";
import type { RegistryOptions } from "./registry.ts";
import { retryAfterMs, withRetries } from "./retry.ts";
import type { RequestObserver } from "./transport.ts";

export interface HttpSourceOptions {
  /** Registries that need more than the defaults: TLS with the system's roots, the credentials below, no mirror. */
  readonly registries?: readonly RegistryOptions[] | undefined;
  /** For every registry and mirror that names no provider of its own. Default: anonymous. */
  readonly credentials?: CredentialsProvider | undefined;
  readonly clock?: Clock | undefined;
  /** How names become addresses. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
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

type ContentKind = keyof typeof accept;

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
  );
  const authorized = createAuthorizer(clock);

  async function read(kind: ContentKind, repository: string, digest: Digest, signal: AbortSignal): Promise<Body> {
    const [first, second] = directory.endpoints(repository);
    if (second === undefined) return readFrom(first, first.settings.maxRetries, kind, digest, signal);
    try {
      return await readFrom(first, 0, kind, digest, signal);
    } catch (error) {
      if (!leavesOpen(error)) throw error;
      return readFrom(second, second.settings.maxRetries, kind, digest, signal);
    }
  }

  function readFrom(
    endpoint: Endpoint,
    maxRetries: number,
    kind: ContentKind,
    digest: Digest,
    signal: AbortSignal,
  ): Promise<Body> {
    const headers = { accept: accept[kind], "accept-encoding": "identity", "user-agent": "assaygate" };
    const url = contentUrl(endpoint, kind, digest);
    return withRetries(endpoint.name, maxRetries, clock, signal, async () => {
      const answer = await authorized(endpoint, (secret) => follow(endpoint, url, headers, secret, signal), signal);
      if (answer.statusCode === 200) return contentOf(endpoint, answer, signal);
      discard(answer);
      throw refusal(endpoint, digest, answer, clock.now());
    });
  }

  const close = (): Promise<void> => directory.close();
  return {
    manifest: (repository, digest, signal) => read("manifests", repository, digest, signal),
    blob: (repository, digest, signal) => read("blobs", repository, digest, signal),
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
function refusal({ name, identity }: Endpoint, digest: Digest, answer: Answer, nowMs: number): EvidenceError {
  const { statusCode, headers, own } = answer;
  const what = own ? `${name} answered` : `${name} redirected to a server that answered`;
  if (statusCode === 404) return absent(`${name} holds no ${shortDigest(digest)} in this repository`);
  if (statusCode === 401 || statusCode === 403)
    return unavailable("REGISTRY_DENIED", `${what} ${statusText(statusCode)} to ${identity.source}`);
  if (statusCode === 429 || statusCode >= 500)
    return new TransientError(`${what} ${statusText(statusCode)}`, retryAfterMs(headers["retry-after"], nowMs));
  return unavailable("REGISTRY_UNAVAILABLE", `${what} ${statusText(statusCode)}`);
}
