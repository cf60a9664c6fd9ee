import { BlockList, isIP } from "node:net";

/** Whether a URL's host is asked without a proxy. */
export type IsExempt = (url: URL) => boolean;

interface Entry {
  /** Undefined: any. */
  readonly port: string | undefined;
  covers(host: string): boolean;
}

/**
 * What `NO_PROXY` means to Go's and Node's tools: `example.com` and `.example.com` for a name and all below it, `*.example.com` for
 * what is below it, an address, a range such as `10.0.0.0/8`, `*` for everything, each but the range with `:port` where only
 * that is meant. Names are compared as they are written and never resolved. This machine (localhost, 127.0.0.0/8, ::1) is never
 * asked through a proxy, as Go has it. An entry that is none of these covers nothing.
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy
 */
export function parseNoProxy(entries: readonly string[]): IsExempt {
  const parsed = entries.map(parseEntry).filter((entry) => entry !== undefined);
  return (url) => {
    const host = getHost(url);
    if (isThisMachine(host)) return true;
    return parsed.some(({ port, covers }) => (port === undefined || port === getPort(url)) && covers(host));
  };
}

/** True for what {@link parseNoProxy} understands. */
export function isNoProxyEntry(text: string): boolean {
  return parseEntry(text) !== undefined;
}

/** The host of a URL without brackets and without the dot that ends a full name. */
export function getHost({ hostname }: Pick<URL, "hostname">): string {
  return hostname.replace(/^\[(.+)\]$/, "$1").replace(/^(.+)\.$/, "$1");
}

/** True for a host that leads nowhere but to this machine, without asking anybody. */
export function isThisMachine(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  const family = isIP(host);
  return family !== 0 && loopback.check(host, family === 4 ? "ipv4" : "ipv6");
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function getPort({ port, protocol }: URL): string {
  return port === "" ? (protocol === "https:" ? "443" : "80") : port;
}

function parseEntry(text: string): Entry | undefined {
  const [, address, bits] = /^([0-9a-fA-F:.]+)\/([0-9]{1,3})$/.exec(text) ?? [];
  if (address !== undefined) return parseRange(address, Number(bits));
  if (isIP(text) !== 0) return { port: undefined, covers: sameAddress(text) };
  const [, name = "", port] = /^(\[[0-9a-fA-F:.]+\]|[^[\]:/\s]+)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  if (name === "*") return { port, covers: () => true };
  const plain = name.replace(/^\[(.+)\]$/, "$1");
  if (isIP(plain) !== 0) return { port, covers: sameAddress(plain) };
  return parseName(name, port);
}

function parseRange(address: string, bits: number): Entry | undefined {
  const family = isIP(address);
  if (family === 0 || bits > (family === 4 ? 32 : 128)) return undefined;
  const range = new BlockList();
  range.addSubnet(address, bits, family === 4 ? "ipv4" : "ipv6");
  const covers = (host: string): boolean => isIP(host) !== 0 && range.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
  return { port: undefined, covers };
}

/** Addresses have several spellings. */
function sameAddress(address: string): Entry["covers"] {
  return parseRange(address, isIP(address) === 4 ? 32 : 128)?.covers ?? (() => false);
}

function parseName(name: string, port: string | undefined): Entry | undefined {
  const [, prefix, rest = ""] = /^(\*?\.)?([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?$/i.exec(name) ?? [];
  if (rest === "") return undefined;
  const own = rest.toLowerCase();
  return { port, covers: (host) => host.endsWith(`.${own}`) || (prefix !== "*." && host === own) };
}
