import { createGuardedConnector, findRefusal, type ConnectOptions } from "./connect.ts";
import { getHost } from "./no-proxy.ts";
import type { ForwardProxy } from "./proxies.ts";
import { connectToProxy } from "./tunnel.ts";
import { Agent, Dispatcher } from "./undici.ts";

/**
 * Sends requests to where they lead, directly or through a proxy, and nowhere that is forbidden: https by a tunnel, so that a
 * proxy sees no more than host and port; plain http as a request to the proxy for the whole URL, because many open tunnels to
 * port 443 only. https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
 */
export function createDispatcher(rules: ConnectOptions, bounds: Agent.Options): Dispatcher {
  return new GuardedDispatcher(rules, bounds);
}

class GuardedDispatcher extends Dispatcher {
  readonly #rules: ConnectOptions;
  readonly #direct: Agent;
  readonly #forwarding: Agent;

  constructor(rules: ConnectOptions, bounds: Agent.Options) {
    super();
    this.#rules = rules;
    this.#direct = new Agent({ ...bounds, connect: createGuardedConnector(rules) });
    this.#forwarding = new Agent({ ...bounds, connect: connectToProxy(rules) });
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const url = new URL(options.origin ?? "");
    const proxy = url.protocol === "http:" ? this.#rules.chooseProxy(url) : undefined;
    if (proxy === undefined) return this.#direct.dispatch(options, handler);
    const { port, protocol } = url;
    const problem = findRefusal(this.#rules, { hostname: getHost(url), port, protocol }, true);
    if (problem !== undefined) throw problem;
    return this.#forwarding.dispatch(forward(options, url, proxy), handler);
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct.close(), this.#forwarding.close()]);
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct.destroy(), this.#forwarding.destroy()]);
  }
}

/** The same request, addressed to the proxy. */
function forward(
  options: Dispatcher.DispatchOptions,
  { origin, host }: URL,
  proxy: ForwardProxy,
): Dispatcher.DispatchOptions {
  const headers: Record<string, string | string[] | undefined> = { ...listHeaders(options.headers), host };
  if (proxy.authorization !== undefined) headers["proxy-authorization"] = proxy.authorization;
  const { hostname: servername } = new URL(proxy.origin);
  const addressed = { ...options, servername, origin: proxy.origin, path: `${origin}${options.path}`, headers };
  return addressed;
}

/** fetch gives them as one list of names and values. */
function listHeaders(headers: Dispatcher.DispatchOptions["headers"]): Record<string, string | string[] | undefined> {
  if (!Array.isArray(headers)) return Object.fromEntries(Object.entries(headers ?? {}));
  const pairs = headers.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, headers[at + 1] ?? ""]] : [],
  );
  return Object.fromEntries(pairs);
}
