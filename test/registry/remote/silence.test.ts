import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHttpSource, type HttpSource } from "../../../registry/remote/http-source.ts";
import { genericArtifact } from "../../support/artifacts.ts";
import { hang, heldUntil } from "../../support/hostile-registry/faults.ts";
import { startHostileRegistry, type HostileRegistry } from "../../support/hostile-registry/server.ts";
import { expectSoon } from "../../support/soon.ts";
import { errorOf, plain, read } from "./reading.ts";

const artifact = genericArtifact({});
const events: string[] = [];
const clock = { nowMs: 0, now: () => clock.nowMs };
let registry: HostileRegistry;
let source: HttpSource;

beforeEach(async () => {
  events.length = 0;
  clock.nowMs = 0;
  registry = await startHostileRegistry();
  for (const repository of ["team/evals", "other/evals"]) registry.push(repository, artifact);
  source = createHttpSource({
    registries: [plain(registry, { requestTimeoutMs: 700 })],
    silence: {
      clock,
      observer: {
        changed: (_, silent) => void events.push(silent ? "silent" : "answers"),
        answeredFromMemory: () => void events.push("not asked"),
      },
    },
  });
});
afterEach(async () => {
  await source.close();
  await registry.close();
});

/** One review, that has a signal of its own. */
const review = (): AbortSignal => new AbortController().signal;

const ask = async (signal: AbortSignal, repository = "team/evals"): Promise<string> => {
  const asked = source.manifest(`${registry.host}/${repository}`, artifact.digest, signal).then(read);
  return asked.then(
    () => "found",
    async (error: unknown) => (await errorOf(Promise.reject(error as Error))).message,
  );
};

async function fallSilent(): Promise<void> {
  registry.misbehave(hang());
  await Promise.all([ask(review()), ask(review()), ask(review())]);
  await expectSoon(() => events.includes("silent"));
}

describe("a registry that gives no answers", () => {
  it("is not asked any more: one more request costs nothing, and says why", async () => {
    await fallSilent();
    const asked = registry.requests.length;
    expect(await ask(review())).toBe(
      `${registry.host}: no answer to several reviews, so it is not asked again for some seconds`,
    );
    expect(registry.requests.length).toBe(asked);
    expect(events).toEqual(["silent", "not asked"]);
  });

  it("is asked again, by one probe, when the time has come; any answer ends the silence", async () => {
    await fallSilent();
    clock.nowMs += 5_000;
    registry.behave();
    const asked = registry.requests.length;
    expect(await ask(review())).toBe("found");
    expect(registry.requests.slice(asked).map(({ kind }) => kind)).toEqual(["ping", "manifest"]);
    expect(events).toEqual(["silent", "answers"]);
  });

  it("stays silent where the probe gets no answer, and only the one who probes waits for it", async () => {
    await fallSilent();
    clock.nowMs += 5_000;
    const asked = registry.requests.length;
    const probing = ask(review());
    expect(await ask(review())).toContain("not asked again");
    expect(await probing).toContain("not asked again");
    expect(registry.requests.slice(asked).map(({ kind }) => kind)).toEqual(["ping"]);
    expect(await ask(review())).toContain("not asked again");
    expect(registry.requests.length).toBe(asked + 1);
  });

  it("is still asked after one review alone, however much that asked for", async () => {
    registry.misbehave(hang());
    const one = review();
    await Promise.all(Array.from({ length: 16 }, () => ask(one)));
    await Promise.all(Array.from({ length: 16 }, () => ask(one)));
    const asked = registry.requests.length;
    await ask(review());
    expect(registry.requests.length).toBe(asked + 1);
    expect(registry.asked("ping")).toEqual([]);
    expect(events).toEqual([]);
  });
});

describe("a registry that answers", () => {
  it("is asked by others, though one repository of it never answers: its owner shuts nobody else out", async () => {
    registry.misbehave(hang(), { repository: "team/evals" });
    for (let round = 0; round < 3; round += 1) await Promise.all([ask(review()), ask(review()), ask(review())]);
    expect(registry.asked("ping").length).toBeGreaterThan(0);
    expect(await ask(review(), "other/evals")).toBe("found");
    expect(events).toEqual([]);
  });

  it("is not suspected of what waits for a connection", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    registry.misbehave(heldUntil(promise));
    const slow = createHttpSource({ registries: [plain(registry)] });
    const first = Array.from({ length: 8 }, () =>
      slow.manifest(`${registry.host}/team/evals`, artifact.digest, review()).then(read),
    );
    await expectSoon(() => registry.requests.length === 8);
    const leaver = new AbortController();
    const waiting = errorOf(slow.manifest(`${registry.host}/team/evals`, artifact.digest, leaver.signal));
    leaver.abort();
    expect((await waiting).failure).toMatchObject({ reason: "out-of-time" });
    expect(registry.requests.length).toBe(8);
    resolve();
    await Promise.all(first);
    await slow.close();
  });
});
