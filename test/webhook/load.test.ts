import type { ClientRequest } from "node:http";
import { request } from "node:https";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { BuiltArtifact } from "../support/artifacts.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { startTestGate, type Reply, type TestGate } from "../support/gate.ts";
import { heldUntil } from "../support/hostile-registry/faults.ts";
import { startHostileRegistry, type HostileRegistry } from "../support/hostile-registry/server.ts";
import { expectSoon } from "../support/soon.ts";

const good = evaluation();
let registry: HostileRegistry;
let release: () => void;

beforeEach(async () => {
  registry = await startHostileRegistry();
  const released = Promise.withResolvers<void>();
  release = () => released.resolve();
  registry.misbehave(heldUntil(released.promise), { kind: "manifest" });
});
afterEach(async () => {
  release();
  await registry.close();
});

function startGate(config: Json): Promise<TestGate> {
  const requirement = { ...strict, environment: ["production"], maxAge: undefined };
  const evidence = { repositories: [`${registry.host}/acme/evals`] };
  return startTestGate(
    { "policy.yaml": policy(requirement, { evidence }) },
    { registries: [{ host: registry.host, plainHttp: true }], ...config },
  );
}

function bodyFor(artifact: BuiltArtifact, change: Json = {}): string {
  registry.push("acme/evals", artifact);
  return JSON.stringify(review(deployment(referenceTo(artifact, `${registry.host}/acme/evals`), change)));
}

/** A review that waits for the registry, which answers when the test says so. */
async function startReview(gate: TestGate): Promise<{ readonly reply: Promise<Reply> }> {
  const asked = registry.asked("manifest").length;
  const reply = gate.send({ body: bodyFor(evaluation({ "dev.assaygate.job": String(asked) })) });
  await expectSoon(() => registry.asked("manifest").length > asked);
  return { reply };
}

const admitted = { response: { allowed: true } };
const parse = ({ body }: Reply): unknown => JSON.parse(body);

describe("more reviews than may be under way", () => {
  it("are refused at once, in words that the API server passes on, and may be sent again", async () => {
    await using gate = await startGate({ inFlight: { maxReviews: 1 } });
    const { reply } = await startReview(gate);
    const refused = await gate.send({ body: bodyFor(good) });
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(parse(refused)).toMatchObject({
      apiVersion: "v1",
      kind: "Status",
      status: "Failure",
      code: 503,
      reason: "ServiceUnavailable",
      message: expect.stringMatching(/^assaygate: too many reviews wait for 127\.0\.0\.1:\d+: try again$/),
    });
    expect((await gate.get("/metrics")).body).toContain('assaygate_http_refused_total{status="503"} 1\n');
    expect((await gate.get("/metrics")).body).toContain("assaygate_admission_in_flight 1\n");
    release();
    expect(parse(await reply)).toMatchObject(admitted);
    expect(parse(await gate.send({ body: bodyFor(good) }))).toMatchObject(admitted);
    expect((await gate.get("/metrics")).body).toContain("assaygate_admission_in_flight 0\n");
  });

  it("leave no place taken when they are no reviews, or too large, or break off", async () => {
    await using gate = await startGate({ inFlight: { maxReviews: 1 }, maxBodyBytes: 1024 });
    expect((await gate.send({ body: "{" })).status).toBe(400);
    expect((await gate.send({ body: "{}", headers: { "content-type": "text/plain" } })).status).toBe(415);
    const large = { body: "x".repeat(2048), headers: { "transfer-encoding": "chunked" } };
    expect((await gate.send(large)).status).toBe(413);
    await breakOff(gate, "{", 2);
    expect((await gate.send({ body: "{" })).status).toBe(400);
    expect((await gate.get("/metrics")).body).toContain("assaygate_admission_in_flight 0\n");
  });

  it("are counted by what they sent, and one alone is always read", async () => {
    await using gate = await startGate({ inFlight: { maxBytes: 4096 } });
    const pad = bodyFor(good, { metadata: { annotations: { pad: "x".repeat(8192) } } });
    const { reply } = await startReview(gate);
    const refused = await gate.send({ body: pad });
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(refused.body).toContain(`too many reviews wait for ${registry.host}`);
    release();
    expect(parse(await reply)).toMatchObject(admitted);
    expect(parse(await gate.send({ body: pad }))).toMatchObject(admitted);
  });

  it("leave no room taken when they break off", async () => {
    await using gate = await startGate({ inFlight: { maxBytes: 8192 } });
    for (let times = 0; times < 3; times += 1) await breakOff(gate, "x".repeat(4096), 8192);
    const first = await startReview(gate);
    const second = await startReview(gate);
    release();
    expect(parse(await first.reply)).toMatchObject(admitted);
    expect(parse(await second.reply)).toMatchObject(admitted);
  });

  it("are not kept out by one who announces much and sends little", async () => {
    await using gate = await startGate({ inFlight: { maxBytes: 64 * 1024 } });
    release();
    const slow = startRequest(gate, "{", 7 * 1024 * 1024);
    await expectSoon(async () => (await gate.get("/metrics")).body.includes("assaygate_admission_in_flight 1\n"));
    expect(parse(await gate.send({ body: bodyFor(good) }))).toMatchObject(admitted);
    slow.destroy();
  });
});

describe("a gate that is told to stop", () => {
  it("answers the review that is under way, longer than the drain lasts, and asks connections to close", async () => {
    await using gate = await startGate({ drainMs: 0 });
    const { reply } = await startReview(gate);
    const stopped = gate.stop();
    await expectSoon(async () => (await gate.get("/readyz")).body === "shutting down\n");
    await expectSoon(async () => {
      const connects = await gate.send({ body: "{" }).then(
        () => true,
        () => false,
      );
      return !connects;
    });
    release();
    expect(parse(await reply)).toMatchObject(admitted);
    expect((await reply).headers.connection).toBe("close");
    await stopped;
    await expect(gate.get("/livez")).rejects.toThrow("fetch failed");
  });

  it("takes reviews while it drains, though it is no longer ready", async () => {
    release();
    await using gate = await startGate({ drainMs: 300 });
    const before = await gate.send({ body: bodyFor(good), headers: { connection: "keep-alive" } });
    expect(before.headers).toMatchObject({ connection: "keep-alive", "keep-alive": "timeout=95" });
    const stopped = gate.stop();
    expect(await gate.get("/readyz")).toEqual({ status: 503, body: "shutting down\n" });
    const during = await gate.send({ body: bodyFor(good), headers: { connection: "keep-alive" } });
    expect(parse(during)).toMatchObject(admitted);
    expect(during.headers.connection).toBe("close");
    await stopped;
  });

  it("cuts off what is not answered by its deadline", async () => {
    await using gate = await startGate({ drainMs: 0, reviewTimeoutMs: 2_000 });
    const idle = startRequest(gate, "{", 100);
    await expectSoon(async () => (await gate.get("/metrics")).body.includes("assaygate_admission_in_flight 1\n"));
    const cut = new Promise((resolve) => idle.once("error", resolve));
    await gate.stop();
    expect(await cut).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("metrics", () => {
  it("tell of policies, stages, registries and the cache", async () => {
    release();
    await using gate = await startGate({});
    await gate.send({ body: bodyFor(good) });
    await gate.send({ body: bodyFor(good) });
    const { body } = await gate.get("/metrics");
    const counted = [
      'assaygate_policy_reviews_total{policy="production-llm",mode="Enforce",outcome="pass"} 2',
      'assaygate_admission_stage_duration_seconds_count{stage="read"} 2',
      'assaygate_admission_stage_duration_seconds_count{stage="collect"} 2',
      'assaygate_admission_stage_duration_seconds_count{stage="decide"} 2',
      `assaygate_registry_requests_total{host="${registry.host}",status="200"} 1`,
      "assaygate_evidence_cache_hits_total 1",
      "assaygate_evidence_cache_misses_total 1",
      "assaygate_policy_set_generation 1",
    ];
    expect(body.split("\n")).toEqual(expect.arrayContaining(counted));
    expect(body).toMatch(/^assaygate_policy_set_info\{digest="(?:sha256:)?[0-9a-f]{64}"\} 1$/m);
    expect(body).toMatch(/^assaygate_certificate_expiry_timestamp_seconds 1\d{9}/m);
    expect(body).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it("have a port of their own where one is given", async () => {
    release();
    await using gate = await startGate({ metrics: { host: "127.0.0.1", port: 0 } });
    expect((await gate.get("/metrics")).status).toBe(404);
    const response = await fetch(`${gate.metricsUrl}/metrics`, { headers: { connection: "close" } });
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain("assaygate_build_info");
    expect((await fetch(`${gate.metricsUrl}/readyz`, { headers: { connection: "close" } })).status).toBe(404);
  });
});

function startRequest({ url, ca }: TestGate, text: string, announced: number): ClientRequest {
  const headers = { "content-type": "application/json", "content-length": announced };
  const sent = request(new URL("/validate", url), { method: "POST", agent: false, ca, headers });
  sent.on("error", () => undefined);
  sent.write(text);
  return sent;
}

/** Sends less than it announces, and leaves when the gate has begun to read. */
async function breakOff(gate: TestGate, text: string, announced: number): Promise<void> {
  const sent = startRequest(gate, text, announced);
  await expectSoon(async () => (await gate.get("/metrics")).body.includes("assaygate_admission_in_flight 1\n"));
  sent.destroy();
  await expectSoon(async () => (await gate.get("/metrics")).body.includes("assaygate_admission_in_flight 0\n"));
}
