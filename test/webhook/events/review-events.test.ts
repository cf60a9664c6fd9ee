import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { listComplaints } from "../../support/complaints.ts";
import { policy, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { paths, startHostileCluster, type HostileCluster } from "../../support/hostile-cluster.ts";
import { expectSoon } from "../../support/soon.ts";

let cluster: HostileCluster;

beforeEach(async () => {
  cluster = await startHostileCluster();
  cluster.put(paths.policies, policy(strict));
  cluster.put(paths.namespaces, { metadata: { name: "prod-chat" } });
});
afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function readyGate(change: Json = {}): Promise<TestGate> {
  const gate = await startTestGate({}, { cluster: { kubeconfig: cluster.kubeconfig, status: false, ...change } });
  await expectSoon(async () => (await gate.get("/readyz")).status === 200);
  return gate;
}

const owner = { apiVersion: "ray.io/v1", kind: "RayService", name: "chat", uid: "u-1", controller: true };
const refused = deployment(undefined, { metadata: { ownerReferences: [owner] } });
const isAboutEvents = (line: string): boolean => line.includes("/events.k8s.io/");

/** The samples of one metric, such as `{outcome="written"} 2`. */
async function samplesOf(gate: TestGate, metric: string): Promise<string[]> {
  const { body } = await gate.get("/metrics");
  return body.split("\n").flatMap((line) => (line.startsWith(metric) ? [line.slice(metric.length)] : []));
}

it("a denial raises Events on the policy and on the owner, and the next one is counted in them", async () => {
  await using gate = await readyGate();
  for (let times = 0; times < 3; times += 1)
    expect(await gate.review(review(refused))).toMatchObject({ allowed: false });
  await expectSoon(async () => (await samplesOf(gate, "assaygate_events_total")).length === 2);
  await expectSoon(() => cluster.events().length === 2);
  expect(cluster.events().map(({ regarding }) => regarding)).toEqual([
    {
      apiVersion: "assaygate.dev/v1alpha1",
      kind: "EvaluationPolicy",
      name: "production-llm",
      uid: "uid-production-llm",
    },
    { apiVersion: "ray.io/v1", kind: "RayService", namespace: "prod-chat", name: "chat", uid: "u-1" },
  ]);
  expect((await samplesOf(gate, "assaygate_events_total")).toSorted()).toEqual([
    '{outcome="aggregated"} 4',
    '{outcome="written"} 2',
  ]);
});

it("a dry run raises none, and neither does a gate that is told not to", async () => {
  await using gate = await readyGate();
  expect(await gate.review(review(refused, { dryRun: true }))).toMatchObject({ allowed: false });
  expect(await samplesOf(gate, "assaygate_events_total")).toEqual([]);
  await using silent = await readyGate({ events: false });
  expect(await silent.review(review(refused))).toMatchObject({ allowed: false });
  expect(cluster.requests.filter(isAboutEvents)).toEqual([]);
});

it("no review waits for an API server that takes an Event and says nothing", async () => {
  cluster.fault = (_, path) => (isAboutEvents(path) ? { silent: true } : undefined);
  await using gate = await readyGate();
  for (let times = 0; times < 20; times += 1)
    expect(await gate.review(review(refused))).toMatchObject({ allowed: false });
  // The first is still unanswered when the last review is.
  expect(cluster.requests.filter(isAboutEvents)).toHaveLength(1);
  expect(await samplesOf(gate, "assaygate_events_total")).toEqual(['{outcome="aggregated"} 38']);
});

it("Events that may not be written are counted and said once, and the verdicts stay", async () => {
  cluster.fault = (_, path) => (isAboutEvents(path) ? { status: 403, message: "cannot create events" } : undefined);
  await using gate = await readyGate();
  for (let times = 1; times <= 3; times += 1) {
    expect(await gate.review(review(refused))).toMatchObject({ allowed: false });
    await expectSoon(async () =>
      (await samplesOf(gate, "assaygate_events_total")).includes(`{outcome="failed"} ${2 * times}`),
    );
  }
  expect(listComplaints(gate.log)).toEqual([
    expect.objectContaining({
      msg: "Events cannot be written; reviews go on without",
      reason: "the API server forbids it (403): the role lacks a rule: cannot create events",
    }),
  ]);
  cluster.fault = undefined;
  await gate.review(review(refused));
  await expectSoon(() => gate.log.some(({ msg }) => msg === "Events can be written again"));
});
