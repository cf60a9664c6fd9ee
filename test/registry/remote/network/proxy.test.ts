import { beforeAll, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { type AddressInfo, createServer, type LookupFunction, type Socket } from "node:net";
import { createDockerConfigCredentials } from "../../../../registry/remote/authorization/docker-credentials.ts";
import { createHttpSource, type HttpSource } from "../../../../registry/remote/http-source.ts";
import { readProxyVariables } from "../../../../registry/remote/network/proxies.ts";
import type { ServerOptions } from "../../../../registry/remote/registry.ts";
import { type Ca, issue, makeCa } from "../../../support/certificates.ts";
import { type ForwardProxyOptions, startForwardProxy, type TestForwardProxy } from "../../../support/forward-proxy.ts";
import { tokenAuth } from "../../../support/hostile-registry/auth.ts";
import { redirect } from "../../../support/hostile-registry/faults.ts";
import { type HostileRegistry, startHostileRegistry } from "../../../support/hostile-registry/server.ts";
import { digestOf } from "../../../support/hostile-registry/store.ts";
import { errorOf, patient, read, repository } from "../reading.ts";

/*
 * Names that end in `.test` are known to the proxy alone, so that an answer from one of them came through it.
 */

let ca: Ca;
beforeAll(async () => {
  ca = await makeCa();
});

/** A registry of that name, with TLS. */
async function startTlsRegistry(): Promise<HostileRegistry> {
  return startHostileRegistry({ tls: await issue(ca, { dns: ["registry.test"] }) });
}

interface Setting {
  readonly proxy: TestForwardProxy;
  readonly as?: string;
  readonly noProxy?: string;
  readonly lookup?: LookupFunction;
}

/** A source with the proxy for everything, as the environment would say. */
function open({ proxy, as = proxy.url, noProxy = "", lookup }: Setting, over: ServerOptions = {}): HttpSource {
  const chooseProxy = readProxyVariables({ HTTPS_PROXY: as, HTTP_PROXY: as, NO_PROXY: noProxy });
  return createHttpSource({ unlisted: { ca: ca.cert, chooseProxy, maxRetries: 0, ...over }, lookup });
}

const missing = digestOf(Buffer.from("never pushed"));

describe("through a forward proxy", () => {
  it("https goes by CONNECT, and the certificate is checked for the registry's name", async () => {
    await using proxy = await startForwardProxy();
    await using registry = await startTlsRegistry();
    await using other = await startHostileRegistry({ tls: await issue(ca, { dns: ["other.test"] }) });
    await using source = open({ proxy });
    const digest = registry.putBlob(repository, "layer");
    const name = `registry.test:${registry.port}`;
    expect((await read(await source.blob(`${name}/${repository}`, digest, patient))).toString()).toBe("layer");
    expect(proxy.seen).toEqual([`CONNECT ${name}`]);
    expect(registry.requests.map(({ headers }) => [headers.host, headers["proxy-authorization"]])).toEqual([
      [name, undefined],
    ]);
    const error = await errorOf(source.blob(`registry.test:${other.port}/${repository}`, missing, patient));
    expect(error.message).toBe(`registry.test:${other.port}: certificate issued for another name`);
  });

  it("http goes as a request for the whole URL", async () => {
    await using proxy = await startForwardProxy({ login: { user: "u", password: "p" } });
    await using registry = await startHostileRegistry();
    await using source = open({ proxy, as: proxy.urlAs("u", "p") }, { plainHttp: true });
    const digest = registry.putBlob(repository, "layer");
    const name = `registry.test:${registry.port}`;
    expect((await read(await source.blob(`${name}/${repository}`, digest, patient))).toString()).toBe("layer");
    expect(proxy.seen).toEqual([`GET http://${name}/v2/${repository}/blobs/${digest}`]);
    expect(registry.requests.map(({ headers }) => [headers.host, headers["proxy-authorization"]])).toEqual([
      [name, undefined],
    ]);
  });

  it("token service and blob store are asked, too, and each sees what is its own", async () => {
    await using proxy = await startForwardProxy();
    await using registry = await startTlsRegistry();
    await using store = await startHostileRegistry({ tls: await issue(ca, { dns: ["store.test"] }) });
    const name = `registry.test:${registry.port}`;
    registry.auth = tokenAuth({ realm: `https://${name}/token`, users: { robot: "s3cret" } });
    const digest = store.putBlob(repository, "layer");
    registry.misbehave(
      redirect((target) => `https://store.test:${store.port}${target}`),
      { kind: "blob" },
    );
    const chooseProxy = readProxyVariables({ HTTPS_PROXY: proxy.url });
    const credentials = createDockerConfigCredentials(
      JSON.stringify({ auths: { [name]: { auth: btoa("robot:s3cret") } } }),
    );
    await using source = createHttpSource({ credentials, unlisted: { ca: ca.cert, chooseProxy } });
    expect((await read(await source.blob(`${name}/${repository}`, digest, patient))).toString()).toBe("layer");
    expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${name}`, `CONNECT store.test:${store.port}`]));
    expect(store.requests[0]?.headers.authorization).toBeUndefined();
  });

  it("the proxy itself may speak TLS, under an authority that is trusted", async () => {
    await using proxy = await startForwardProxy({ tls: await issue(ca, { ip: ["127.0.0.1"] }) });
    await using registry = await startTlsRegistry();
    await using source = open({ proxy });
    const digest = registry.putBlob(repository, "layer");
    const name = `registry.test:${registry.port}`;
    expect((await read(await source.blob(`${name}/${repository}`, digest, patient))).toString()).toBe("layer");
    await using forwarded = open({ proxy }, { plainHttp: true });
    await using plain = await startHostileRegistry();
    plain.putBlob(repository, "layer");
    const body = await forwarded.blob(`registry.test:${plain.port}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
    await using stranger = open({ proxy }, { ca: (await makeCa()).cert });
    const error = await errorOf(stranger.blob(`${name}/${repository}`, digest, patient));
    expect(error.message).toBe(`${name}: the proxy it is asked through: certificate not trusted`);
  });
});

describe("a proxy that does not do what it is asked for", () => {
  const canary = "canary-password";
  const closed: ForwardProxyOptions = { login: { user: "robot", password: "right" } };

  it.each<[string, boolean, string]>([
    ["https", false, "without a login"],
    ["https", true, "with a wrong one"],
    ["http", false, "without a login"],
    ["http", true, "with a wrong one"],
  ])("%s: wants a login (%s: %s)", async (scheme, withLogin) => {
    await using proxy = await startForwardProxy(closed);
    await using registry = await startTlsRegistry();
    const as = withLogin ? proxy.urlAs("robot", canary) : proxy.url;
    await using source = open({ proxy, as }, { plainHttp: scheme === "http" });
    const name = `registry.test:${registry.port}`;
    const error = await errorOf(source.blob(`${name}/${repository}`, missing, patient));
    expect(error.failure).toEqual({
      kind: "unavailable",
      reason: "no-answer",
      message: `${name}: the proxy asks for a user name and password, or does not accept the ones it was given`,
    });
    expect(JSON.stringify([error.message, String(error.cause)])).not.toContain(canary);
    expect(registry.requests).toHaveLength(0);
  });

  it("is down: could not look, whatever else would answer", async () => {
    await using registry = await startTlsRegistry();
    const proxy = await startForwardProxy();
    await proxy.stop();
    const lookup: LookupFunction = (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);
    await using source = open({ proxy, lookup });
    const name = `registry.test:${registry.port}`;
    const error = await errorOf(source.blob(`${name}/${repository}`, missing, patient));
    expect(error.failure).toEqual({
      kind: "unavailable",
      reason: "no-answer",
      message: `${name}: the proxy it is asked through: connection refused`,
    });
    expect(registry.connections()).toBe(0);
  });

  it.each<[string, (socket: Socket) => unknown, RegExp]>([
    ["hangs", (socket) => socket.resume(), /the proxy it is asked through: no answer in time$/],
    [
      "ends each connection",
      (socket) => socket.once("data", () => socket.end()),
      /the proxy it is asked through: the connection was closed/,
    ],
    [
      "speaks something else",
      (socket) => socket.once("data", () => socket.end("SSH-2.0-OpenSSH_9.2\r\n")),
      /the proxy it is asked through: /,
    ],
  ])("%s: could not look, once", async (_what, serve, message) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on("error", () => undefined);
      serve(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const chooseProxy = readProxyVariables({ HTTPS_PROXY: url });
    await using source = createHttpSource({ unlisted: { chooseProxy, maxRetries: 0, connectTimeoutMs: 500 } });
    const error = await errorOf(source.blob(`registry.test:1/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toMatch(message);
    expect(connections).toBe(1);
    server.close();
  });

  it("does not know the name: could not look", async () => {
    await using proxy = await startForwardProxy();
    await using source = open({ proxy });
    const error = await errorOf(source.blob(`nowhere.example:1/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toMatch(/^nowhere\.example:1: the proxy /);
  });
});

describe("T10: the guard against inner addresses", () => {
  const inside = [
    "https://169.254.169.254/latest",
    "https://10.0.0.1/x",
    "https://[::ffff:a9fe:a9fe]/x",
    "https://metadata.google.internal/x",
    "https://localhost.localdomain.local/x",
    "https://vault.svc/x",
    "https://intranet/x",
  ];

  it.each(inside)("through a proxy, which is asked for nothing: a redirect to %s", async (location) => {
    await using proxy = await startForwardProxy();
    await using registry = await startTlsRegistry();
    await using source = open({ proxy });
    registry.misbehave(redirect(location));
    const name = `registry.test:${registry.port}`;
    const error = await errorOf(source.blob(`${name}/${repository}`, missing, patient));
    expect(error.message).toBe(`${name}: resolves to a network address that is not allowed`);
    expect(proxy.seen).toEqual([`CONNECT ${name}`]);
  });

  it.each(["http://169.254.169.254/latest", "http://metadata/x", "http://10.0.0.1/x"])(
    "through a proxy for plain http: a redirect to %s",
    async (location) => {
      await using proxy = await startForwardProxy();
      await using registry = await startHostileRegistry();
      await using source = open({ proxy }, { plainHttp: true });
      registry.misbehave(redirect(location));
      const name = `registry.test:${registry.port}`;
      const error = await errorOf(source.blob(`${name}/${repository}`, missing, patient));
      expect(error.message).toBe(`${name}: resolves to a network address that is not allowed`);
      expect(proxy.seen).toHaveLength(1);
    },
  );

  it("a listed name passes", async () => {
    await using proxy = await startForwardProxy();
    await using registry = await startTlsRegistry();
    await using source = open({ proxy }, { redirectHosts: ["store.svc"] });
    registry.misbehave(redirect("https://store.svc/x"));
    await errorOf(source.blob(`registry.test:${registry.port}/${repository}`, missing, patient));
    expect(proxy.seen).toEqual([`CONNECT registry.test:${registry.port}`, "CONNECT store.svc:443"]);
  });

  it("without the proxy, by NO_PROXY, what the name resolves to is checked", async () => {
    await using proxy = await startForwardProxy();
    await using registry = await startTlsRegistry();
    const lookup: LookupFunction = (_name, _options, done) => done(null, [{ address: "10.0.0.7", family: 4 }]);
    await using source = open({ proxy, noProxy: "store.test", lookup });
    registry.misbehave(redirect("https://store.test/x"));
    const name = `registry.test:${registry.port}`;
    const error = await errorOf(source.blob(`${name}/${repository}`, missing, patient));
    expect(error.message).toBe(`${name}: resolves to a network address that is not allowed`);
    expect(proxy.seen).toEqual([`CONNECT ${name}`]);
  });

  it("the proxy's own address is the configuration's alone: a redirect to it is refused", async () => {
    await using proxy = await startForwardProxy();
    await using registry = await startHostileRegistry();
    await using source = open({ proxy }, { plainHttp: true });
    registry.misbehave(redirect(`${proxy.url}/x`));
    const name = `registry.test:${registry.port}`;
    const error = await errorOf(source.blob(`${name}/${repository}`, missing, patient));
    expect(error.message).toBe(`${name}: resolves to a network address that is not allowed`);
    expect(proxy.seen).toHaveLength(1);
  });
});
