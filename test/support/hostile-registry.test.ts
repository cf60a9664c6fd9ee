import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { parseDigest } from "../../policies/digest.ts";
import { describeWith } from "./components.ts";
import { basicAuth, tokenAuth } from "./hostile-registry/auth.ts";
import { dialects } from "./hostile-registry/dialects/all.ts";
import { type Imitation, startDialect } from "./hostile-registry/dialects/start.ts";
import { type HostileRegistry, startHostileRegistry } from "./hostile-registry/server.ts";
import { createStore, digestOf, ociManifest } from "./hostile-registry/store.ts";
import type { UploadPlace } from "./hostile-registry/uploads.ts";
import { orasPush } from "./oras.ts";

const repository = "team/evals";
const blob = Buffer.from("what was measured");
const digest = digestOf(blob);

async function send(method: string, url: string | URL, body?: Uint8Array, headers = {}): Promise<Response> {
  return fetch(url, { method, headers, redirect: "manual", ...(body && { body: Buffer.from(body) }) });
}

/** Where the answer says that an upload goes on. */
function placeOf(response: Response, registry: HostileRegistry): URL {
  return new URL(response.headers.get("location") ?? "", registry.url);
}

function closing(place: URL, as = digest): URL {
  const url = new URL(place);
  url.searchParams.set("digest", as);
  return url;
}

describe("the tests' registry, honest", () => {
  let registry: HostileRegistry;
  beforeEach(async () => {
    registry = await startHostileRegistry();
  });
  afterEach(() => registry.close());
  const uploads = (): string => `${registry.url}/v2/${repository}/blobs/uploads/`;

  it("takes a blob by POST and PUT", async () => {
    const started = await send("POST", uploads());
    expect(started.status).toBe(202);
    const ended = await send("PUT", closing(placeOf(started, registry)), blob);
    expect(ended.status).toBe(201);
    expect(ended.headers.get("docker-content-digest")).toBe(digest);
    const head = await send("HEAD", `${registry.url}/v2/${repository}/blobs/${digest}`);
    expect([head.status, head.headers.get("content-length")]).toEqual([200, `${blob.length}`]);
    expect(registry.asked("upload").map(({ method, body }) => [method, body.toString()])).toEqual([
      ["POST", ""],
      ["PUT", blob.toString()],
    ]);
  });

  it("takes a blob that is no text in pieces, and keeps every byte", async () => {
    const bytes = Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256));
    let at = await send("POST", uploads());
    for (const [from, to] of [[0, 200] as const, [200, 512] as const]) {
      const range = { "content-range": `${from}-${to - 1}` };
      at = await send("PATCH", placeOf(at, registry), bytes.subarray(from, to), range);
      expect([at.status, at.headers.get("range")]).toEqual([202, `0-${to - 1}`]);
    }
    const ended = await send("PUT", closing(placeOf(at, registry), digestOf(bytes)));
    expect(ended.status).toBe(201);
    const got = await send("GET", `${registry.url}/v2/${repository}/blobs/${digestOf(bytes)}`);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(bytes);
  });

  it.each([
    ["a piece out of order", 416, { "content-range": "5-9" }, "PATCH"],
    ["another digest", 400, {}, "PUT"],
    ["a method that uploads have not", 405, {}, "DELETE"],
  ])("refuses %s", async (_, status, headers, method) => {
    const place = placeOf(await send("POST", uploads()), registry);
    const to = method === "PUT" ? closing(place, digestOf(Buffer.from("other"))) : place;
    expect((await send(method, to, method === "DELETE" ? undefined : blob, headers)).status).toBe(status);
    expect((await send("HEAD", `${registry.url}/v2/${repository}/blobs/${digest}`)).status).toBe(404);
  });

  it("knows no upload that is over", async () => {
    const place = closing(placeOf(await send("POST", uploads()), registry));
    expect((await send("PUT", place, blob)).status).toBe(201);
    expect((await send("PUT", place, blob)).status).toBe(404);
  });

  const manifest = (over: object = {}): Buffer =>
    Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociManifest, layers: [{ digest }], ...over }));
  const put = (bytes: Buffer, reference: string): Promise<Response> =>
    send("PUT", `${registry.url}/v2/${repository}/manifests/${reference}`, bytes, { "content-type": ociManifest });

  it("takes a manifest by digest and by tag once its blobs are there", async () => {
    const bytes = manifest();
    expect((await put(bytes, "v1")).status).toBe(400);
    registry.putBlob(repository, blob);
    for (const reference of ["v1", digestOf(bytes)]) {
      const answer = await put(bytes, reference);
      expect([answer.status, answer.headers.get("docker-content-digest")]).toEqual([201, digestOf(bytes)]);
      expect(answer.headers.get("oci-subject")).toBeNull();
    }
    const head = await send("HEAD", `${registry.url}/v2/${repository}/manifests/v1`);
    expect(head.headers.get("docker-content-digest")).toBe(digestOf(bytes));
    expect(head.headers.get("content-type")).toBe(ociManifest);
  });

  it.each([
    ["under another's digest", () => manifest({ layers: [] }), digest, 400],
    ["of more than four mebibytes", () => Buffer.alloc(4 * 1024 * 1024 + 1, " "), "v1", 413],
  ])("refuses a manifest %s", async (_, bytes, reference, status) => {
    expect((await put(bytes(), reference)).status).toBe(status);
  });

  it("says that it lists what has a subject", async () => {
    const bytes = manifest({ layers: [], subject: { digest } });
    expect((await put(bytes, digestOf(bytes))).headers.get("oci-subject")).toBe(digest);
    const list = await send("GET", `${registry.url}/v2/${repository}/referrers/${digest}`);
    expect(await list.json()).toMatchObject({ manifests: [{ digest: digestOf(bytes), size: bytes.length }] });
  });
});

describe("a registry with ways of its own", () => {
  it("without a list of referrers does not say that it lists", async () => {
    await using registry = await startHostileRegistry({ referrers: false });
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, subject: { digest } }));
    const answer = await send("PUT", `${registry.url}/v2/${repository}/manifests/${digestOf(bytes)}`, bytes);
    expect([answer.status, answer.headers.get("oci-subject")]).toEqual([201, null]);
    expect((await send("GET", `${registry.url}/v2/${repository}/referrers/${digest}`)).status).toBe(404);
  });

  it("lists referrers in pages", async () => {
    await using registry = await startHostileRegistry({ referrers: { pageSize: 2 } });
    const put = [1, 2, 3].map((note) => registry.put(repository, { schemaVersion: 2, note, subject: { digest } }));
    const listed: unknown[] = [];
    const sizes: number[] = [];
    for (let next: string | undefined = `/v2/${repository}/referrers/${digest}`; next !== undefined;) {
      const page: Response = await send("GET", `${registry.url}${next}`);
      const { manifests } = (await page.json()) as { manifests: { digest: string }[] };
      sizes.push(manifests.length);
      listed.push(...manifests.map((one) => one.digest));
      next = /^<([^>]+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
    }
    expect(sizes).toEqual([2, 1]);
    expect(listed).toEqual(put);
  });

  it("takes a blob in one POST where it does that", async () => {
    await using registry = await startHostileRegistry({ uploads: { singlePost: true } });
    const answer = await send("POST", `${registry.url}/v2/${repository}/blobs/uploads/?digest=${digest}`, blob);
    expect(answer.status).toBe(201);
  });

  it("wants the last place of an upload, with its state", async () => {
    const location = ({ repository: path, id, step }: UploadPlace): string =>
      `/v2/${path}/blobs/uploads/${id}?_state=${step}`;
    await using registry = await startHostileRegistry({ uploads: { location, patchStatus: 201 } });
    const first = await send("POST", `${registry.url}/v2/${repository}/blobs/uploads/`);
    expect(first.headers.get("location")).toBe(`/v2/${repository}/blobs/uploads/upload-1?_state=1`);
    const second = await send("PATCH", placeOf(first, registry), blob);
    expect(second.status).toBe(201);
    expect((await send("PUT", closing(placeOf(first, registry)))).status).toBe(404);
    expect((await send("PUT", closing(placeOf(second, registry)))).status).toBe(201);
  });

  it("redirects to a store that shares its content", async () => {
    const store = createStore();
    await using elsewhere = await startHostileRegistry({ store });
    const to = (): string => `${elsewhere.url}/v2/${repository}/blobs/${digest}`;
    await using registry = await startHostileRegistry({ store, blobRedirect: { status: 307, to } });
    registry.putBlob(repository, blob);
    const answer = await send("GET", `${registry.url}/v2/${repository}/blobs/${digest}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([307, to()]);
    expect((await send("GET", to())).status).toBe(200);
    expect((await send("GET", `${registry.url}/v2/${repository}/blobs/${digestOf(Buffer.of())}`)).status).toBe(404);
  });
});

describe("tokens for writing", () => {
  const users = { robot: "s3cret", reader: "r3ad" };
  const auth = tokenAuth({ users, pullOnly: ["reader"], anonymous: true });

  const tokenOf = async (registry: HostileRegistry, scope: string, user?: keyof typeof users): Promise<string> => {
    const headers = user === undefined ? {} : { authorization: `Basic ${btoa(`${user}:${users[user]}`)}` };
    const answer = await send("GET", `${registry.url}/token?scope=${scope}`, undefined, headers);
    return ((await answer.json()) as { token: string }).token;
  };

  it.each([
    ["pull,push", "robot", 202],
    ["pull", "robot", 401],
    ["pull,push", "reader", 401],
    ["pull,push", undefined, 401],
  ] as const)("a token for %s, given to %s: %i", async (actions, user, status) => {
    await using registry = await startHostileRegistry({ auth });
    const token = await tokenOf(registry, `repository:${repository}:${actions}`, user);
    const to = `${registry.url}/v2/${repository}/blobs/uploads/`;
    const answer = await send("POST", to, undefined, { authorization: `Bearer ${token}` });
    expect(answer.status).toBe(status);
    if (status === 401)
      expect(answer.headers.get("www-authenticate")).toMatch(/,scope="repository:team\/evals:pull,push"$/);
    const read = await send("GET", `${registry.url}/v2/${repository}/blobs/${digest}`, undefined, {
      authorization: `Bearer ${token}`,
    });
    expect(read.status).toBe(404);
  });

  it("a token is for its repository only", async () => {
    await using registry = await startHostileRegistry({ auth });
    const token = await tokenOf(registry, "repository:team/other:pull,push", "robot");
    const to = `${registry.url}/v2/${repository}/blobs/uploads/`;
    expect((await send("POST", to, undefined, { authorization: `Bearer ${token}` })).status).toBe(401);
  });
});

describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))("%s takes writes", (_, dialect) => {
  const secret = `Basic ${btoa(`${dialect.user}:s3cret`)}`;

  /** The header that lets its user push. */
  const loginFor = async (scope: string, { tokens }: Imitation): Promise<string> => {
    if (dialect.login.kind === "basic") return secret;
    const url = `${tokens.url}${dialect.login.tokenPath}?scope=${scope}`;
    const answer = await send("GET", url, undefined, { authorization: secret });
    return `Bearer ${((await answer.json()) as { token: string }).token}`;
  };

  it("in its own way", async () => {
    await using servers = await startDialect(dialect, "s3cret");
    const { registry } = servers;
    const api = `${registry.url}/v2/${dialect.path}`;
    const scope = `repository:${dialect.path}:pull,push`;
    const refused = await send("POST", `${api}/blobs/uploads/`);
    expect(refused.status).toBe(401);
    if (dialect.login.kind === "token")
      expect(refused.headers.get("www-authenticate")).toBe(
        `Bearer realm="${servers.tokens.url}${dialect.login.tokenPath}",service="${dialect.login.service}",scope="${scope}"`,
      );
    const headers = { authorization: await loginFor(scope, servers) };
    const started = await send("POST", `${api}/blobs/uploads/`, undefined, headers);
    const sent = await send("PATCH", placeOf(started, registry), blob, headers);
    expect([started.status, sent.status]).toEqual([202, dialect.uploads.patchStatus ?? 202]);
    const ended = await send("PUT", closing(placeOf(sent, registry)), undefined, headers);
    expect([ended.status, ended.headers.get("docker-content-digest")]).toEqual([201, digest]);

    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [{ digest }], subject: { digest } }));
    const put = await send("PUT", `${api}/manifests/v1`, manifest, { ...headers, "content-type": ociManifest });
    expect([put.status, put.headers.get("oci-subject")]).toEqual([201, dialect.referrers === "listed" ? digest : null]);
    expect(registry.asked("upload").every(({ repository: path }) => path === dialect.path)).toBe(true);
  });
});

describeWith(["oras"], "the real oras and the tests' registry", () => {
  const user = "robot";
  const password = "s3cret";
  const artifact = {
    repository,
    tag: "v1",
    artifactType: "application/vnd.example.evaluation.v1",
    files: { "results.json": { mediaType: "application/json", content: '{"accuracy":0.93}\n' } },
  };

  it.each([
    ["nobody's password", undefined],
    ["a password", basicAuth({ [user]: password })],
    ["tokens", tokenAuth({ users: { [user]: password } })],
  ])("agree about a push with %s", async (_, auth) => {
    await using registry = await startHostileRegistry(auth === undefined ? {} : { auth });
    const pushed = parseDigest(await orasPush(registry, artifact, auth === undefined ? {} : { user, password }));
    expect(pushed).toBeDefined();
    const stored = registry.asked("manifest").findLast(({ method }) => method === "PUT");
    expect(digestOf(stored?.body ?? Buffer.of())).toBe(pushed);
  });
});
