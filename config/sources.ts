import { readFileSync } from "node:fs";
import { getErrorCode } from "../runtime/error-code.ts";
import {
  listComplaintsAboutFile,
  dockerConfigFileCredentials,
} from "../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource, type HttpSourceOptions } from "../registry/remote/http-source.ts";
import { createRegistryDirectory, type RegistryDirectory } from "../registry/remote/directory.ts";
import { anonymousCredentials, type CredentialsProvider } from "../registry/remote/authorization/credentials.ts";
import type { RegistryOptions } from "../registry/remote/registry.ts";
import { createLayoutSource } from "../registry/layout/layout-source.ts";
import type { SilenceObserver } from "../registry/remote/silence.ts";
import type { RequestObserver } from "../registry/remote/transport.ts";
import type { Source } from "../registry/source.ts";
import type { Config, RegistryConfig } from "./config.ts";
import { ConfigError } from "./load-config.ts";

/** A source that holds connections. */
export interface ClosableSource extends Source {
  close(): Promise<void>;
}

type SourceConfig = Pick<Config, "layout" | "registries" | "credentials">;

/** Where the configured gate reads evidence: one layout for everything, or each registry in its own way. `environment` is that of credential helpers; `observe` is told of every request to a registry, `silence` of those that do not answer. */
export function createSource(
  { layout, registries, credentials }: SourceConfig,
  environment: NodeJS.ProcessEnv,
  observe?: RequestObserver,
  silence?: SilenceObserver,
): ClosableSource {
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
    ...toHttpOptions({ registries: overHttp, credentials }, environment),
  });
  const sourceOf = (repository: string): Source => layouts.get(repository.slice(0, repository.indexOf("/"))) ?? http;
  return {
    manifest: (repository, digest, signal) => sourceOf(repository).manifest(repository, digest, signal),
    blob: (repository, digest, signal) => sourceOf(repository).blob(repository, digest, signal),
    referrers: (repository, digest, signal) => sourceOf(repository).referrers(repository, digest, signal),
    tagged: (repository, tag, signal) => sourceOf(repository).tagged(repository, tag, signal),
    scope: (repository) => sourceOf(repository).scope(repository),
    close: () => http.close(),
  };
}

/** How the configured registries are reached, and as whom. */
export function toHttpOptions(
  { registries, credentials }: Pick<Config, "registries" | "credentials">,
  environment: NodeJS.ProcessEnv,
): HttpSourceOptions {
  return { registries: registries.map(toOptions), credentials: credentialsIn(credentials, environment) };
}

/** The configured registries, for those who write to one: layouts are not among them. A write may take as long as `requestTimeoutMs`. */
export function createDirectory(
  { registries, credentials }: Pick<Config, "registries" | "credentials">,
  environment: NodeJS.ProcessEnv,
  requestTimeoutMs: number,
): RegistryDirectory {
  const options = registries.map((registry) => ({
    ...toOptions(registry),
    requestTimeoutMs: Math.max(requestTimeoutMs, registry.requestTimeoutMs),
  }));
  const provider = credentialsIn(credentials, environment);
  return createRegistryDirectory(options, provider, undefined, undefined, { requestTimeoutMs });
}

function credentialsIn(
  { dockerConfigFile, helpers }: Config["credentials"],
  environment: NodeJS.ProcessEnv,
): CredentialsProvider {
  if (dockerConfigFile === undefined) return anonymousCredentials;
  return readDockerConfig(dockerConfigFile, (file) =>
    dockerConfigFileCredentials(file, helpers ? { helpers: { environment } } : {}),
  );
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

function toOptions({
  host,
  url,
  mirror,
  plainHttp,
  caFile,
  tokenRealms,
  redirectHosts,
  connectTimeoutMs,
  requestTimeoutMs,
  retries,
}: RegistryConfig): RegistryOptions {
  return {
    host,
    url,
    plainHttp,
    ca: readPem(caFile),
    mirror: mirror && {
      url: mirror.url,
      plainHttp: mirror.plainHttp,
      ca: readPem(mirror.caFile),
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

function readPem(file: string | undefined): string | undefined {
  return file === undefined ? undefined : readFileSync(file, "utf8");
}
