import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "@jest/globals";
import { createMlflowClient, type MlflowClient } from "../../mlflow/client.ts";
import { MlflowError } from "../../mlflow/errors.ts";
import { recordArtifact } from "../../mlflow/record-artifact.ts";
import { findNoProxy } from "../../registry/remote/network/proxies.ts";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { issue, makeCa } from "../support/certificates.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const secret = "s3cret";
const limits = { requestTimeoutMs: 2_000, connectTimeoutMs: 2_000, maxBytes: 64 * 1024 };
/** Nothing here waits for it. */
const signal = new AbortController().signal;
const run = (id: string, info: object = {}, data: object = {}): object => ({
  run: { info: { run_id: id, run_name: "granite", lifecycle_stage: "active", ...info }, data },
});
const json =
  (body: unknown, status = 200, headers = {}): Handler =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
const html =
  (status: number, headers = {}): Handler =>
  (_, response) =>
    response.writeHead(status, { "content-type": "text/html", ...headers }).end("<h1>hello</h1>");

const endless: Handler = (_, response) => {
  response.writeHead(200);
  const write = (): void => {
    while (!response.destroyed && response.write(" ".repeat(16 * 1024)));
  };
  response.on("drain", write);
  write();
};

/** A client of a server that answers as it is told. */
async function withClient(
  handler: Handler,
  use: (client: MlflowClient, name: string) => Promise<unknown>,
  path = "",
  workspace?: string,
): Promise<void> {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const authorization = `Bearer ${secret}`;
  const found = {
    url: `http://${name}`,
    name,
    authorization,
    identity: "MLFLOW_TRACKING_TOKEN",
    ca: undefined,
    chooseProxy: findNoProxy,
    workspace,
  };
  const client = createMlflowClient(found, limits);
  try {
    await use(client, name);
  } finally {
    await client.close();
    server.closeAllConnections();
    server.close();
  }
}

describe("reading a run", () => {
  it("asks for it by its id, below the server's path, with the credentials", async () => {
    const seen: unknown[] = [];
    const handler: Handler = (request, response) => {
      seen.push([request.method, request.url, request.headers.authorization]);
      json(run("a1", {}, { tags: [{ key: "k", value: "v" }], params: [{ key: "p", value: "1" }] }))(request, response);
    };
    await withClient(
      handler,
      async (client) => {
        expect(await client.run("a1", signal)).toEqual({
          id: "a1",
          name: "granite",
          deleted: false,
          tags: new Map([["k", "v"]]),
          params: new Map([["p", "1"]]),
          metrics: new Map(),
          models: new Set(),
        });
        expect(await client.tag("a1", "k", signal)).toBe("v");
        expect(await client.tag("a1", "constructor", signal)).toBeUndefined();
      },
      "/team",
    );
    expect(seen[0]).toEqual(["GET", "/team/api/2.0/mlflow/runs/get?run_id=a1", `Bearer ${secret}`]);
  });

  it("knows a run that is deleted, and one that has neither name nor data", async () => {
    const handler = json({ run: { info: { run_id: "a1", lifecycle_stage: "deleted" } } });
    await withClient(handler, async (client) => {
      const expected = {
        id: "a1",
        name: "",
        deleted: true,
        tags: new Map(),
        params: new Map(),
        metrics: new Map(),
        models: new Set(),
      };
      expect(await client.run("a1", signal)).toEqual(expected);
    });
  });

  it("reads numbers that JSON does not have, and what MLflow keeps instead of infinity", async () => {
    const metrics = [
      { key: "acc", value: 0.5, timestamp: 1 },
      { key: "none", value: "NaN" },
      { key: "up", value: Number.MAX_VALUE },
      { key: "down", value: -Number.MAX_VALUE },
      { key: "proto", value: "-Infinity" },
      { key: "zero" },
    ];
    await withClient(json(run("a1", {}, { metrics })), async (client) => {
      expect(Object.fromEntries((await client.run("a1", signal)).metrics)).toEqual({
        acc: 0.5,
        none: NaN,
        up: Infinity,
        down: -Infinity,
        proto: -Infinity,
        zero: 0,
      });
    });
  });

  it.each<[string, Handler, MlflowError["kind"], RegExp]>([
    ["no such run", json({ error_code: "RESOURCE_DOES_NOT_EXIST", message: "x" }, 404), "absent", /has no run a1$/],
    ["another run's answer", json(run("b2")), "unavailable", /was asked for run a1 and answered with b2/],
    ["another form", json({ runs: [] }), "unavailable", /not as MLflow does/],
    ["a page", html(200), "unavailable", /not as MLflow does: is it the MLflow server's address/],
    ["a page that is not there", html(404), "unavailable", /404 Not Found, and not as MLflow does/],
    [
      "a page to log in at",
      html(302, { location: "http://127.0.0.1:1/login" }),
      "unavailable",
      /302 Found, perhaps to/,
    ],
    ["that credentials are wrong", html(401), "unavailable", /401 Unauthorized: check MLFLOW_TRACKING_TOKEN/],
    [
      "that the user may not",
      json({ error_code: "PERMISSION_DENIED", message: "Permission denied" }, 403),
      "unavailable",
      /403 Forbidden: .* what that user may do with run a1/,
    ],
    [
      "that the host is another",
      (_, response) => response.writeHead(403, { "content-type": "text/plain" }).end("Invalid Host header - possible"),
      "unavailable",
      /does not answer to the name 127\.0\.0\.1:\d+: start the MLflow server with --allowed-hosts 127\.0\.0\.1:\d+, or/,
    ],
    ["a server error", html(503), "unavailable", /503 Service Unavailable: try again later/],
    ["a rate limit", html(429), "unavailable", /try again later/],
    [
      "a reason",
      json({ error_code: "INVALID_PARAMETER_VALUE", message: "no\u202Enonsense" }, 400),
      "refused",
      /400 Bad Request: "no\\u\{202e\}nonsense"/,
    ],
    ["no reason", html(418), "refused", /no reason given/],
    ["too much", json(run("a1", { run_name: "x".repeat(100_000) })), "unavailable", /the answer is too large/],
    ["too much without end", endless, "unavailable", /the answer is too large/],
    ["nothing", () => undefined, "unavailable", /no answer in time/],
    ["half an answer", (_, response) => response.writeHead(200).write("{"), "unavailable", /stopped half-way/],
    ["a broken connection", (request) => request.socket.destroy(), "unavailable", /connection was closed/],
  ])("fails on %s", async (_, handler, kind, words) => {
    await withClient(handler, async (client, name) => {
      const error = await client.run("a1", signal).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (!(error instanceof MlflowError)) throw new Error("no MlflowError", { cause: error });
      expect({ kind: error.kind, message: error.message }).toEqual({ kind, message: expect.stringMatching(words) });
      expect(error.message).toContain(name);
      expect(error.message).not.toContain(secret);
    });
  });

  it("ends with its signal", async () => {
    await withClient(
      () => undefined,
      async (client) => {
        const asked = client.run("a1", AbortSignal.timeout(20));
        await expect(asked).rejects.toThrow(/no answer in time/);
      },
    );
  });
});

describe("over TLS", () => {
  it("trusts the authority that it was given, and no other", async () => {
    const ca = await makeCa();
    const { cert, key } = await issue(ca, { ip: ["127.0.0.1"] });
    const server = createTlsServer({ cert, key }, json(run("a1"))).listen(0, "127.0.0.1");
    await once(server, "listening");
    const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = async (authority: string | undefined): Promise<string> => {
      const found = {
        url: `https://${name}`,
        name,
        authorization: undefined,
        identity: "",
        ca: authority,
        chooseProxy: findNoProxy,
        workspace: undefined,
      };
      await using client = createMlflowClient(found, limits);
      return (await client.run("a1", signal)).id;
    };
    try {
      expect(await ask(ca.cert)).toBe("a1");
      await expect(ask(undefined)).rejects.toThrow(
        /certificate not trusted; MLFLOW_TRACKING_SERVER_CERT_PATH names a file of authorities/,
      );
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("recording an artifact", () => {
  const digest = parseDigest(`sha256:${"a".repeat(64)}`) as Digest;
  const other = parseDigest(`sha256:${"b".repeat(64)}`) as Digest;

  const linked = `quay.io/acme/evals:v1@${digest}`;
  /** Keeps tags as they are sent, or as `keep` says. */
  const keeping =
    (seen: unknown[], keep: (value: string) => string): Handler =>
    (request, response) => {
      void text(request).then((body) => {
        if (body === "") {
          const tags = seen.map((one) => (one as { body: { key: string; value: string } }).body);
          return json(run("a1", {}, { tags: tags.map(({ key, value }) => ({ key, value: keep(value) })) }))(
            request,
            response,
          );
        }
        const { method, url, headers } = request;
        seen.push({ method, url, type: headers["content-type"], body: JSON.parse(body) });
        return json({})(request, response);
      });
    };

  it("writes two tags, the digest last, and reads them back", async () => {
    const seen: unknown[] = [];
    await withClient(
      keeping(seen, (value) => value),
      (client) => recordArtifact(client, "a1", { reference: linked, digest }, signal),
    );
    const asked = { method: "POST", url: "/api/2.0/mlflow/runs/set-tag", type: "application/json" };
    expect(seen).toEqual([
      { ...asked, body: { run_id: "a1", key: "assaygate.oci.reference", value: linked } },
      { ...asked, body: { run_id: "a1", key: "assaygate.oci.digest", value: digest } },
    ]);
  });

  it("says what was cut, and what was changed", async () => {
    const record = (keep: (value: string) => string): Promise<void> =>
      withClient(keeping([], keep), (client) => recordArtifact(client, "a1", { reference: linked, digest }, signal));
    await expect(record((value) => value.slice(0, 40))).rejects.toMatchObject({
      kind: "refused",
      message: "MLflow took the tag assaygate.oci.reference of run a1, and keeps only the first 40 characters",
    });
    await expect(record(() => "other")).rejects.toThrow(/run a1, and keeps other$/);
  });

  it("refuses a tag that MLflow would cut before it asks, counted as MLflow counts", async () => {
    const never: Handler = () => {
      throw new Error("was asked");
    };
    await withClient(never, async (client) => {
      await expect(client.setTag("a1", "k", "x".repeat(8_001), signal)).rejects.toMatchObject({
        kind: "unusable",
        message: expect.stringContaining("the tag k would have 8001 characters"),
      });
    });
    await withClient(json({}), (client) => client.setTag("a1", "k", "\u{1f600}".repeat(8_000), signal));
  });

  it.each([
    ["a tag alone", "quay.io/acme/evals:v1"],
    ["a digest alone", digest],
    ["another digest", `quay.io/acme/evals@${other}`],
    ["a folder", `oci-layout:evidence@${digest}`],
  ])("refuses %s before it asks", async (_, reference) => {
    const handler: Handler = () => {
      throw new Error("was asked");
    };
    await withClient(handler, async (client) => {
      await expect(recordArtifact(client, "a1", { reference, digest }, signal)).rejects.toMatchObject({
        kind: "unusable",
        message: expect.stringContaining(`it takes host/repository@${digest}`),
      });
    });
  });
});

describe("workspaces", () => {
  type Answers = Readonly<Record<string, readonly [status: number, body: unknown]>>;
  const absent = { error_code: "RESOURCE_DOES_NOT_EXIST", message: "Run with id=a1 not found" };
  const at =
    (answers: Answers): Handler =>
    (request, response) => {
      const [status, body] = answers[request.url?.replace(/\?.*/, "").replace(/^.*\/mlflow\//, "") ?? ""] ?? [
        404,
        "no",
      ];
      json(body, status)(request, response);
    };
  const ask = async (answers: Answers, workspace?: string): Promise<{ kind: string; message: string }> => {
    let caught: unknown;
    await withClient(
      at({ "runs/get": [404, absent], ...answers }),
      async (client) => (caught = await client.run("a1", signal).catch((cause: unknown) => cause)),
      "",
      workspace,
    );
    if (!(caught instanceof MlflowError)) throw new Error("no MlflowError", { cause: caught });
    return caught;
  };
  const enabled = [200, { workspaces_enabled: true }] as const;

  it("are asked by a header", async () => {
    const seen: unknown[] = [];
    const handler: Handler = (request, response) => {
      seen.push(request.headers["x-mlflow-workspace"]);
      json(run("a1"))(request, response);
    };
    await withClient(handler, (client) => client.run("a1", signal), "", "team-a");
    await withClient(handler, (client) => client.run("a1", signal));
    expect(seen).toEqual(["team-a", undefined]);
  });

  it.each<[string, Answers, string | undefined, MlflowError["kind"], RegExp]>([
    ["a server without any", { "server-info": [200, {}] }, undefined, "absent", /has no run a1$/],
    ["a server from before them", {}, undefined, "absent", /has no run a1$/],
    [
      "another workspace, perhaps",
      { "server-info": enabled },
      undefined,
      "unavailable",
      /a1 in its default workspace, and/,
    ],
    ["a server that does not say", { "server-info": [503, "x"] }, undefined, "unavailable", /503 Service Unavailable/],
    ["a server that lies", { "server-info": [200, []] }, undefined, "refused", /200 OK/],
    [
      "the workspace",
      { "workspaces/team-a": [200, { workspace: { name: "team-a" } }] },
      "team-a",
      "absent",
      /has no run a1 in the workspace team-a$/,
    ],
    [
      "no such workspace",
      { "server-info": enabled, "workspaces/team-a": [404, absent] },
      "team-a",
      "unavailable",
      /has no workspace team-a: check MLFLOW_WORKSPACE/,
    ],
    [
      "a workspace that may not be seen",
      { "workspaces/team-a": [403, { error_code: "PERMISSION_DENIED" }] },
      "team-a",
      "unavailable",
      /what that user may do with workspace team-a/,
    ],
    [
      "a workspace, and the server is from before them",
      {},
      "team-a",
      "unavailable",
      /no workspaces: unset MLFLOW_WORK/,
    ],
    [
      "a workspace, and the server has none",
      { "runs/get": [500, { error_code: "FEATURE_DISABLED", message: "x" }] },
      "team-a",
      "unavailable",
      /no workspaces: unset MLFLOW_WORKSPACE/,
    ],
  ])("are told apart: %s", async (_, answers, workspace, kind, words) => {
    const error = await ask(answers, workspace);
    expect({ kind: error.kind, message: error.message }).toEqual({ kind, message: expect.stringMatching(words) });
  });
});
