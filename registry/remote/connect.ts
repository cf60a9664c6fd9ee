import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import type { buildConnector } from "undici";
import { type AddressKind, classifyAddress } from "./address.ts";

/** Where connections may lead, and how long they may take. */
export interface ConnectOptions {
  /** Kinds of address that are not connected to, unless the host is listed. */
  readonly forbidden: readonly AddressKind[];
  /** `host` or `host:port` that may have any address. */
  readonly listedHosts: readonly string[];
  /** Undefined: the system's roots. */
  readonly secureContext: SecureContext | undefined;
  readonly timeoutMs: number;
  /** How names become addresses. Default: the system's resolver. */
  readonly lookup?: LookupFunction | undefined;
}

/** The address that would have been connected to is one that this host may not have. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/**
 * Opens sockets only to addresses that are allowed. What is checked is what is connected: the answer of the one lookup that
 * the socket uses, and literals, which are never looked up. A name that changes its address in between gains nothing.
 * HTTP/1.1 only, so that giving up on a body always ends its connection. `build` is undici's.
 */
export function createGuardedConnector(
  options: ConnectOptions,
  build: typeof buildConnector,
): buildConnector.connector {
  const { forbidden, lookup = systemLookup, timeoutMs, secureContext } = options;
  const refuses = (address: string): boolean => forbidden.includes(classifyAddress(address));
  const base = { timeout: timeoutMs, allowH2: false, ...(secureContext === undefined ? {} : { secureContext }) };
  const open = build({ ...base, lookup });
  const guarded = build({ ...base, lookup: guardedLookup(lookup, refuses) });
  return (target, callback) => {
    if (isListed(options.listedHosts, target)) return open(target, callback);
    if (isIP(target.hostname) !== 0 && refuses(target.hostname)) return callback(refusal(target.hostname), null);
    return guarded(target, callback);
  };
}

/** The system's roots and these: made once for each registry, because parsing the roots takes milliseconds. */
export function trust(ca: string): SecureContext {
  return createSecureContext({ ca: [...getCACertificates("default"), ca] });
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

function isListed(listed: readonly string[], { hostname, port, protocol }: buildConnector.Options): boolean {
  if (listed.length === 0) return false;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const effectivePort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
  return listed.includes(host) || listed.includes(`${host}:${effectivePort}`);
}

function refusal(host: string): AddressRefused {
  return new AddressRefused(`${host} has an address that is not allowed`);
}
