import { accessSync, constants } from "node:fs";
import { getErrorCode } from "../runtime/error-code.ts";
import { readTextFile } from "../runtime/read-text-file.ts";
import { parseNoProxy } from "../registry/remote/network/no-proxy.ts";
import {
  createProxyChoice,
  type ChooseProxy,
  type ForwardProxy,
  findNoProxy,
  parseProxy,
  ProxyError,
  readProxyVariables,
  withLogin,
} from "../registry/remote/network/proxies.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import type { ProxyConfig } from "./network-config.ts";

/** How servers outside the cluster are reached, unless something else is said of one of them. */
export interface Network {
  readonly chooseProxy: ChooseProxy;
  /** PEM text of authorities that are trusted besides the system's. */
  readonly ca: string | undefined;
}

/** What the configuration says, and for proxies the environment where it says nothing. Throws ConfigError. */
export function readNetwork(
  { proxy, caFile, ownCaFile }: Pick<Config, "proxy" | "caFile"> & { readonly ownCaFile?: string },
  environment: NodeJS.ProcessEnv,
): Network {
  checkSystemAuthorities(environment);
  const chooseProxy = asConfigError("the environment", () =>
    proxy === undefined ? readProxyVariables(environment) : chooseConfigured(proxy),
  );
  return { chooseProxy, ca: join(readAuthorities(caFile), readAuthorities(ownCaFile)) };
}

/** How one server is reached: as it says itself, and otherwise as all are. Throws ConfigError. */
export function readOwnNetwork(
  own: {
    readonly proxy?: string | undefined;
    readonly proxyCredentialsFile?: string | undefined;
    readonly caFile?: string | undefined;
  },
  shared: Network,
): Network {
  const ca = join(shared.ca, readAuthorities(own.caFile));
  if (own.proxy === undefined) return { ca, chooseProxy: shared.chooseProxy };
  if (own.proxy === "None") return { ca, chooseProxy: findNoProxy };
  const proxy = signIn(
    asConfigError("proxy", () => parseProxy(own.proxy ?? "")),
    own.proxyCredentialsFile,
  );
  return { ca, chooseProxy: () => proxy };
}

function chooseConfigured({ https, http, noProxy: exempt, credentialsFile }: ProxyConfig): ChooseProxy {
  const read = (text: string | undefined): ForwardProxy | undefined =>
    text === undefined ? undefined : signIn(parseProxy(text), credentialsFile);
  return createProxyChoice({ https: read(https), http: read(http), isExempt: parseNoProxy(exempt) });
}

function signIn(proxy: ForwardProxy, file: string | undefined): ForwardProxy {
  if (file === undefined) return proxy;
  const text = readTextFile(file, (message, cause) => new ConfigError(message, { cause }));
  return asConfigError(file, () => withLogin(proxy, text));
}

function asConfigError<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProxyError)) throw cause;
    throw new ConfigError(`${where}: ${cause.message}`, { cause });
  }
}

function join(...pems: readonly (string | undefined)[]): string | undefined {
  const given = pems.filter((pem) => pem !== undefined);
  return given.length === 0 ? undefined : given.join("\n");
}

function readAuthorities(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const pem = readTextFile(file, (message, cause) => new ConfigError(message, { cause }));
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new ConfigError(`${file}: holds no certificate: expected PEM, -----BEGIN CERTIFICATE-----`);
}

/** Node takes a store that is not there for an empty one, and then nothing is trusted without anybody being told why. */
function checkSystemAuthorities({ SSL_CERT_FILE: file = "" }: NodeJS.ProcessEnv): void {
  if (file === "") return;
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    throw new ConfigError(`SSL_CERT_FILE: ${file} cannot be read (${getErrorCode(cause) ?? "unknown error"})`, {
      cause,
    });
  }
}
