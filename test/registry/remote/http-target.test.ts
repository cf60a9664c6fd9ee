import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { createHttpTarget } from "../../../registry/remote/http-target.ts";
import { wrapDocument } from "../../../publish/push/image.ts";
import { type Document } from "../../../registry/document.ts";
import { openLayer } from "../../../publish/push/layer.ts";
import { type Layer } from "../../../registry/layer.ts";
import type { PushTarget } from "../../../registry/target.ts";

/** A registry that does as it is told, one answer after the other, and remembers what it was asked. */
type Answering = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

let folder: string;
let server: Server;
let host: string;
let asked: string[];
let authorizations: (string | undefined)[];
let answers: Record<string, Answering[]>;
let target: PushTarget;
/** Nothing here waits for it. */
const signal = new AbortController().signal;
const repositoryOf = (): string => `${host}/acme/evals`;
const blob: Document = wrapDocument("application/octet-stream", Buffer.alloc(100_000, "x"));

const reply =
  (status: number, headers: Record<string, string> = {}, body = ""): Answering =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body);

const breaking: Answering = (request) => void request.socket.resetAndDestroy();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-target-"));
  [asked, authorizations] = [[], []];
  answers = {};
  server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const { method = "", url = "", headers } = request;
      asked.push(`${method} ${url.replace(/sha256(:|%3A)[0-9a-f]{64}/, "DIGEST")}`);
      authorizations.push(headers.authorization);
      const own = answers[method]?.shift();
      const isStreamed = method === "PATCH" && own !== undefined;
      const body = isStreamed ? Buffer.alloc(0) : await buffer(request);
      (own ?? honest)(request, response, body);
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on a port");
  host = `127.0.0.1:${address.port}`;
  const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };
  target = createHttpTarget({ registries: [{ host, plainHttp: true }], clock });
});
afterEach(async () => {
  await target.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

let streamed: Buffer = Buffer.alloc(0);
const honest: Answering = (request, response, body) => {
  const { method, url = "" } = request;
  if (method === "HEAD") return reply(404)(request, response, body);
  if (method === "POST")
    return reply(202, { location: "/v2/acme/evals/blobs/uploads/1?state=a~b%2Bc" })(request, response, body);
  if (method === "PATCH") {
    streamed = body;
    return reply(202, { location: "/v2/acme/evals/blobs/uploads/1?state=b" })(request, response, body);
  }
  const said = new URL(url, "http://registry").searchParams.get("digest");
  const bytes = body.length > 0 ? body : streamed;
  const isRight = said === null || said === `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return reply(isRight ? 201 : 400)(request, response, body);
};

const onePiece = [
  "POST /v2/acme/evals/blobs/uploads/",
  "PUT /v2/acme/evals/blobs/uploads/1?state=a~b%2Bc&digest=DIGEST",
];

it("sends a blob in one piece, and keeps the state in the upload's Location", async () => {
  await target.blob(repositoryOf(), blob, signal);
  expect(asked).toEqual(["HEAD /v2/acme/evals/blobs/DIGEST", ...onePiece]);
});

it("sends a small blob without asking after it", async () => {
  await target.blob(repositoryOf(), wrapDocument("application/octet-stream", Buffer.from("small")), signal);
  expect(asked).toEqual(onePiece);
});

it("sends nothing that is there", async () => {
  answers = { HEAD: [reply(200)] };
  await target.blob(repositoryOf(), blob, signal);
  expect(asked).toEqual(["HEAD /v2/acme/evals/blobs/DIGEST"]);
});

it.each([
  ["a 503", reply(503)],
  ["a 429", reply(429, { "retry-after": "1" })],
  ["a connection that breaks", breaking],
])("begins a blob again after %s", async (_, fault) => {
  answers = { PUT: [fault] };
  await target.blob(repositoryOf(), blob, signal);
  expect(asked.filter((one) => one.startsWith("PUT"))).toHaveLength(2);
  expect(asked.filter((one) => one.startsWith("POST"))).toHaveLength(2);
});

it("gives up after its retries, with the registry's code and none of its text", async () => {
  const body = '{"errors":[{"code":"TOOMANYREQUESTS","message":"<script>"}]}';
  answers = { PUT: [reply(503, {}, body), reply(503, {}, body), reply(503, {}, body)] };
  await expect(target.blob(repositoryOf(), blob, signal)).rejects.toThrow(
    `${host} answered 503 Service Unavailable (TOOMANYREQUESTS)`,
  );
});

it.each([
  ["401", "denied", "anonymous access, which may not push to acme/evals"],
  ["403", "denied", "anonymous access, which may not push to acme/evals"],
  ["404", "denied", "no repository acme/evals, or none to push to"],
  ["400", "no-answer", "400 Bad Request"],
  ["413", "no-answer", "413"],
])("does not try again after %s", async (status, reason, message) => {
  answers = { POST: [reply(Number(status))] };
  await expect(target.blob(repositoryOf(), blob, signal)).rejects.toMatchObject({
    message: expect.stringContaining(message),
    failure: { reason },
  });
  expect(asked.filter((one) => one.startsWith("POST"))).toHaveLength(1);
});

it("refuses a registry that says that it stored something else", async () => {
  answers = { PUT: [reply(201, { "docker-content-digest": `sha256:${"0".repeat(64)}` })] };
  await expect(target.blob(repositoryOf(), blob, signal)).rejects.toMatchObject({
    failure: { reason: "corrupt" },
  });
});

it.each([
  ["none", {}],
  ["one that is no URL", { location: "http://[" }],
  ["one with a user name", { location: "http://a:b@127.0.0.1/" }],
])("refuses an upload's Location: %s", async (_, headers) => {
  answers = { POST: [reply(202, headers)] };
  await expect(target.blob(repositoryOf(), blob, signal)).rejects.toThrow("began an upload");
});

it("sends no credentials to another server that an upload leads to, and none to an address that is not public", async () => {
  const credentials = { kind: "basic", username: "ci", password: "s3cret" } as const;
  const identity = {
    name: "ci",
    source: "the test",
    hasCredentials: true,
    credentials: () => Promise.resolve(credentials),
  };
  const other = createHttpTarget({
    registries: [{ host, plainHttp: true, credentials: { identify: () => identity } }],
  });
  const login = reply(401, { "www-authenticate": 'Basic realm="r"' });
  const elsewhere = reply(202, { location: "http://127.0.0.2:9/upload" });
  answers = { HEAD: [login], POST: [elsewhere] };
  await expect(other.blob(repositoryOf(), blob, signal)).rejects.toThrow(
    "resolves to a network address that is not allowed",
  );
  expect(authorizations).toEqual([undefined, expect.stringMatching(/^Basic /), expect.stringMatching(/^Basic /)]);
  await other.close();
});

async function layer(size: number): Promise<Layer> {
  const path = join(folder, "file");
  await writeFile(path, Buffer.alloc(size, "x"));
  const file = { name: "file", path, size, modified: new Date(0) };
  return target.layer(repositoryOf(), () => openLayer(file, file.modified, false), signal);
}

it("streams a layer, and ends with the digest of what it sent", async () => {
  const { digest } = await layer(3_000_000);
  expect(asked).toEqual([
    "POST /v2/acme/evals/blobs/uploads/",
    "PATCH /v2/acme/evals/blobs/uploads/1?state=a~b%2Bc",
    "PUT /v2/acme/evals/blobs/uploads/1?state=b&digest=DIGEST",
  ]);
  expect(digest).toBe(`sha256:${createHash("sha256").update(streamed).digest("hex")}`);
});

it.each([
  ["breaks off", breaking],
  ["answers 502", reply(502)],
])("begins a layer from its beginning where the registry %s in the middle", async (_, fault) => {
  answers = { PATCH: [fault] };
  const { digest } = await layer(3_000_000);
  expect(asked.filter((one) => one.startsWith("POST"))).toHaveLength(2);
  expect(digest).toBe(`sha256:${createHash("sha256").update(streamed).digest("hex")}`);
});

it("says whether the registry keeps the list of referrers", async () => {
  answers = { PUT: [reply(201, { "oci-subject": blob.digest }), reply(201)] };
  expect(await target.manifest(repositoryOf(), blob, "v1", signal)).toEqual({ listsReferrers: true });
  expect(await target.manifest(repositoryOf(), blob, undefined, signal)).toEqual({ listsReferrers: false });
  expect(asked).toEqual(["PUT /v2/acme/evals/manifests/v1", "PUT /v2/acme/evals/manifests/DIGEST"]);
});
