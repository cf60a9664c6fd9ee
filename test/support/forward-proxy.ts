import type { lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { Server } from "proxy-chain";
import type { Issued } from "./certificates.ts";

export interface ForwardProxyOptions {
  /** The one user who may ask. Without it everybody may. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Certificate and key, PEM. Default: the proxy itself speaks plain HTTP. */
  readonly tls?: Issued;
}

/**
 * A real forward proxy at 127.0.0.1. It alone knows the names that end in `.test`, and takes them all to this machine: whoever asks
 * a server by such a name came through it.
 */
export interface TestForwardProxy extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` or `https://…`, without a login. */
  readonly url: string;
  /** The same with a login. */
  urlAs(user: string, password: string): string;
  /** What it was asked for and let through, in order: `CONNECT registry.test:443`, `GET http://registry.test:5000/v2/`. */
  readonly seen: readonly string[];
  stop(): Promise<void>;
}

const toThisMachine: LookupFunction = (name, options, done) => {
  if (!name.endsWith(".test")) return done(Object.assign(new Error("unknown name"), { code: "ENOTFOUND" }), "");
  const here = { address: "127.0.0.1", family: 4 };
  return options.all === true ? done(null, [here]) : done(null, here.address, here.family);
};

/** Starts a proxy. `await using proxy = await startForwardProxy()` ends it with the test. */
export async function startForwardProxy({ login, tls }: ForwardProxyOptions = {}): Promise<TestForwardProxy> {
  const seen: string[] = [];
  const server = new Server({
    port: 0,
    host: "127.0.0.1",
    ...(tls === undefined ? { serverType: "http" } : { serverType: "https", httpsOptions: { ...tls } }),
    prepareRequestFunction({ request, username, password }) {
      if (login !== undefined && (username !== login.user || password !== login.password))
        return { requestAuthentication: true, failMsg: "who are you?" };
      seen.push(`${request.method} ${request.url}`);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it calls it as a lookup and not as a promise
      return { dnsLookup: toThisMachine as typeof lookup };
    },
  });
  await server.listen();
  const scheme = tls === undefined ? "http" : "https";
  const host = `127.0.0.1:${server.port}`;
  const stop = (): Promise<void> => server.close(true);
  return {
    url: `${scheme}://${host}`,
    urlAs: (user, password) => `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}`,
    seen,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
