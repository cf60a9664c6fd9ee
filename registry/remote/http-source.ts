import type { LookupFunction } from "node:net";
import type { Body, Source } from "../source.ts";
import { createAuthorizer } from "./authorization/authorize.ts";
import { anonymousCredentials, type CredentialsProvider } from "./authorization/credentials.ts";
import { type Clock, systemClock } from "./clock.ts";
import { createRegistryDirectory } from "./directory.ts";
import { toContentUrl, type Endpoint } from "./endpoint.ts";
import { listReferrers, readTagged } from "./reading/lists.ts";
import { accept, type Client, type ContentKind, get, isLeftOpen, readFromRegistry } from "./reading/read.ts";
import type { RegistryOptions, ServerOptions } from "./registry.ts";
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
    if (!isLeftOpen(error)) throw error;
    return readFromRegistry(directory, second, repository, ask);
  }
}
