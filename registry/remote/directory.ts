import type { LookupFunction } from "node:net";
import { isRegistryHost, isRepositoryPath } from "../../policies/language/repository.ts";
import type { CredentialsProvider } from "./authorization/credentials.ts";
import { type Endpoint, createEndpoint, createMirrorServer, createOriginServer, type Server } from "./endpoint.ts";
import { type RegistryOptions, type ServerOptions, resolveSettings } from "./registry.ts";
import { withoutSilentServers, type SilenceOptions } from "./silence.ts";
import { mayBePlain, isNotTls } from "./this-machine.ts";
import { createTransport, type RequestObserver, type Transport } from "./transport.ts";

/** Where each repository is asked for. */
export interface RegistryDirectory {
  /** The servers for `host[:port]/path`, in the order in which they are asked: a mirror where there is one, the registry. */
  endpoints(repository: string): readonly [Endpoint] | readonly [Endpoint, Endpoint];
  /**
   * True where this failure shows that a registry on this machine knows no TLS, and nothing says that it does: then it is asked
   * by plain HTTP from now on, and the request may be made again.
   */
  turnsOutPlain(asked: Endpoint, failure: unknown): boolean;
  /** Ends every connection. */
  close(): Promise<void>;
}

/**
 * One transport for each server, so that none of them takes another's connections; safe defaults where `unlisted` gives none.
 * Throws a plain Error for options that contradict each other.
 */
export function createRegistryDirectory(
  registries: readonly RegistryOptions[],
  credentials: CredentialsProvider,
  lookup?: LookupFunction,
  observe?: RequestObserver,
  unlisted: ServerOptions = {},
  silence?: SilenceOptions,
): RegistryDirectory {
  const transports: Transport[] = [];
  const transport = (options: ServerOptions): Transport => {
    const made = createTransport(resolveSettings(options), lookup, observe);
    transports.push(made);
    return silence === undefined ? made : withoutSilentServers(made, silence);
  };
  const known = new Map(registries.map((options) => [options.host, readServers(options, transport)] as const));
  // Those who ask for repositories ask only for hosts that somebody configured, so these are few.
  const find = (host: string): Servers => {
    const servers = known.get(host) ?? readServers({ ...unlisted, host }, transport);
    known.set(host, servers);
    return servers;
  };
  return {
    endpoints(repository) {
      const { host, path } = split(repository);
      const { mirror, origin } = find(host);
      const own = createEndpoint(origin, path, credentials);
      return mirror === undefined ? [own] : [createEndpoint(mirror, path, credentials), own];
    },
    turnsOutPlain({ host, mirrorOf, settings: { plainHttp } }, failure) {
      const servers = mirrorOf === undefined && !plainHttp && isNotTls(failure) ? known.get(host) : undefined;
      const plain = servers && toPlain(servers);
      if (plain === undefined) return false;
      known.set(host, plain);
      return true;
    },
    async close() {
      await Promise.all(transports.map((each) => each.close()));
    },
  };
}

interface Servers {
  readonly options: RegistryOptions;
  readonly origin: Server;
  readonly mirror?: Server;
}

function readServers(options: RegistryOptions, transport: (options: ServerOptions) => Transport): Servers {
  const origin = createOriginServer(options, transport(options));
  if (options.mirror === undefined) return { options, origin };
  return { options, origin, mirror: createMirrorServer(options.host, options.mirror, transport(options.mirror)) };
}

/** The same, asked by plain HTTP; undefined where that may not be. */
function toPlain(servers: Servers): Servers | undefined {
  // Another request may have found it out in the meantime.
  if (servers.options.plainHttp === true) return servers;
  if (!mayBePlain(servers.options)) return undefined;
  const options = { ...servers.options, plainHttp: true };
  return { ...servers, options, origin: createOriginServer(options, servers.origin.transport) };
}

/** Repositories are parsed before they come here, from references and policies alike: another spelling is a bug. */
function split(repository: string): { host: string; path: string } {
  const slash = repository.indexOf("/");
  const host = repository.slice(0, Math.max(slash, 0));
  const path = repository.slice(slash + 1);
  if (!isRegistryHost(host) || !isRepositoryPath(path)) throw new TypeError("not a repository: host[:port]/path");
  return { host, path };
}
