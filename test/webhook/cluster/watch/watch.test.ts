import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createKubeClient } from "../../../../webhook/cluster/client.ts";
import { readKubeconfig } from "../../../../webhook/cluster/kubeconfig.ts";
import { namespaces } from "../../../../webhook/cluster/resources.ts";
import { watchResource, type LiveResource, type WatchTimes } from "../../../../webhook/cluster/watch/watch.ts";
import type { StringMap } from "../../../../policies/workload.ts";
import { paths, startHostileCluster, type HostileCluster } from "../../../support/hostile-cluster.ts";
import { expectSoon } from "../../../support/soon.ts";

const times: WatchTimes = { relistMs: 600_000, watchMs: 20_000, graceMs: 5_000, backoffMs: 10, maxBackoffMs: 50 };

let cluster: HostileCluster;
let stop: AbortController;
let failures: string[];

beforeEach(async () => {
  cluster = await startHostileCluster();
  stop = new AbortController();
  failures = [];
  put("prod", { tier: "gold" });
});
afterEach(async () => {
  stop.abort();
  await cluster[Symbol.asyncDispose]();
});

function put(name: string, labels: StringMap, options: { readonly quietly?: boolean } = {}): void {
  cluster.put(paths.namespaces, { metadata: { name, labels } }, options);
}

function follow(change: Partial<WatchTimes> = {}): LiveResource<StringMap> {
  return watchResource(
    createKubeClient(() => readKubeconfig(cluster.kubeconfig, {})),
    namespaces,
    { ...times, ...change },
    { opened: () => undefined, changed: () => undefined, failed: ({ message }) => void failures.push(message) },
    stop.signal,
  );
}

async function following(change: Partial<WatchTimes> = {}): Promise<LiveResource<StringMap>> {
  const live = follow(change);
  await expectSoon(() => cluster.openWatches() === 1);
  return live;
}

const lists = (): number =>
  cluster.requests.filter((line) => line.includes("limit=") && !line.includes("continue")).length;

describe("a watched resource", () => {
  it("is not listed for ever: a list that goes on without anything new is a failure that is said", async () => {
    const page = { metadata: { resourceVersion: "1", continue: "again" }, items: [] };
    cluster.fault = (_, path) => (path === paths.namespaces ? { body: JSON.stringify(page) } : undefined);
    follow();
    await expectSoon(() => failures.includes("the API server goes on with a list and gives nothing new"));
  });

  it("is listed in shorter pages where objects are large", async () => {
    for (let at = 0; at < 6; at += 1)
      cluster.put(paths.namespaces, { metadata: { name: `n${at}` }, spec: "x".repeat(1024 * 1024) }, { quietly: true });
    const live = await following();
    expect(live.items()?.size).toBe(7);
    expect(failures).toEqual([]);
    const limits = cluster.requests.flatMap((line) => /limit=\d+/.exec(line) ?? []);
    expect(limits.slice(0, 2)).toEqual(["limit=500", "limit=125"]);
    expect(limits).toContain("limit=1");
  });

  it("whose answer has no end is a failure that is said", async () => {
    cluster.fault = (_, path) => (path === paths.namespaces ? { endless: " " } : undefined);
    follow();
    await expectSoon(() => failures.includes("the API server's answer takes more than 16777216 bytes"));
  });

  it("is listed, then followed: added, changed, deleted", async () => {
    const live = await following();
    expect(live.items()?.get("prod")).toEqual({ tier: "gold" });
    put("dev", {});
    await expectSoon(() => live.items()?.has("dev") === true);
    put("prod", { tier: "silver" });
    await expectSoon(() => live.items()?.get("prod")?.["tier"] === "silver");
    cluster.remove(paths.namespaces, "dev");
    await expectSoon(() => live.items()?.has("dev") === false);
    expect(lists()).toBe(1);
    expect(failures).toEqual([]);
  });

  it("is listed in pages", async () => {
    for (let at = 0; at < 1_200; at += 1) put(`ns-${at}`, {});
    const live = await following();
    expect(live.items()?.size).toBe(1_201);
    expect(cluster.requests.filter((line) => line.includes("continue="))).toHaveLength(2);
  });

  it("is not known before the first whole list, and infinitely old", async () => {
    cluster.fault = (_, path) => (path === paths.namespaces ? { status: 500 } : undefined);
    const live = follow();
    await expectSoon(() => failures.length > 1);
    expect(live.items()).toBeUndefined();
    expect(live.ageMs()).toBe(Infinity);
    cluster.fault = undefined;
    await expectSoon(() => live.items()?.has("prod") === true);
    await expectSoon(() => live.problem() === undefined);
  });
});

describe("a watch goes on", () => {
  it("from where it was, when the API server ends it", async () => {
    const live = await following();
    cluster.endWatches("properly");
    await expectSoon(() => cluster.openWatches() === 0);
    put("late", {});
    await expectSoon(() => live.items()?.has("late") === true);
    expect(lists()).toBe(1);
    expect(failures).toEqual([]);
  });

  it("when the connection breaks", async () => {
    const live = await following();
    cluster.endWatches("broken");
    put("late", {});
    await expectSoon(() => live.items()?.has("late") === true && live.problem() === undefined);
    expect(lists()).toBe(1);
  });

  it("when the API server restarts", async () => {
    const live = await following();
    cluster.halt();
    await expectSoon(() => failures.some((message) => message.includes("or the connection broke")));
    expect(live.items()?.get("prod")).toEqual({ tier: "gold" });
    put("late", {});
    cluster.start();
    await expectSoon(() => live.items()?.has("late") === true && live.problem() === undefined);
  });

  it("from a bookmark", async () => {
    await following();
    cluster.send(paths.namespaces, { type: "BOOKMARK", object: { metadata: { resourceVersion: "4711" } } });
    await expectSoon(() => {
      cluster.endWatches("properly");
      return cluster.requests.some((line) => line.includes("resourceVersion=4711"));
    });
  });

  it.each([
    ["410 Gone as an event", { type: "ERROR", object: { kind: "Status", code: 410, message: "too old" } }],
    ["another error as an event", { type: "ERROR", object: { kind: "Status", code: 500, message: "etcd" } }],
    ["an event that is none", { type: "EVIL" }],
    ["an object without a version", { type: "ADDED", object: { metadata: { name: "x" } } }],
  ])("from a new list after %s", async (_, event) => {
    const live = await following();
    cluster.put(paths.namespaces, { metadata: { name: "missed" } }, { quietly: true });
    cluster.send(paths.namespaces, event);
    await expectSoon(() => live.items()?.has("missed") === true && live.problem() === undefined);
    expect(lists()).toBe(2);
    expect(failures).toHaveLength(1);
  });

  it("from a new list after 410 Gone as an answer", async () => {
    let gone = 1;
    cluster.fault = (_, _path, query) => (query.get("watch") === "true" && gone-- > 0 ? { status: 410 } : undefined);
    await following();
    expect(lists()).toBe(2);
  });

  it("from a whole list, where the first one after 410 Gone broke off in the middle", async () => {
    for (let at = 0; at < 600; at += 1) put(`ns-${at}`, {});
    const live = await following();
    let broken = 1;
    cluster.fault = (_, _path, query) => (query.has("continue") && broken-- > 0 ? { status: 500 } : undefined);
    put("missed", {}, { quietly: true });
    cluster.send(paths.namespaces, { type: "ERROR", object: { kind: "Status", code: 410, message: "too old" } });
    await expectSoon(() => live.items()?.has("missed") === true && live.problem() === undefined);
    expect(lists()).toBe(3);
  });

  it("after a line that is not JSON", async () => {
    let broken = 1;
    cluster.fault = (_, _path, query) =>
      query.get("watch") === "true" && broken-- > 0 ? { body: "<html>\n" } : undefined;
    await following();
    expect(failures).toEqual([expect.stringContaining("not JSON")]);
  });

  it("when the connection died in silence: no event, no end", async () => {
    let silent = true;
    cluster.fault = (_, _path, query) => (query.get("watch") === "true" && silent ? { silent: true } : undefined);
    const live = follow({ watchMs: 100, graceMs: 50 });
    await expectSoon(() => failures.length > 0);
    put("late", {});
    silent = false;
    await expectSoon(() => live.items()?.has("late") === true && live.problem() === undefined);
  });

  it("and is listed again now and then, whatever the watch says", async () => {
    const live = await following({ relistMs: 100 });
    put("unheard", {}, { quietly: true });
    await expectSoon(() => {
      cluster.endWatches("properly");
      return live.items()?.has("unheard") === true;
    });
  });
});

describe("why a resource cannot be read", () => {
  it.each([
    [401, "Unauthorized", "has expired"],
    [403, 'User "gate" cannot list resource "namespaces"', 'cannot list resource "namespaces"'],
    [404, "the server could not find the requested resource", "does not know it"],
    [429, "slow down", "too busy"],
    [503, "down", "answered 503"],
  ])("%i is said in words", async (status, message, words) => {
    cluster.fault = () => ({ status, message });
    follow();
    await expectSoon(() => failures.length > 0);
    expect(failures[0]).toContain(words);
    expect(failures[0]).toContain(message);
    expect(failures[0]).not.toContain("\n");
  });

  it("it tries more and more slowly", async () => {
    cluster.fault = () => ({ status: 500 });
    follow({ backoffMs: 40, maxBackoffMs: 10_000 });
    const startMs = performance.now();
    await expectSoon(() => failures.length === 4);
    // 40, 80 and 160 ms, of each at least a half.
    expect(performance.now() - startMs).toBeGreaterThan(139);
  });
});
