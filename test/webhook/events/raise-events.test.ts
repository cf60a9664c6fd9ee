import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createKubeClient, type KubeClient } from "../../../webhook/cluster/client.ts";
import { readKubeconfig } from "../../../webhook/cluster/kubeconfig.ts";
import type { EventDraft } from "../../../webhook/events/event.ts";
import { createEvents, type EventOptions, type Events } from "../../../webhook/events/raise-events.ts";
import { startHostileCluster, type HostileCluster } from "../../support/hostile-cluster.ts";
import { expectSoon } from "../../support/soon.ts";

let cluster: HostileCluster;
let client: KubeClient;
let counts: Record<string, number>;
let problems: string[];
const open: Events[] = [];

beforeEach(async () => {
  cluster = await startHostileCluster();
  client = createKubeClient(() => readKubeconfig(cluster.kubeconfig, {}));
  counts = {};
  problems = [];
});
afterEach(async () => {
  for (const events of open.splice(0)) events.stop();
  client.close();
  await cluster[Symbol.asyncDispose]();
});

function start(options: Partial<EventOptions> = {}): Events {
  const events = createEvents({
    client,
    throttle: () => true,
    observer: {
      counted: (outcome) => void (counts[outcome] = (counts[outcome] ?? 0) + 1),
      failed: (problem) => void problems.push(problem),
      written: () => undefined,
    },
    controller: "assaygate.dev/gate",
    instance: "gate-0",
    now: () => new Date("2026-11-29T12:00:00.123Z"),
    flushMs: 3_600_000,
    ...options,
  });
  open.push(events);
  return events;
}

const about = { apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "prod", name: "granite-1", uid: "u-1" };

function draft(change: Partial<EventDraft> = {}): EventDraft {
  const said = { policy: "p", reason: "EVIDENCE_MISSING", action: "Deny", note: "denied", tenant: "prod" };
  return { about, ...said, ...change };
}

describe("an Event", () => {
  it("says what happened, to whom, and who says so", async () => {
    start().raise(draft());
    await expectSoon(() => counts["written"] === 1);
    expect(cluster.requests).toEqual(["POST /apis/events.k8s.io/v1/namespaces/prod/events"]);
    expect(cluster.events()).toEqual([
      expect.objectContaining({
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        eventTime: "2026-11-29T12:00:00.123000Z",
        type: "Warning",
        reason: "EVIDENCE_MISSING",
        action: "Deny",
        note: "denied",
        regarding: about,
        reportingController: "assaygate.dev/gate",
        reportingInstance: "gate-0",
      }),
    ]);
  });

  it("about what lies in no namespace lies where the API server wants it", async () => {
    const policy = { apiVersion: "assaygate.dev/v1alpha1", kind: "EvaluationPolicy", namespace: "", name: "p" };
    start().raise(draft({ about: policy, related: about }));
    await expectSoon(() => counts["written"] === 1);
    expect(cluster.requests).toEqual(["POST /apis/events.k8s.io/v1/namespaces/default/events"]);
    const { namespace: _, ...regarding } = policy;
    expect(cluster.events()).toEqual([expect.objectContaining({ regarding, related: about })]);
  });

  it.each([
    ["letters", "x".repeat(4_000), 1024],
    ["characters of several bytes", "ü€😀".repeat(1_000), 1024],
  ])("has a note that the API server takes, of %s", async (_, note, maxBytes) => {
    start().raise(draft({ note }));
    await expectSoon(() => counts["written"] === 1);
    const [{ note: cut }] = cluster.events() as [{ note: string }];
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(maxBytes);
    expect(cut).toMatch(/[^\ufffd]{200,}…$/u);
  });
});

describe("what happens again", () => {
  it("is counted in the Event that is there", async () => {
    const events = start({ flushMs: 20 });
    for (let times = 0; times < 500; times += 1) events.raise(draft({ note: `denied pod ${times}` }));
    await expectSoon(() => (cluster.events()[0]?.["series"] as { count?: number } | undefined)?.count === 500);
    expect(cluster.events()).toHaveLength(1);
    expect(counts).toMatchObject({ aggregated: 499 });
  });

  it("with another reason, policy or object is another Event", async () => {
    const events = start();
    events.raise(draft());
    events.raise(draft({ reason: "EVIDENCE_EXPIRED" }));
    events.raise(draft({ policy: "q" }));
    events.raise(draft({ about: { ...about, name: "granite-2" } }));
    await expectSoon(() => counts["written"] === 4);
    expect(cluster.events()).toHaveLength(4);
  });

  it("is a new one where the API server has forgotten the first", async () => {
    const events = start({ flushMs: 20 });
    events.raise(draft());
    await expectSoon(() => counts["written"] === 1);
    const [{ metadata }] = cluster.events() as [{ metadata: { name: string } }];
    cluster.remove("/apis/events.k8s.io/v1/namespaces/prod/events", metadata.name);
    events.raise(draft());
    await expectSoon(() => counts["failed"] === 1);
    events.raise(draft());
    await expectSoon(() => counts["written"] === 2);
    expect(cluster.events()).toHaveLength(1);
  });
});

describe("a burst", () => {
  it("is bounded by the throttle, and what is left out is counted", async () => {
    let left = 5;
    const events = start({ throttle: () => left-- > 0 });
    for (let at = 0; at < 1_000; at += 1) events.raise(draft({ about: { ...about, name: `rs-${at}` } }));
    await expectSoon(() => counts["written"] === 5);
    expect(counts).toEqual({ written: 5, dropped: 995 });
  });

  it("is bounded where the API server is slow", async () => {
    cluster.fault = () => ({ silent: true });
    const events = start();
    for (let at = 0; at < 1_000; at += 1) events.raise(draft({ about: { ...about, name: `rs-${at}` } }));
    // One is under way, and so many wait.
    expect(counts).toEqual({ dropped: 1_000 - 257 });
  });
});

describe("an API server", () => {
  it("that refuses is said to do so, and the next Event is tried", async () => {
    cluster.fault = () => ({ status: 403, message: "cannot create events" });
    const events = start();
    events.raise(draft());
    await expectSoon(() => counts["failed"] === 1);
    expect(problems).toEqual(["the API server forbids it (403): the role lacks a rule: cannot create events"]);
    cluster.fault = undefined;
    events.raise(draft());
    await expectSoon(() => counts["written"] === 1);
  });

  it("that is gone is not asked for each that waits", async () => {
    cluster.halt();
    const events = start();
    for (let at = 0; at < 100; at += 1) events.raise(draft({ about: { ...about, name: `rs-${at}` } }));
    await expectSoon(() => counts["failed"] === 1);
    expect(counts).toEqual({ failed: 1, dropped: 99 });
    cluster.start();
    events.raise(draft({ about: { ...about, name: "rs-7" } }));
    await expectSoon(() => counts["written"] === 1);
  });
});

it("after the stop nothing is raised", async () => {
  const events = start();
  events.stop();
  events.raise(draft());
  await new Promise(setImmediate);
  expect(cluster.requests).toEqual([]);
  expect(counts).toEqual({});
});
