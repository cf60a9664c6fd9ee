import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { issue, makeCa, type Ca, type IssueOptions } from "../../support/certificates.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";

let folder: string;
let clients: Ca;
let gate: TestGate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-clients-"));
  const servers = await makeCa();
  clients = await makeCa("front proxies");
  const { cert, key } = await issue(servers, { dns: ["localhost"], ip: ["127.0.0.1"] });
  const files = { "tls.crt": cert, "tls.key": key, "clients.crt": clients.cert };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  gate = await startTestGate(
    { "policy.yaml": policy() },
    {
      tls: {
        certFile: join(folder, "tls.crt"),
        keyFile: join(folder, "tls.key"),
        clientCaFile: join(folder, "clients.crt"),
        clientNames: ["kube-apiserver", "apiserver.example.com"],
      },
    },
  );
});
afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly resumed: boolean;
  readonly session: Buffer | undefined;
}

/** One review over one connection that shows this certificate. */
async function ask(options: IssueOptions | undefined, by: Ca = clients, resume?: Buffer): Promise<Answer> {
  const pair = options === undefined ? {} : await issue(by, { usage: "client", ...options });
  return askWith({ ...pair, ...(resume === undefined ? {} : { session: resume }) });
}

function askWith(tls: { cert?: string; key?: string; session?: Buffer }): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(gate.url);
    let session: Buffer | undefined;
    let socket: TLSSocket | undefined;
    const sent = request(
      new URL("/validate", gate.url),
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        createConnection() {
          socket = connect({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false, ...tls });
          socket.on("session", (ticket) => (session = ticket));
          return socket;
        },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
        response
          .on("error", reject)
          .on("end", () =>
            resolve({ status: response.statusCode ?? 0, body, resumed: socket?.isSessionReused() ?? false, session }),
          );
      },
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(review(deployment(undefined))));
  });
}

describe("with clientCaFile and clientNames, the gate answers (T55)", () => {
  it.each<[string, IssueOptions]>([
    ["an allowed common name", { subject: "CN=kube-apiserver, O=acme" }],
    [
      "an allowed DNS name, whatever the common name",
      { subject: "CN=other", dns: ["x.example.com", "apiserver.example.com"] },
    ],
  ])("%s", async (_, options) => {
    expect(await ask(options)).toMatchObject({ status: 200 });
  });

  it("the same client again when it resumes its session", async () => {
    const pair = await issue(clients, { usage: "client", subject: "CN=kube-apiserver" });
    const first = await askWith(pair);
    if (first.session === undefined) throw new Error("the server gave no session");
    expect(await askWith({ ...pair, session: first.session })).toMatchObject({ status: 200, resumed: true });
  });
});

describe("it does not answer", () => {
  it.each<[string, IssueOptions]>([
    ["another common name", { subject: "CN=somebody" }],
    ["a common name that only contains an allowed one", { subject: "CN=kube-apiserver.evil.example.com" }],
    ["a name in another field of the subject", { subject: "CN=somebody, O=kube-apiserver, OU=kube-apiserver" }],
    ["a common name that holds a second one", { subject: 'CN="somebody\\nCN=kube-apiserver"' }],
    ["two common names", { subject: "CN=somebody, CN=kube-apiserver" }],
    ["a wildcard", { subject: "CN=somebody", dns: ["*.example.com"] }],
    ["an empty name", { subject: "O=acme" }],
  ])("%s: 403 without a verdict", async (_, options) => {
    const { status, body } = await ask(options);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toMatchObject({
      kind: "Status",
      reason: "Forbidden",
      message: "assaygate: the client certificate has none of the names in tls.clientNames",
    });
    expect(body).not.toContain('allowed":');
  });

  it("a client without a certificate, or with one of another authority: no handshake", async () => {
    await expect(ask(undefined)).rejects.toThrow();
    await expect(ask({ subject: "CN=kube-apiserver" }, await makeCa("others"))).rejects.toThrow();
  });

  it("a certificate for servers", async () => {
    await expect(ask({ subject: "CN=kube-apiserver", usage: "server" })).rejects.toThrow();
  });
});
