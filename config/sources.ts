import { getErrorCode } from "../runtime/error-code.ts";
import {
  listComplaintsAboutFile,
  createDockerConfigFileCredentials,
} from "../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource, type HttpSourceOptions } from "../registry/remote/http-source.ts";
import { createRegistryDirectory, type RegistryDirectory } from "../registry/remote/directory.ts";
import { anonymousCredentials, type CredentialsProvider } from "../registry/remote/authorization/credentials.ts";
import { dockerHub, type RegistryOptions } from "../registry/remote/registry.ts";
import { createLayoutSource } from "../registry/layout/layout-source.ts";
import type { SilenceObserver } from "../registry/remote/silence.ts";
import type { RequestObserver } from "../registry/remote/transport.ts";
import type { Source } from "../registry/source.ts";
import type { Config, RegistryConfig } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { type Network, readNetwork, readOwnNetwork } from "./network.ts";

/** A source that holds connections. */
export interface ClosableSource extends Source {
  close(): Promise<void>;
}

/** A configuration, and what a command's options say besides. */
export type AccessConfig = Config & Besides;

interface Besides {
  /** Every registry is asked without TLS, those that the configuration does not name, too. */
  readonly plainHttp?: boolean;
  /** As `caFile`, and besides it. */
  readonly ownCaFile?: string;
  /** A person's command, and no gate's: a registry on this machine is treated as Docker treats it. */
  readonly isByHand?: boolean;
  /** Logins come from where `docker login` puts them. */
  readonly hasDockerLogins?: boolean;
  /** Nobody waits for the answer: registries that say when to ask again are asked again, so often in all. */
  readonly patience?: number;
}

type HttpConfig = Pick<Config, "registries" | "credentials" | "proxy" | "caFile"> & Besides;
type SourceConfig = HttpConfig & Pick<Config, "layout">;

/** Where the configured gate reads evidence: one layout for everything, or each registry in its own way. `environment` is that of credential helpers, and names proxies; `observe` is told of every request to a registry, `silence` of those that do not answer. */
export function createSource(
  config: SourceConfig,
  environment: NodeJS.ProcessEnv,
  observe?: RequestObserver,
  silence?: SilenceObserver,
): ClosableSource {
  const { layout, registries } = config;
  if (layout !== undefined) return { ...createLayoutSource(layout), close: () => Promise.resolve() };
  const layouts = new Map(
    registries.flatMap((registry) =>
      registry.layout === undefined ? [] : [[registry.host, createLayoutSource(registry.layout)] as const],
    ),
  );
  const overHttp = registries.filter(({ host }) => !layouts.has(host));
  const http = createHttpSource({
    observe,
    silence: silence && { observer: silence },
    ...toHttpOptions({ ...config, registries: overHttp }, environment),
  });
  const findSource = (repository: string): Source => layouts.get(repository.slice(0, repository.indexOf("/"))) ?? http;
  return {
    manifest: (repository, digest, signal) => findSource(repository).manifest(repository, digest, signal),
    blob: (repository, digest, signal) => findSource(repository).blob(repository, digest, signal),
    referrers: (repository, digest, signal) => findSource(repository).referrers(repository, digest, signal),
    tagged: (repository, tag, signal) => findSource(repository).tagged(repository, tag, signal),
    scope: (repository) => findSource(repository).scope(repository),
    close: () => http.close(),
  };
}

/** How registries are reached, the configured ones and others, and as whom. Throws ConfigError. */
export function toHttpOptions(config: HttpConfig, environment: NodeJS.ProcessEnv): HttpSourceOptions {
  const network = readNetwork(config, environment);
  const plainHttpOnThisMachine = config.isByHand;
  return {
    registries: config.registries.map((registry) => ({ ...toOptions(registry, network), plainHttpOnThisMachine })),
    unlisted: { ...network, plainHttp: config.plainHttp, plainHttpOnThisMachine },
    patience: config.patience,
    credentials: createCredentials(config, environment),
  };
}

/** The configured registries, for those who write to one: layouts are not among them. A write may take as long as `requestTimeoutMs`. */
export function createDirectory(
  config: HttpConfig,
  environment: NodeJS.ProcessEnv,
  requestTimeoutMs: number,
): RegistryDirectory {
  const network = readNetwork(config, environment);
  const options = config.registries.map((registry) => ({
    ...toOptions(registry, network),
    requestTimeoutMs: Math.max(requestTimeoutMs, registry.requestTimeoutMs),
  }));
  const provider = createCredentials(config, environment);
  return createRegistryDirectory(options, provider, undefined, undefined, { ...network, requestTimeoutMs });
}

function createCredentials(config: HttpConfig, environment: NodeJS.ProcessEnv): CredentialsProvider {
  const { dockerConfigFile, helpers } = config.credentials;
  const provider =
    dockerConfigFile === undefined
      ? anonymousCredentials
      : readDockerConfig(dockerConfigFile, (file) =>
          createDockerConfigFileCredentials(file, helpers ? { helpers: { environment } } : {}),
        );
  return { identify: (host, path) => ({ ...provider.identify(host, path), remedy: toRemedy(config, host) }) };
}

/** What somebody can do about a login that was refused, on this side: for messages. */
function toRemedy({ isByHand = false, hasDockerLogins = false }: HttpConfig, host: string): string {
  if (hasDockerLogins) return `sign in with docker login${dockerHub.hosts.includes(host) ? "" : ` ${host}`}`;
  if (isByHand) return "the configuration's own logins count: credentials.dockerConfigFile";
  const place = "credentials.dockerConfigFile (in the chart: registry.credentialsSecret)";
  return `what the gate signs in with is in ${place}, and never an imagePullSecret`;
}

/** What in the Docker config is passed over, or cannot be used, as sentences. Throws ConfigError. */
export function checkCredentials({ credentials }: Pick<Config, "credentials">): string[] {
  const { dockerConfigFile: file } = credentials;
  if (file === undefined) return [];
  return readDockerConfig(file, listComplaintsAboutFile);
}

function readDockerConfig<T>(file: string, read: (file: string) => T): T {
  try {
    return read(file);
  } catch (cause) {
    const why = getErrorCode(cause) ?? (cause instanceof Error ? cause.message : "unknown error");
    throw new ConfigError(`${file}: cannot be used as a Docker config (${why})`, { cause });
  }
}

function toOptions(registry: RegistryConfig, network: Network): RegistryOptions {
  const { host, url, mirror, plainHttp, tokenRealms, redirectHosts } = registry;
  const { connectTimeoutMs, requestTimeoutMs, retries } = registry;
  return {
    host,
    url,
    plainHttp,
    ...readOwnNetwork(registry, network),
    mirror: mirror && {
      url: mirror.url,
      plainHttp: mirror.plainHttp,
      ...readOwnNetwork(mirror, network),
      connectTimeoutMs,
      requestTimeoutMs,
    },
    tokenRealms,
    redirectHosts,
    connectTimeoutMs,
    requestTimeoutMs,
    maxRetries: retries,
  };
}
