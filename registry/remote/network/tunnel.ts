import { Socket } from "node:net";
import type { SecureContext } from "node:tls";
import { ProxyFailure } from "./errors.ts";
import type { ForwardProxy } from "./proxies.ts";
import { buildConnector, Client } from "./undici.ts";

/** What connections to a proxy need, whatever they are for. */
export interface ProxyConnectionOptions {
  readonly timeoutMs: number;
  readonly secureContext: () => SecureContext;
}

/** Opens sockets to proxies, at whatever address: they are the configuration's, and no answer names one. */
export function connectToProxy({ timeoutMs, secureContext }: ProxyConnectionOptions): buildConnector.connector {
  const base = { timeout: timeoutMs, allowH2: false };
  const plain = buildConnector(base);
  let secure: buildConnector.connector | undefined;
  return (target, callback) => {
    const open =
      target.protocol === "https:" ? (secure ??= buildConnector({ ...base, secureContext: secureContext() })) : plain;
    const opened: buildConnector.Callback = (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(new ProxyFailure(undefined, error), null);
    // Its certificate is for its own name, not for that of the server that is asked for.
    const { servername: _, ...own } = target;
    open(own, opened);
  };
}

/**
 * A socket that leads through the proxy to `host:port`, which the proxy resolves. Throws ProxyFailure.
 * https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 */
export async function openTunnel(
  { origin, authorization }: ForwardProxy,
  authority: string,
  options: ProxyConnectionOptions,
): Promise<Socket> {
  const { timeoutMs } = options;
  const client = new Client(origin, { connect: connectToProxy(options), headersTimeout: timeoutMs });
  const headers = { host: authority, ...(authorization !== undefined && { "proxy-authorization": authorization }) };
  try {
    const { statusCode, socket } = await client.connect({ path: authority, headers });
    if (statusCode === 200 && socket instanceof Socket) return socket;
    socket.on("error", () => undefined).destroy();
    throw new ProxyFailure(statusCode);
  } catch (cause) {
    throw cause instanceof ProxyFailure ? cause : new ProxyFailure(undefined, cause);
  } finally {
    // The socket is its own by now; what is left belongs to nobody.
    void client.destroy();
  }
}
