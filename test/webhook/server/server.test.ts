import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { evaluation, referenceTo } from "../../support/builders/evaluation.ts";
import { policy, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { expectSoon } from "../../support/soon.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { startHostileRegistry, type HostileRegistry } from "../../support/hostile-registry/server.ts";
import { status } from "../../support/hostile-registry/faults.ts";

const requirement = { ...strict, environment: ["production"], maxAge: undefined };
const good = evaluation();
let registry: HostileRegistry;
let gate: TestGate;

beforeAll(async () => {
  registry = await startHostileRegistry();
  registry.push("acme/evals", good);
  const own = policy(requirement, { evidence: { repositories: [`${registry.host}/acme/evals`] } });
  gate = await startTestGate(
    { "policy.yaml": own },
    { registries: [{ host: registry.host, plainHttp: true, redirectHosts: ["127.0.0.1"] }] },
  );
});
afterAll(async () => {
  await gate[Symbol.asyncDispose]();
  await registry.close();
});

const reference = (): string => referenceTo(good, `${registry.host}/acme/evals`);
const goodReview = (): ReturnType<typeof review> => review(deployment(reference()));

describe("POST /validate over TLS", () => {
  it("admits, with the same uid", async () => {
    expect(await gate.review(goodReview())).toMatchObject({
      uid: "705ab4f5-6393-11e8-b7cc-42010a800002",
      allowed: true,
    });
  });

  it("denies with HTTP 200, a status and a message that stands alone in 250 characters", async () => {
    const response = await gate.review(review(deployment(undefined)));
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 403, reason: "Forbidden", details: { causes: [{ reason: "EVIDENCE_MISSING" }] } },
    });
    expect(response.status?.message.split("\n")[0]?.length).toBeLessThanOrEqual(250);
  });

  it("writes one decision record for each review", async () => {
    const before = gate.log.length;
    await gate.review(goodReview());
    await gate.review(review(deployment(undefined), { dryRun: true }));
    expect(gate.log.slice(before)).toMatchObject([
      {
        schema: "assaygate.dev/decision-record/v1",
        decision: "admit",
        reasons: [],
        user: { username: "jane@example.com" },
        evidence: [{ state: "found" }],
        dryRun: false,
      },
      { decision: "deny", reasons: ["EVIDENCE_MISSING"], dryRun: true },
    ]);
  });

  it("asks the registry once for what it then remembers", async () => {
    await gate.review(goodReview());
    const asked = registry.asked("manifest").length;
    await gate.review(goodReview());
    expect(registry.asked("manifest")).toHaveLength(asked);
  });
});

describe("bad requests, each with its own error and none with a verdict (T53, T54)", () => {
  const body = (change: Record<string, unknown>): string => JSON.stringify({ ...goodReview(), ...change });
  it.each([
    ["an undecodable body", { body: "{" }, 400, "not JSON"],
    ["no body", { body: "" }, 400, "not JSON"],
    ["bytes that are not UTF-8", { body: new Uint8Array([0x22, 0xff, 0x22]) }, 400, "UTF-8"],
    ["a wrong content type", { body: "{}", headers: { "content-type": "text/plain" } }, 415, "application/json"],
    ["a compressed body", { body: "{}", headers: { "content-encoding": "gzip" } }, 415, "Content-Encoding"],
    [
      "something other than a review",
      { body: JSON.stringify({ apiVersion: "v1", kind: "Pod" }) },
      400,
      "AdmissionReview",
    ],
    ["JSON null", { body: "null" }, 400, "AdmissionReview"],
    [
      "v1beta1",
      {
        body: JSON.stringify({
          apiVersion: "admission.k8s.io/v1beta1",
          kind: "AdmissionReview",
          request: { uid: "1" },
        }),
      },
      400,
      "admission.k8s.io/v1",
    ],
    [
      "no request",
      { body: JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" }) },
      400,
      "request",
    ],
    ["a GET", { method: "GET" }, 405, "POST"],
    ["another path", { body: "{}", path: "/mutate" }, 404, "/validate"],
  ])("%s", async (_, options, expectedStatus, message) => {
    const reply = await gate.send(options);
    expect(reply.status).toBe(expectedStatus);
    expect(reply.body).toContain(message);
    expect(reply.body).not.toContain("allowed");
    expect(reply.body).not.toMatch(/\bat .*\.ts:\d+|node_modules/);
  });

  it.each([
    ["no uid", { uid: undefined }, "uid"],
    ["an empty uid", { uid: "" }, "uid"],
    ["a uid that is no string", { uid: 7 }, "uid"],
    ["an unknown operation", { operation: "APPLY" }, "operation"],
  ])("%s", async (_, change, message) => {
    const { request } = goodReview() as { request: object };
    const reply = await gate.send({ body: body({ request: { ...request, ...change } }) });
    expect(reply.status).toBe(400);
    expect(reply.body).toContain(message);
  });

  it("a client that goes before its body has ended is no error of the gate", async () => {
    await using own = await startTestGate({ "policy.yaml": policy(requirement) });
    const before = own.log.length;
    const { hostname, port } = new URL(own.url);
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
    const head = ["POST /validate HTTP/1.1", "Host: gate", "Content-Type: application/json", "Content-Length: 9"];
    socket.write(`${head.join("\r\n")}\r\n\r\n{`);
    await once(socket, "secureConnect");
    socket.end();
    await expectSoon(() => own.log.length > before);
    expect(own.log.slice(before)).toEqual([
      expect.objectContaining({ status: 400, reason: "the request ended before its body did" }),
    ]);
  });

  it("a flood of them writes a line for each kind, and every one of them is counted", async () => {
    await using own = await startTestGate({ "policy.yaml": policy(requirement) });
    for (let count = 0; count < 40; count += 1) await own.send({ body: `{${count}` });
    for (let count = 0; count < 20; count += 1) await own.send({ method: "GET" });
    const lines = own.log.filter(({ msg }) => msg === "request refused");
    expect(lines.map((line) => line["status"])).toEqual([400, 405]);
    const { body: text } = await own.get("/metrics");
    expect(text).toContain('assaygate_http_refused_total{status="400"} 40');
    expect(text).toContain('assaygate_http_refused_total{status="405"} 20');
  });

  it("8 MiB, declared or not, without reading on", async () => {
    const large = `{"pad":"${"x".repeat(8 * 1024 * 1024)}"}`;
    expect((await gate.send({ body: large })).status).toBe(413);
    const chunked = await gate.send({ body: large, headers: { "transfer-encoding": "chunked" } });
    expect(chunked.status).toBe(413);
    expect(chunked.body).toContain("larger than");
  });

  it("but an object of 3 MiB and its old self are read", async () => {
    const pad = { metadata: { annotations: { pad: "x".repeat(3 * 1024 * 1024 - 4096) } } };
    const object = deployment(reference(), pad);
    expect(await gate.review(review(object, { operation: "UPDATE", oldObject: object }))).toMatchObject({
      allowed: true,
    });
  });

  it.each([
    ["DELETE", { operation: "DELETE", object: null }],
    ["CONNECT", { operation: "CONNECT", object: null }],
    ["a null object", { object: null }],
    ["no object", { object: undefined }],
    ["no object at all", { object: undefined, oldObject: undefined }],
    ["an object that is a list", { object: [] }],
    [
      "containers that are no list",
      {
        object: {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: {},
          spec: { template: { spec: { containers: 7 } } },
        },
      },
    ],
  ])("%s is denied, with the same uid", async (_, change) => {
    const { request } = goodReview() as { request: object };
    const reply = await gate.send({ body: body({ request: { ...request, ...change } }) });
    expect(JSON.parse(reply.body)).toMatchObject({
      response: { uid: "705ab4f5-6393-11e8-b7cc-42010a800002", allowed: false },
    });
    expect(reply.body).toContain("REVIEW_INVALID");
  });
});

describe("a review without oldObject", () => {
  it.each(["CREATE", "UPDATE"])("is judged: %s", async (operation) => {
    const send = async (object: ReturnType<typeof deployment>): Promise<unknown> => {
      const { request } = review(object, { operation }) as { request: Record<string, unknown> };
      const { oldObject: _, ...rest } = request;
      return JSON.parse((await gate.send({ body: JSON.stringify({ ...goodReview(), request: rest }) })).body);
    };
    expect(await send(deployment(reference()))).toMatchObject({ response: { allowed: true } });
    expect(await send(deployment(undefined))).toMatchObject({
      response: { allowed: false, status: { details: { causes: [{ reason: "EVIDENCE_MISSING" }] } } },
    });
  });
});

describe("health", () => {
  it("is live and ready", async () => {
    expect(await gate.get("/healthz")).toEqual({ status: 200, body: "ok\n" });
    expect(await gate.get("/readyz")).toEqual({ status: 200, body: "ok\n" });
  });

  it("counts reviews with labels that nobody can invent (T58)", async () => {
    await gate.review(
      review({ apiVersion: "evil.example.com/v1", kind: "Invented12345", metadata: { name: "x", namespace: "y" } }),
    );
    await gate.review(goodReview());
    const { body } = await gate.get("/metrics");
    expect(body).toMatch(
      /assaygate_admission_requests_total\{operation="CREATE",kind="Deployment",decision="admit",basis="judged",dry_run="false"\} \d+/,
    );
    expect(body).toContain('kind="other"');
    expect(body).not.toContain("Invented12345");
  });

  it("counts a dry run, and sets off no alarm (T62)", async () => {
    const alarms = async (): Promise<string[]> =>
      (await gate.get("/metrics")).body
        .split("\n")
        .filter((line) => line.startsWith("assaygate_admission_reasons_total{"));
    const before = await alarms();
    await gate.review(review(deployment(undefined), { dryRun: true }));
    expect((await gate.get("/metrics")).body).toMatch(/decision="deny",basis="judged",dry_run="true"\} \d+/);
    expect(await alarms()).toEqual(before);
  });

  it("keeps the last good policies when a change is bad, and says so (T76)", async () => {
    const file = join(gate.policyFolder, "policy.yaml");
    const goodText = await readFile(file, "utf8");
    await writeFile(file, "kind: [");
    await expectSoon(async () => (await gate.get("/readyz")).body.includes("policy problem"));
    expect((await gate.get("/readyz")).status).toBe(200);
    expect(await gate.review(review(deployment(undefined)))).toMatchObject({ allowed: false });
    await writeFile(file, goodText);
    await expectSoon(async () => (await gate.get("/readyz")).body === "ok\n");
  });
});

describe("a gate that never had a good policy set", () => {
  it("is not ready, and denies (T76)", async () => {
    await using empty = await startTestGate({});
    const response = await empty.review(goodReview());
    expect(response).toMatchObject({
      allowed: false,
      status: { code: 503, details: { causes: [{ reason: "POLICIES_NOT_LOADED" }] } },
    });
    await writeFile(join(empty.policyFolder, "policy.yaml"), stringify(policy(requirement)));
    await expectSoon(
      async () =>
        (await empty.review(review(deployment(undefined)))).status?.message.includes("EVIDENCE_MISSING") ?? false,
    );
    await rm(join(empty.policyFolder, "policy.yaml"));
    await expectSoon(async () => empty.log.some(({ msg }) => String(msg).startsWith("policies refused")));
    expect(await empty.review(review(deployment(undefined)))).toMatchObject({ allowed: false });
  });
});

describe("a registry in trouble (T52)", () => {
  it.each([500, 502, 503, 429, 401, 403])("%i is a denial that says that the gate could not look", async (code) => {
    registry.misbehave(status(code, { "retry-after": "0" }), { kind: "manifest" });
    const other = evaluation({ "dev.assaygate.job": String(code) });
    registry.push("acme/evals", other);
    const response = await gate.review(review(deployment(referenceTo(other, `${registry.host}/acme/evals`))));
    registry.behave();
    expect(response).toMatchObject({ allowed: false, status: { code: 503, reason: "ServiceUnavailable" } });
    const recovered = await gate.review(review(deployment(referenceTo(other, `${registry.host}/acme/evals`))));
    expect(recovered).toMatchObject({ allowed: true });
  });

  it("a registry that never answers is cut off by the deadline that the API server gave", async () => {
    const { hang } = await import("../../support/hostile-registry/faults.ts");
    registry.misbehave(hang(), { kind: "manifest" });
    const other = evaluation({ "dev.assaygate.job": "hang" });
    const reply = await gate.send({
      body: JSON.stringify(review(deployment(referenceTo(other, `${registry.host}/acme/evals`)))),
      path: "/validate?timeout=1s",
    });
    registry.behave();
    expect(JSON.parse(reply.body)).toMatchObject({
      response: { allowed: false, status: { code: 503, details: { causes: [{ reason: "DEADLINE_EXCEEDED" }] } } },
    });
  });
});
