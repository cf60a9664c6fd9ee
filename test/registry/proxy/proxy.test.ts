import { describe, expect, it } from "@jest/globals";
import { basicAuth } from "../../support/hostile-registry/auth.ts";
import { endless, redirect, reset, status, withHeaders } from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { digest, type FakeRegistry, type Got, path, type Said, startFake, startProxy, user } from "./proxy.ts";

const basic = `Basic ${btoa(`${user.user}:${user.password}`)}`;
const uploads = `/v2/${path}/blobs/uploads/`;
const manifest = `/v2/${path}/manifests/v1`;

/** A registry that takes uploads from the robot alone, and says of each that it goes on at `location`. */
function takesUploads(location: string): FakeRegistry["say"] {
  return ({ method, headers, target }: Got): Said => {
    if (headers.authorization !== basic) return [401, { "www-authenticate": 'Basic realm="r"' }];
    if (method === "POST") return [202, { location, "docker-upload-uuid": "u" }];
    if (method === "PUT")
      return [201, { location: `http://elsewhere.example${target}`, "docker-content-digest": digest }];
    return [202, { location, range: "0-4" }];
  };
}

async function begin(proxy: { ask: Awaited<ReturnType<typeof startProxy>>["ask"] }): Promise<string> {
  const { status: code, headers } = await proxy.ask("POST", uploads);
  expect(code).toBe(202);
  return headers.location ?? "";
}

describe("what reaches the registry", () => {
  it.each([
    `/v2/team/other/manifests/v1`,
    `/v2/${path}/../other/manifests/v1`,
    `/v2/${path}/%2e%2e/other/manifests/v1`,
    `/v2/${path}/..%2fother/manifests/v1`,
    `/v2/${path}/%252e%252e/other/manifests/v1`,
    `/v2//${path}/manifests/v1`,
    `http://127.0.0.1/v2/${path}/manifests/v1`,
    `http://registry.example/v2/team/other/manifests/v1`,
    "/v2/_catalog",
  ])("is nothing of %s", async (target) => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry);
    const { status: code, error } = await proxy.ask("GET", target);
    const message = `this proxy is for the repository ${registry.host}/${path} alone: the protocol's paths below /v2/${path}/`;
    expect({ code, error }).toEqual({ code: 403, error: { code: "DENIED", message } });
    expect(registry.requests).toEqual([]);
  });

  it("is nothing of a deletion, nor of whether the proxy is there", async () => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry);
    expect((await proxy.ask("GET", "/v2/")).status).toBe(200);
    expect((await proxy.ask("DELETE", `/v2/${path}/manifests/${digest}`)).error.code).toBe("UNSUPPORTED");
    expect((await proxy.ask("DELETE", `/v2/${path}/blobs/${digest}`)).status).toBe(405);
    expect(registry.requests).toEqual([]);
  });

  it("is a mount from another repository as an ordinary upload, and a whole blob in one POST, too", async () => {
    await using registry = await startFake(takesUploads("/v2/u/1"));
    await using proxy = await startProxy(registry);
    await proxy.ask("POST", `${uploads}?mount=${digest}&from=team/other`);
    await proxy.ask("POST", `${uploads}?digest=${digest}`, {}, "layer");
    expect(new Set(registry.got.map(({ target, body }) => target + body))).toEqual(new Set([uploads]));
  });

  it("has the registry's name and credentials, and nothing that tells of the client", async () => {
    await using registry = await startFake(({ headers }) =>
      headers.authorization === basic ? [200] : [401, { "www-authenticate": 'Basic realm="r"' }],
    );
    await using proxy = await startProxy(registry);
    await proxy.ask("GET", `${manifest}?ns=other.example`, {
      authorization: "Bearer canary-client",
      cookie: "canary-client",
      host: "other.example",
      "proxy-authorization": "canary-client",
      "x-forwarded-host": "canary-client",
      connection: "x-canary",
      "x-canary": "canary-client",
      accept: "application/vnd.oci.image.manifest.v1+json",
      range: "bytes=0-1",
    });
    expect(registry.got.map(({ target, headers }) => ({ target, headers }))).toEqual(
      [undefined, basic].map((authorization) => ({
        target: manifest,
        headers: {
          accept: "application/vnd.oci.image.manifest.v1+json",
          "accept-encoding": "identity",
          ...(authorization === undefined ? {} : { authorization }),
          connection: "keep-alive",
          host: registry.host,
          range: "bytes=0-1",
          "user-agent": "assaygate",
        },
      })),
    );
  });
});

describe("what comes back", () => {
  it("is the content, without headers that are not the protocol's", async () => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry);
    const blob = registry.putBlob(path, "layer");
    registry.misbehave(
      withHeaders({ "set-cookie": "canary", "www-authenticate": "canary", link: "<x>", location: "/canary" }),
    );
    const { status: code, headers, body } = await proxy.ask("GET", `/v2/${path}/blobs/${blob}`);
    expect({ code, body }).toEqual({ code: 200, body: "layer" });
    expect(JSON.stringify(headers)).not.toContain("canary");
  });

  it("is a denial without a challenge, and with whom the registry denied", async () => {
    await using registry = await startHostileRegistry({ auth: basicAuth({}) });
    await using proxy = await startProxy(registry);
    const { status: code, headers, error, body } = await proxy.ask("GET", manifest);
    const message = `${registry.host} answered 401 Unauthorized to the credentials in the Docker config`;
    expect({ code, error }).toEqual({ code: 403, error: { code: "DENIED", message } });
    expect(headers["www-authenticate"]).toBeUndefined();
    expect(body + proxy.lines.join()).not.toMatch(/canary|robot/);
  });

  it.each<[string, Parameters<Awaited<ReturnType<typeof startHostileRegistry>>["misbehave"]>[0], number]>([
    ["a server error", status(500, {}, "canary"), 502],
    ["no answer", reset(), 502],
    ["a rate limit", status(429, { "retry-after": "7" }), 429],
    ["not found", status(404), 404],
    ["encoded content", status(200, { "content-encoding": "gzip" }, "canary"), 502],
    ["a redirect without a goal", status(307), 502],
  ])("of %s", async (_, fault, code) => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry);
    registry.misbehave(fault);
    const reply = await proxy.ask("GET", manifest);
    expect(reply.status).toBe(code);
    expect(reply.body).not.toContain("canary");
    expect(reply.headers["retry-after"]).toBe(code === 429 ? "7" : undefined);
  });

  it("is a timeout where the registry does not answer in time", async () => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry, { requestTimeoutMs: 50 });
    registry.misbehave(() => undefined);
    expect(await proxy.ask("GET", manifest)).toMatchObject({ status: 504, error: { code: "UNAVAILABLE" } });
  });

  it("is the next page of a list as a path of the proxy", async () => {
    const link = `</v2/${path}/tags/list?last=b&n=2>; rel="next"`;
    await using registry = await startFake(() => [200, { link }, "{}"]);
    await using proxy = await startProxy(registry);
    const { headers } = await proxy.ask("GET", `/v2/${path}/tags/list?n=2`);
    expect([headers.link, registry.got[0]?.target]).toEqual([link, `/v2/${path}/tags/list?n=2`]);
  });

  it.each([
    ["is at another server", '<http://elsewhere.example/v2/x/tags/list?n=2>; rel="next"'],
    ["is no address", '<http://[>; rel="next"'],
    ["cannot be read", "</v2/x/tags/list?n=2> rel=next"],
    ["stands there twice", '</v2/x/tags/list?n=2>; rel="next", </v2/x/tags/list?n=3>; rel="next"'],
  ])("is no list where the next page %s: the rest of it would be missing", async (_, link) => {
    await using registry = await startFake(() => [200, { link }, "canary"]);
    await using proxy = await startProxy(registry);
    for (const list of ["tags/list?n=2", `referrers/${digest}`]) {
      const reply = await proxy.ask("GET", `/v2/${path}/${list}`);
      expect(reply).toMatchObject({ status: 502, error: { code: "UNAVAILABLE" } });
      expect(reply.body).toMatch(/next page.*\(Link\)/);
      expect(reply.body).not.toContain("canary");
    }
  });

  it("is a manifest, whatever else its headers name", async () => {
    await using registry = await startFake(() => [200, { link: "no link at all" }, "{}"]);
    await using proxy = await startProxy(registry);
    expect(await proxy.ask("GET", manifest)).toMatchObject({ status: 200, body: "{}" });
  });
});

describe("a redirect to a blob store", () => {
  it("is followed by the proxy, which leaves its credentials behind", async () => {
    await using registry = await startHostileRegistry();
    await using store = await startHostileRegistry();
    await using proxy = await startProxy(registry, { redirectHosts: [store.host] });
    const blob = store.putBlob(path, "layer");
    registry.misbehave(status(401, { "www-authenticate": 'Basic realm="r"' }), { times: 1 });
    registry.misbehave(redirect((target) => `${store.url}${target}`));
    const { body } = await proxy.ask("GET", `/v2/${path}/blobs/${blob}`);
    expect(body).toBe("layer");
    expect(registry.requests.at(-1)?.headers.authorization).toBe(basic);
    expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it("that refuses does not have its page shown", async () => {
    await using registry = await startHostileRegistry();
    await using store = await startHostileRegistry();
    await using proxy = await startProxy(registry, { redirectHosts: [store.host] });
    registry.misbehave(redirect((target) => `${store.url}${target}`));
    store.misbehave(status(403, {}, "canary-signature"));
    const { status: code, body } = await proxy.ask("GET", `/v2/${path}/blobs/${digest}`);
    expect([code, body.includes("canary")]).toEqual([502, false]);
  });
});

describe("an upload", () => {
  it.each([
    ["relative", () => `/v2/${path}/blobs/uploads/up?_state=a%2Bb%3D`],
    ["absolute", (url: string) => `${url}/v2/${path}/blobs/uploads/up?_state=a%2Bb%3D`],
  ])("comes back to the proxy, where the registry names the next step by a URL that is %s", async (_, locationAt) => {
    await using registry = await startFake();
    registry.say = takesUploads(locationAt(registry.url));
    await using proxy = await startProxy(registry);
    const location = await begin(proxy);
    expect(location).toMatch(new RegExp(`^${uploads}[A-Za-z0-9_-]{22}$`));
    const part = await proxy.ask("PATCH", location, { "content-type": "application/octet-stream" }, "layer");
    expect({ status: part.status, location: part.headers.location, range: part.headers.range }).toEqual({
      status: 202,
      location,
      range: "0-4",
    });
    const end = await proxy.ask("PUT", `${location}?digest=${digest}`);
    expect([end.status, end.headers.location]).toEqual([201, `/v2/${path}/blobs/${digest}`]);
    const upstream = `/v2/${path}/blobs/uploads/up?_state=a%2Bb%3D`;
    expect(registry.got.slice(2).map(({ method, target, body }) => `${method} ${target} ${body}`)).toEqual([
      `PATCH ${upstream} layer`,
      `PUT ${upstream}&digest=${encodeURIComponent(digest)} `,
    ]);
    expect((await proxy.ask("PATCH", location, {}, "x")).error.code).toBe("BLOB_UPLOAD_UNKNOWN");
  });

  it("that the proxy did not begin is unknown to it", async () => {
    await using registry = await startFake(takesUploads("/v2/u/1"));
    await using proxy = await startProxy(registry);
    const reply = await proxy.ask("PATCH", `${uploads}${"A".repeat(22)}`, {}, "layer");
    expect([reply.status, reply.error.code, registry.got]).toEqual([404, "BLOB_UPLOAD_UNKNOWN", []]);
  });

  it("that goes on at another server takes no credentials there", async () => {
    await using store = await startFake(() => [201]);
    await using registry = await startFake(takesUploads(`${store.url}/put?sig=1`));
    await using proxy = await startProxy(registry, { redirectHosts: [store.host] });
    const location = await begin(proxy);
    expect((await proxy.ask("PUT", `${location}?digest=${digest}`, {}, "layer")).status).toBe(201);
    expect(store.got.map(({ headers, body }) => [headers.authorization, body])).toEqual([[undefined, "layer"]]);
  });

  it("does not go on at an address that is not public, unless it is listed", async () => {
    await using store = await startFake(() => [201]);
    await using registry = await startFake(takesUploads(`${store.url}/put`));
    await using proxy = await startProxy(registry);
    const location = await begin(proxy);
    expect((await proxy.ask("PUT", `${location}?digest=${digest}`, {}, "layer")).status).toBe(502);
    expect(store.got).toEqual([]);
  });

  it.each(["file:///etc/passwd", "https://", "http://user:canary@registry.example/"])(
    "does not go on at %s",
    async (location) => {
      await using registry = await startFake(takesUploads(location));
      await using proxy = await startProxy(registry);
      const { status: code, body, headers } = await proxy.ask("POST", uploads);
      expect([code, headers.location, body.includes("canary")]).toEqual([502, undefined, false]);
    },
  );

  it("whose login has ended logs in again before its content leaves", async () => {
    let issued = 0;
    await using registry = await startFake();
    registry.say = ({ method, target, headers }) => {
      const challenge = { "www-authenticate": `Bearer realm="${registry.url}/token",service="s"` };
      if (target.startsWith("/token")) return [200, {}, JSON.stringify({ token: `t${++issued}`, expires_in: 1 })];
      if (headers.authorization !== `Bearer t${issued}`) return [401, challenge];
      return method === "PUT" ? [201] : method === "GET" ? [204] : [202, { location: "/v2/u/1" }];
    };
    await using proxy = await startProxy(registry);
    const location = await begin(proxy);
    expect((await proxy.ask("PUT", `${location}?digest=${digest}`, {}, "layer")).status).toBe(201);
    const scope = encodeURIComponent(`repository:${path}:pull,push`);
    expect(registry.got.map(({ method, target, body }) => `${method} ${target} ${body}`.trim())).toEqual([
      `POST ${uploads}`,
      `GET /token?scope=${scope}&service=s`,
      `POST ${uploads}`,
      "GET /v2/u/1",
      `GET /token?scope=${scope}&service=s`,
      `PUT /v2/u/1?digest=${encodeURIComponent(digest)} layer`,
    ]);
  });

  it("whose login is taken back while it is sent can be sent again", async () => {
    await using registry = await startFake(takesUploads("/v2/u/1"));
    await using proxy = await startProxy(registry);
    const location = await begin(proxy);
    const honest = registry.say;
    registry.say = ({ method }) => (method === "PUT" ? [401, { "www-authenticate": 'Basic realm="r"' }] : [204]);
    const first = await proxy.ask("PUT", `${location}?digest=${digest}`, {}, "layer");
    expect([first.status, first.headers["retry-after"], first.headers["www-authenticate"]]).toEqual([
      503,
      "1",
      undefined,
    ]);
    registry.say = honest;
    expect((await proxy.ask("PUT", `${location}?digest=${digest}`, {}, "layer")).status).toBe(201);
  });

  it("that the registry denies is denied, and not asked for again", async () => {
    await using registry = await startFake(takesUploads("/v2/u/1"));
    await using proxy = await startProxy(registry);
    const location = await begin(proxy);
    registry.say = () => [403];
    const reply = await proxy.ask("PUT", `${location}?digest=${digest}`, {}, "layer");
    expect([reply.status, reply.error.code]).toEqual([403, "DENIED"]);
  });
});

describe("a manifest", () => {
  it("is put under the name that was asked for, also where the login has to come first", async () => {
    await using registry = await startFake(takesUploads(""));
    await using proxy = await startProxy(registry);
    const reply = await proxy.ask(
      "PUT",
      manifest,
      { "content-type": "application/vnd.oci.image.manifest.v1+json" },
      "{}",
    );
    expect([reply.status, reply.headers.location, reply.headers["docker-content-digest"]]).toEqual([
      201,
      manifest,
      digest,
    ]);
    expect(registry.got.map(({ target, headers, body }) => [target, headers["content-type"], body])).toEqual([
      [manifest, "application/vnd.oci.image.manifest.v1+json", "{}"],
      [manifest, "application/vnd.oci.image.manifest.v1+json", "{}"],
    ]);
  });

  it("that is larger than registries take is not sent", async () => {
    await using registry = await startFake(() => [201]);
    await using proxy = await startProxy(registry);
    expect((await proxy.ask("PUT", manifest, {}, Buffer.alloc(4 * 1024 * 1024 + 1))).status).toBe(413);
    expect(registry.got).toEqual([]);
  });
});

describe("limits", () => {
  it("refuses requests beyond those that it takes at one time", async () => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry, { maxRequests: 1 });
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    registry.misbehave(({ honest, send }) => {
      arrived.resolve();
      void released.promise.then(() => send(honest));
    });
    const held = proxy.ask("GET", manifest);
    await arrived.promise;
    expect(await proxy.ask("GET", "/v2/")).toMatchObject({ status: 503, error: { code: "TOOMANYREQUESTS" } });
    released.resolve();
    expect((await held).status).toBe(404);
    expect((await proxy.ask("GET", "/v2/")).status).toBe(200);
  });

  it("lets go of the registry when the client is gone", async () => {
    await using registry = await startHostileRegistry();
    await using proxy = await startProxy(registry);
    registry.misbehave(endless());
    const leaving = new AbortController();
    const reply = await fetch(`http://${proxy.host}/v2/${path}/blobs/${digest}`, { signal: leaving.signal });
    expect(reply.status).toBe(200);
    leaving.abort();
    await registry.requests[0]?.closed;
    expect(registry.requests).toHaveLength(1);
  });
});
