import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { SecureContext } from "node:tls";
import { type AddressKind, classifyAddress, classifyName } from "./address.ts";
import type { ChooseProxy, ForwardProxy } from "./proxies.ts";
import { AddressRefused } from "./errors.ts";
import { openTunnel } from "./tunnel.ts";
import { buildConnector } from "./undici.ts";

/** Where connections may lead, through whom, and how long they may take. */
export interface ConnectOptions {
  /** Kinds of address that are not connected to, unless the host is listed. */
  readonly forbidden: readonly AddressKind[];
  /** `host` or `host:port` that may have any address. */
  readonly listedHosts: readonly string[];
  /** What certificates are checked by. */
  readonly secureContext: () => SecureContext;
  readonly chooseProxy: ChooseProxy;
  readonly timeoutMs: number;
  /** How names become addresses. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
}

type Target = Pick<buildConnector.Options, "hostname" | "port" | "protocol">;

/**
 * Opens sockets only to addresses that are allowed. What is checked is what is connected: the answer of the one lookup that
 * the socket uses, and literals, which are never looked up. A name that changes its address in between gains nothing. Where a
 * proxy resolves the name, nobody here sees an address: then literals and names that mean the inside are refused.
 * HTTP/1.1 only, so that giving up on a body always ends its connection.
 */
export function createGuardedConnector(options: ConnectOptions): buildConnector.connector {
  const { lookup = systemLookup, chooseProxy, forbidden } = options;
  const refuses = (address: string): boolean => forbidden.includes(classifyAddress(address));
  const open = createConnector(options, lookup);
  const guarded = createConnector(options, guardedLookup(lookup, refuses));
  return (target, callback) => {
    const proxy = chooseProxy(toUrl(target));
    const problem = findRefusal(options, target, proxy !== undefined);
    if (problem !== undefined) return callback(problem, null);
    if (proxy !== undefined) return void connectThrough(proxy, options, open, target, callback);
    return (isListed(options.listedHosts, target) ? open : guarded)(target, callback);
  };
}

/** Why a target is not connected to, as far as its own text says. */
export function findRefusal(
  { forbidden, listedHosts }: Pick<ConnectOptions, "forbidden" | "listedHosts">,
  target: Target,
  isProxied: boolean,
): AddressRefused | undefined {
  const { hostname } = target;
  if (isListed(listedHosts, target)) return undefined;
  const isLiteral = isIP(hostname) !== 0;
  if (isLiteral) return forbidden.includes(classifyAddress(hostname)) ? refusal(hostname) : undefined;
  return isProxied && forbidden.includes(classifyName(hostname)) ? refusal(hostname) : undefined;
}

/** TLS is set up at the first connection that speaks it. */
function createConnector(options: ConnectOptions, lookup: LookupFunction): buildConnector.connector {
  const base = { timeout: options.timeoutMs, allowH2: false, lookup };
  const plain = buildConnector(base);
  let secure: buildConnector.connector | undefined;
  return (target, callback) => {
    if (target.protocol !== "https:") return plain(target, callback);
    secure ??= buildConnector({ ...base, secureContext: options.secureContext() });
    return secure(target, callback);
  };
}

async function connectThrough(
  proxy: ForwardProxy,
  options: ConnectOptions,
  secure: buildConnector.connector,
  target: buildConnector.Options,
  callback: buildConnector.Callback,
): Promise<void> {
  try {
    const httpSocket = await openTunnel(proxy, toAuthority(target), options);
    secure({ ...target, httpSocket }, callback);
  } catch (error) {
    callback(error instanceof Error ? error : new Error("no tunnel", { cause: error }), null);
  }
}

function guardedLookup(lookup: LookupFunction, refuses: (address: string) => boolean): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    lookup(hostname, lookupOptions, (error, found, family) => {
      if (error !== null) return callback(error, found, family);
      const addresses = typeof found === "string" ? [found] : found.map(({ address }) => address);
      return addresses.some(refuses) ? callback(refusal(hostname), "") : callback(null, found, family);
    });
  };
}

function isListed(listed: readonly string[], target: Target): boolean {
  if (listed.length === 0) return false;
  return listed.includes(bracket(target.hostname)) || listed.includes(toAuthority(target));
}

/** `host:port`, the port always written. */
function toAuthority({ hostname, port, protocol }: Target): string {
  return `${bracket(hostname)}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
}

function toUrl(target: Target): URL {
  return new URL(`${target.protocol}//${toAuthority(target)}`);
}

function bracket(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

function refusal(host: string): AddressRefused {
  return new AddressRefused(`${host} has an address that is not allowed`);
}
