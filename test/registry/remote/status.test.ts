import { describe, expect, it } from "@jest/globals";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import { parseRetryAfterMs } from "../../../registry/remote/retry.ts";
import { challenge, hang, reset, status } from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../../support/hostile-registry/server.ts";
import { digestOf } from "../../support/hostile-registry/store.ts";
import { errorOf, outcomeOf, patient, plain, read, repository, testClock } from "./reading.ts";

const missing = digestOf(Buffer.from("never pushed"));

describe("what a status means", () => {
  it.each<[number, string]>([
    [404, "absent"],
    [401, "unavailable denied"],
    [403, "unavailable denied"],
    [429, "unavailable no-answer"],
    [500, "unavailable no-answer"],
    [502, "unavailable no-answer"],
    [503, "unavailable no-answer"],
    [504, "unavailable no-answer"],
    [204, "unavailable no-answer"],
    [206, "unavailable no-answer"],
    [300, "unavailable no-answer"],
    [304, "unavailable no-answer"],
    [400, "unavailable no-answer"],
    [405, "unavailable no-answer"],
    [410, "unavailable no-answer"],
    [418, "unavailable no-answer"],
    [451, "unavailable no-answer"],
    [599, "unavailable no-answer"],
  ])("%i is %s", async (code, expected) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(status(code));
    const name = `${registry.host}/${repository}`;
    expect(await outcomeOf(source.manifest(name, missing, patient))).toBe(expected);
    expect(await outcomeOf(source.blob(name, missing, patient))).toBe(expected);
  });

  it("the registry's own MANIFEST_UNKNOWN and BLOB_UNKNOWN are absent", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const name = `${registry.host}/${repository}`;
    expect(await outcomeOf(source.manifest(name, missing, patient))).toBe("absent");
    expect(await outcomeOf(source.blob(name, missing, patient))).toBe("absent");
  });

  it("a denial says that access was anonymous", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(status(403));
    const error = await errorOf(source.manifest(`${registry.host}/${repository}`, missing, patient));
    expect(error.message).toBe(`${registry.host} answered 403 Forbidden to anonymous access`);
  });
});

describe("asking again", () => {
  it.each([429, 500, 503])("after %i finds what is there", async (code) => {
    await using registry = await startHostileRegistry();
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 2 })], clock });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(status(code), { times: 2 });
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
    expect(registry.requests).toHaveLength(3);
    expect(clock.pausesMs).toHaveLength(2);
    const [first = 0, second = 0] = clock.pausesMs;
    expect(first).toBeGreaterThanOrEqual(50);
    expect(first).toBeLessThanOrEqual(100);
    expect(second).toBeGreaterThanOrEqual(100);
    expect(second).toBeLessThanOrEqual(200);
  });

  it("after a broken connection finds what is there", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 1 })], clock: testClock() });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(reset(), { times: 1 });
    const body = await source.blob(`${registry.host}/${repository}`, digest, patient);
    expect((await read(body)).toString()).toBe("layer");
  });

  it("waits as long as Retry-After says", async () => {
    await using registry = await startHostileRegistry();
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 2 })], clock });
    const digest = registry.putBlob(repository, "layer");
    registry.misbehave(status(429, { "retry-after": "3" }), { times: 1 });
    registry.misbehave(status(503, { "retry-after": new Date(clock.nowMs + 7000).toUTCString() }), { times: 1 });
    await read(await source.blob(`${registry.host}/${repository}`, digest, patient));
    expect(clock.pausesMs).toEqual([3000, 7000]);
  });

  it("is not done where Retry-After outlasts every review", async () => {
    await using registry = await startHostileRegistry();
    const clock = testClock();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 2 })], clock });
    registry.misbehave(status(429, { "retry-after": "3600" }));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
    expect(registry.requests).toHaveLength(1);
    expect(clock.pausesMs).toEqual([]);
  });

  it("ends after maxRetries", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 2 })], clock: testClock() });
    registry.misbehave(status(503));
    const reading = source.blob(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
    expect(registry.requests).toHaveLength(3);
  });

  it.each([404, 403, 400])("is not done after %i", async (code) => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { maxRetries: 2 })], clock: testClock() });
    registry.misbehave(status(code));
    await errorOf(source.blob(`${registry.host}/${repository}`, missing, patient));
    expect(registry.requests).toHaveLength(1);
  });

  it("ends with the review", async () => {
    await using registry = await startHostileRegistry();
    const review = new AbortController();
    const clock = testClock();
    const sleep = (ms: number, signal: AbortSignal): Promise<void> => {
      review.abort();
      return clock.sleep(ms, signal);
    };
    const registries = [plain(registry, { maxRetries: 2 })];
    await using source = createHttpSource({ registries, clock: { ...clock, sleep } });
    registry.misbehave(status(503));
    const reading = source.blob(`${registry.host}/${repository}`, missing, review.signal);
    expect(await outcomeOf(reading)).toBe("unavailable out-of-time");
    expect(registry.requests).toHaveLength(1);
  });
});

describe("Retry-After", () => {
  const nowMs = Date.UTC(2026, 10, 23, 12, 0, 0);
  it.each<[string | string[] | undefined, number | undefined]>([
    ["0", 0],
    ["120", 120_000],
    ["Mon, 23 Nov 2026 12:00:05 GMT", 5000],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
    [undefined, undefined],
    ["Monday, 23-Nov-26 12:00:05 GMT", 5000],
    ["Mon Nov 23 12:00:05 2026 GMT", 5000],
    ["soon", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["soon 1", undefined],
    ["", undefined],
    [["1", "2"], undefined],
  ])("%j", (header, expected) => {
    expect(parseRetryAfterMs(header, nowMs)).toBe(expected);
  });
});

describe("no answer at all", () => {
  it("is no-answer after the time for one request", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry, { requestTimeoutMs: 50 })] });
    registry.misbehave(hang());
    const error = await errorOf(source.manifest(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toBe(`${registry.host}: no answer in time`);
    await registry.idle();
  });

  it("is out-of-time when the review's time is up", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const review = new AbortController();
    registry.misbehave(() => review.abort());
    const reading = source.manifest(`${registry.host}/${repository}`, missing, review.signal);
    expect(await outcomeOf(reading)).toBe("unavailable out-of-time");
    await registry.idle();
  });

  it("is asked for in no review that is over", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const reading = source.manifest(`${registry.host}/${repository}`, missing, AbortSignal.abort());
    expect(await outcomeOf(reading)).toBe("unavailable out-of-time");
    expect(registry.requests).toHaveLength(0);
  });

  it("from a port where nobody listens is no-answer", async () => {
    const registry = await startHostileRegistry();
    await registry.close();
    await using source = createHttpSource({ registries: [plain(registry)] });
    const error = await errorOf(source.manifest(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toBe(`${registry.host}: connection refused`);
  });

  it("from a name that does not exist is no-answer", async () => {
    await using source = createHttpSource({
      lookup: (_name, _options, done) => done(Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), ""),
    });
    const error = await errorOf(source.manifest("registry.example/evals", missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
    expect(error.message).toBe("registry.example: the name does not exist in DNS");
  });

  it("that is no HTTP is no-answer", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(({ response }) => void response.socket?.end("SSH-2.0-OpenSSH_9.2\r\n"));
    const error = await errorOf(source.manifest(`${registry.host}/${repository}`, missing, patient));
    expect(error.failure).toMatchObject({ kind: "unavailable", reason: "no-answer" });
  });

  it("that has endless headers is no-answer", async () => {
    await using registry = await startHostileRegistry();
    await using source = createHttpSource({ registries: [plain(registry)] });
    registry.misbehave(challenge("Basic realm=".padEnd(64 * 1024, "x")));
    const reading = source.manifest(`${registry.host}/${repository}`, missing, patient);
    expect(await outcomeOf(reading)).toBe("unavailable no-answer");
  });
});
