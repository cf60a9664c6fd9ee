import type { CredentialsProvider } from "./authorization/credentials.ts";
import { type ChooseProxy, findNoProxy } from "./network/proxies.ts";

/** How one server that speaks the distribution protocol is reached. Plain data, except for the credentials' provider. */
export interface ServerOptions {
  /** True: speak HTTP without TLS. Never guessed, and never fallen back to. Default false. */
  readonly plainHttp?: boolean | undefined;
  /** True: but fall back to it on this machine, with a registry that knows no TLS. For a person's own commands. Default false. */
  readonly plainHttpOnThisMachine?: boolean | undefined;
  /** PEM certificates trusted for this server besides the system's. */
  readonly ca?: string | undefined;
  /** Default: the source's own provider. */
  readonly credentials?: CredentialsProvider | undefined;
  /** Origins, such as `https://auth.example.com`, that may issue tokens for this server besides itself. */
  readonly tokenRealms?: readonly string[] | undefined;
  /** Hosts, `host` or `host:port`, that may be reached at addresses which are not public. */
  readonly redirectHosts?: readonly string[] | undefined;
  /** Through which proxies it, and whatever it sends the gate to, are asked. Default: through none. */
  readonly chooseProxy?: ChooseProxy | undefined;
  /** From the first packet to the end of the TLS handshake. Default 3000. */
  readonly connectTimeoutMs?: number | undefined;
  /** For one try: until the answer's headers, and then between two pieces of its body. Default 5000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Further tries after 429, 5xx or a broken connection. Default 2. */
  readonly maxRetries?: number | undefined;
}

/** One registry, under the name that references give it. */
export interface RegistryOptions extends ServerOptions {
  /** `host[:port]` exactly as references spell it. */
  readonly host: string;
  /** Where its API is, if not at `https://<host>`. A path in it is a prefix of every repository's path. */
  readonly url?: string | undefined;
  /** Asked first. What it cannot answer is asked of the registry itself. */
  readonly mirror?: MirrorOptions | undefined;
}

/** A mirror is a server of its own: it gets its own credentials, looked up under its own host, and never the registry's. */
export interface MirrorOptions extends ServerOptions {
  /** As {@link RegistryOptions.url}: `https://harbor.internal/quay-proxy` holds quay.io/a/b at quay-proxy/a/b. */
  readonly url: string;
}

/** The options with every default filled in. */
export type Settings = Pick<ServerOptions, Optional> & {
  readonly [Name in Exclude<keyof ServerOptions, Optional>]-?: NonNullable<ServerOptions[Name]>;
};

type Optional = "ca" | "credentials";

/** Every timeout is well inside the 10 seconds that Kubernetes gives a webhook by default. */
export function resolveSettings(options: ServerOptions): Settings {
  return {
    plainHttp: options.plainHttp ?? false,
    plainHttpOnThisMachine: options.plainHttpOnThisMachine ?? false,
    ca: options.ca,
    credentials: options.credentials,
    tokenRealms: options.tokenRealms ?? [],
    redirectHosts: options.redirectHosts ?? [],
    chooseProxy: options.chooseProxy ?? findNoProxy,
    connectTimeoutMs: options.connectTimeoutMs ?? 3000,
    requestTimeoutMs: options.requestTimeoutMs ?? 5000,
    maxRetries: options.maxRetries ?? 2,
  };
}

/** Docker Hub's names. Its API has a host of its own: https://docs.docker.com/reference/api/registry/latest/ */
export const dockerHub = {
  hosts: ["docker.io", "index.docker.io", "registry-1.docker.io"] as readonly string[],
  api: "https://registry-1.docker.io",
  /** The key under which `docker login` stores its credentials. */
  authKey: "https://index.docker.io/v1/",
} as const;
