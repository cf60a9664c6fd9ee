import { toBasicHeader } from "../authorization/credentials.ts";
import { type IsExempt, parseNoProxy } from "./no-proxy.ts";

/** A forward proxy: a server that connects to others on the gate's behalf, and resolves their names. */
export interface ForwardProxy {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The header of Proxy-Authorization; undefined for none. Never in a message. */
  readonly authorization: string | undefined;
}

/**
 * Says through which proxy a URL is asked for; undefined: through none. It goes by the URL's scheme, host and port alone, so
 * that whoever chooses a path chooses no proxy.
 */
export type ChooseProxy = (url: URL) => ForwardProxy | undefined;

/** A proxy that cannot be used. The message holds no secret, and does not say where it stands: the caller knows. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
}

/** Nobody is asked through a proxy. */
export const findNoProxy: ChooseProxy = () => undefined;

/** A proxy for each scheme, and what is asked without one. */
export function createProxyChoice(proxies: {
  readonly https: ForwardProxy | undefined;
  readonly http: ForwardProxy | undefined;
  readonly isExempt: IsExempt;
}): ChooseProxy {
  const { https, http, isExempt } = proxies;
  if (https === undefined && http === undefined) return findNoProxy;
  return (url) => {
    const proxy = url.protocol === "https:" ? https : http;
    return proxy === undefined || isExempt(url) ? undefined : proxy;
  };
}

/**
 * What the environment says: HTTPS_PROXY for https, HTTP_PROXY for http, NO_PROXY for what is asked without either. A name in
 * lower case goes before the same in upper case, as with curl, Python and Node. Throws ProxyError, which names the variable.
 */
export function readProxyVariables(environment: Readonly<Record<string, string | undefined>>): ChooseProxy {
  const find = (name: string): [string, string] | undefined =>
    [name.toLowerCase(), name]
      .map((one): [string, string] => [one, environment[one]?.trim() ?? ""])
      .find(([, value]) => value !== "");
  const read = (name: string): ForwardProxy | undefined => {
    const [variable, value] = find(name) ?? [];
    if (value === undefined) return undefined;
    try {
      return parseProxy(value.includes("://") ? value : `http://${value}`);
    } catch (cause) {
      if (!(cause instanceof ProxyError)) throw cause;
      throw new ProxyError(`${variable}: ${cause.message}`, { cause });
    }
  };
  const [, exempt = ""] = find("NO_PROXY") ?? [];
  const isExempt = parseNoProxy(exempt.split(/[,\s]+/).filter((entry) => entry !== ""));
  return createProxyChoice({ https: read("HTTPS_PROXY"), http: read("HTTP_PROXY"), isExempt });
}

/** `http://HOST:PORT`, with or without `USER:PASSWORD@`. Throws ProxyError, which repeats nothing of it. */
export function parseProxy(text: string): ForwardProxy {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new ProxyError(
      "expected a proxy as http://HOST:PORT or https://HOST:PORT; others, such as SOCKS, are not supported",
    );
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new ProxyError("expected a proxy as http://HOST:PORT, without a path");
  return { origin: url.origin, authorization: authorize(url) };
}

function authorize({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  try {
    return toBasicHeader(decodeURIComponent(username), decodeURIComponent(password));
  } catch (cause) {
    throw new ProxyError("the proxy's user name or password holds a % that encodes nothing: write %25 for it", {
      cause,
    });
  }
}

/** The proxy with the login that a file holds: one line, `USER:PASSWORD`. Throws ProxyError, which repeats nothing of it. */
export function withLogin({ origin }: ForwardProxy, text: string): ForwardProxy {
  const line = text.replace(/\r?\n$/, "");
  const colon = line.indexOf(":");
  if (colon < 1 || /\p{Cc}/u.test(line)) throw new ProxyError("expected one line, USER:PASSWORD");
  return { origin, authorization: toBasicHeader(line.slice(0, colon), line.slice(colon + 1)) };
}
