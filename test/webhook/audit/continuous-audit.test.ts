import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { listLastingComplaints } from "../../support/complaints.ts";
import { policy, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { type HostileCluster, paths, startHostileCluster } from "../../support/hostile-cluster.ts";
import type { Fault } from "../../support/hostile-cluster/answer.ts";
import { expectSoon } from "../../support/soon.ts";

const deployments = "/apis/apps/v1/deployments";

let cluster: HostileCluster;
/** What the cluster says besides; looked at first. */
let fault: HostileCluster["fault"];
/** The Deployments that lie in the cluster. */
let deployed: Json[];

beforeEach(async () => {
  cluster = await startHostileCluster();
  cluster.put(paths.policies, policy(strict));
  cluster.put(paths.namespaces, { metadata: { name: "prod-chat" } });
  fault = undefined;
  deployed = [named("one"), named("two")];
  cluster.fault = (method, path, query) => fault?.(method, path, query) ?? answerOf(path);
});
afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
});

function named(name: string): Json {
  return deployment(undefined, { metadata: { name, uid: `u-${name}` } });
}

/** A cluster of Deployments and OpenReports. */
function answerOf(path: string): Fault | undefined {
  const answers: Readonly<Record<string, unknown>> = {
    "/apis": { groups: [{ name: "apps", versions: [{ version: "v1" }] }] },
    "/api/v1": { resources: [] },
    "/apis/apps/v1": { resources: [{ name: "deployments", kind: "Deployment", namespaced: true, verbs: ["list"] }] },
    "/apis/openreports.io/v1alpha1": { resources: [{ name: "reports" }] },
    [deployments]: { metadata: { resourceVersion: "1" }, items: deployed },
  };
  const body = answers[path];
  return body === undefined ? undefined : { body: JSON.stringify(body) };
}

const isAboutReports = (line: string): boolean => line.includes("/openreports.io/v1alpha1/namespaces/");
/** Takes reports, and has none. */
const takesReports: HostileCluster["fault"] = (method, path) =>
  method === "PATCH" && isAboutReports(path) ? { body: "{}" } : undefined;

async function auditingGate(audit: Json = {}, reads: Json = {}): Promise<TestGate> {
  return startTestGate(
    {},
    {
      cluster: { kubeconfig: cluster.kubeconfig, status: false, ...reads },
      audit: { intervalMs: 1_000, objectsPerSecond: 1_000, ...audit },
    },
  );
}

async function samplesOf(gate: TestGate, metric: string): Promise<string[]> {
  const { body } = await gate.get("/metrics");
  return body.split("\n").flatMap((line) => (line.startsWith(metric) ? [line.slice(metric.length)] : []));
}

const finished = (gate: TestGate): Json[] => gate.log.filter(({ msg }) => msg === "audit finished");
const complaints = (gate: TestGate): unknown[] =>
  listLastingComplaints(gate.log).map(({ msg, reason }) => [msg, reason]);

it("looks at what lies in the cluster, writes a report for each object, and says what it found", async () => {
  fault = takesReports;
  await using gate = await auditingGate();
  await expectSoon(() => finished(gate).length > 0);
  expect(finished(gate)[0]).toMatchObject({
    objects: 2,
    findings: [{ result: "fail", code: "EVIDENCE_MISSING", count: 2 }],
  });
  const applied = cluster.requests.filter((line) => line.startsWith("PATCH") && isAboutReports(line));
  expect(applied.slice(0, 2)).toEqual(
    ["one", "two"].map(
      (name) =>
        `PATCH /apis/openreports.io/v1alpha1/namespaces/prod-chat/reports/assaygate-u-${name}?fieldManager=assaygate&force=true`,
    ),
  );
  expect(await samplesOf(gate, "assaygate_audit_findings")).toEqual(['{result="fail",code="EVIDENCE_MISSING"} 2']);
  expect(await samplesOf(gate, "assaygate_audit_objects ")).toEqual(["2"]);
  await expectSoon(() => cluster.events().length === 2);
  expect(complaints(gate)).toEqual([]);
});

it("writes a report once as long as it says the same, and again when somebody has changed it", async () => {
  const home = "/apis/openreports.io/v1alpha1/namespaces/prod-chat/reports";
  await using gate = await auditingGate();
  await expectSoon(() => finished(gate).length > 2);
  const applied = (): string[] => cluster.requests.filter((line) => line.startsWith("PATCH"));
  expect(applied()).toHaveLength(2);
  expect(await samplesOf(gate, 'assaygate_audit_reports_total{outcome="written"} ')).toEqual(["2"]);
  const report = cluster.get(home, "assaygate-u-one");
  expect(report).toMatchObject({
    kind: "Report",
    summary: { fail: 1 },
    metadata: { ownerReferences: [{ uid: "u-one" }] },
  });
  cluster.put(home, { ...report, results: [] });
  await expectSoon(() => applied().length > 2);
  expect(cluster.get(home, "assaygate-u-one")).toMatchObject({ results: [{ result: "fail" }] });
  expect(cluster.events()).toHaveLength(2);
});

it("raises an Event only when something new speaks against an object", async () => {
  fault = (_, path) => (path.startsWith("/apis/openreports.io") ? { status: 404 } : undefined);
  deployed = [named("one")];
  await using gate = await auditingGate();
  await expectSoon(() => finished(gate).length > 2);
  expect(cluster.events()).toHaveLength(1);
  expect(await samplesOf(gate, "assaygate_events_total")).toEqual(['{outcome="written"} 1']);
});

it("leaves out namespaces that it is told to", async () => {
  fault = takesReports;
  await using gate = await auditingGate({ excludedNamespaces: ["prod-chat"] });
  await expectSoon(() => finished(gate).length > 0);
  expect(finished(gate)[0]).toMatchObject({ objects: 0, findings: [] });
});

it("is not there without its setting", async () => {
  await using gate = await startTestGate({}, { cluster: { kubeconfig: cluster.kubeconfig, status: false } });
  await expectSoon(async () => (await gate.get("/readyz")).status === 200);
  expect(await gate.review(review(named("one")))).toMatchObject({ allowed: false });
  expect(cluster.requests.filter((line) => /leases|deployments|openreports/.test(line))).toEqual([]);
});

describe("what goes wrong is counted, said once, and tried again", () => {
  it("a kind that may not be listed", async () => {
    fault = (_, path) => (path === deployments ? { status: 403, message: "cannot list deployments" } : undefined);
    await using gate = await auditingGate();
    await expectSoon(() => finished(gate).length > 2);
    const problem =
      /^deployments\.apps cannot be listed: the API server forbids it \(403\).*add the rule \{apiGroups: \["apps"\], resources: \["deployments"\], verbs: \["list"\]\}/;
    expect(complaints(gate)).toEqual([["audit: not everything could be done", expect.stringMatching(problem)]]);
    expect((await gate.get("/readyz")).body).toMatch(/^ok\naudit: deployments\.apps cannot be listed/);
    fault = takesReports;
    await expectSoon(async () => (await gate.get("/readyz")).body === "ok\n");
  });

  it("reports that may not be written", async () => {
    fault = (method, path) =>
      method === "PATCH" && isAboutReports(path) ? { status: 403, message: "cannot patch reports" } : undefined;
    await using gate = await auditingGate();
    await expectSoon(() => finished(gate).length > 2);
    expect(complaints(gate)).toEqual([
      [
        "audit: not everything could be done",
        "reports cannot be written: the API server forbids it (403): the role lacks a rule: cannot patch reports",
      ],
    ]);
    const [failed = ""] = await samplesOf(gate, 'assaygate_audit_reports_total{outcome="failed"} ');
    expect(Number(failed)).toBeGreaterThanOrEqual(6);
    expect(await samplesOf(gate, "assaygate_audit_errors_total")).toEqual([`{stage="report"} ${failed}`]);
    // What was found is told all the same.
    expect(cluster.events()).toHaveLength(2);
  });

  it("a report that is not ours is written over, and one that is no object at all", async () => {
    fault = (method, path) =>
      isAboutReports(path) ? { body: method === "GET" ? '{"results":"none","scope":7}' : "{}" } : undefined;
    await using gate = await auditingGate();
    await expectSoon(() => finished(gate).length > 0);
    expect(await samplesOf(gate, 'assaygate_audit_reports_total{outcome="written"} ')).toEqual(["2"]);
    expect(complaints(gate)).toEqual([]);
  });

  it("an API server that answers with what is no list of groups", async () => {
    fault = (_, path) => (path === "/apis" ? { status: 500, message: "etcd" } : undefined);
    await using gate = await auditingGate();
    await expectSoon(async () => (await samplesOf(gate, 'assaygate_audit_errors_total{stage="list"} ')).length > 0);
    expect(complaints(gate)).toEqual([["audit: not everything could be done", "the API server answered 500: etcd"]]);
    fault = takesReports;
    await expectSoon(() => finished(gate).length > 0);
    await expectSoon(async () => (await gate.get("/readyz")).body === "ok\n");
  });
});

describe("reviews", () => {
  it("are answered while an audit waits for an API server that says nothing", async () => {
    fault = (_, path) => (path === deployments ? { silent: true } : undefined);
    await using gate = await auditingGate();
    await expectSoon(() => cluster.requests.some((line) => line.startsWith(`GET ${deployments}`)));
    for (let times = 0; times < 20; times += 1)
      expect(await gate.review(review(named("three")))).toMatchObject({ allowed: false });
    expect(finished(gate)).toEqual([]);
  });

  it("come between two objects, and the gate stops without waiting for the rest", async () => {
    fault = takesReports;
    deployed = Array.from({ length: 200 }, (_, at) => named(`model-${at}`));
    // Of 200 seconds it waits for none.
    const gate = await auditingGate({ objectsPerSecond: 1 });
    await expectSoon(() => cluster.requests.some((line) => line.startsWith("PATCH") && isAboutReports(line)));
    expect(await gate.review(review(named("three")))).toMatchObject({ allowed: false });
    await gate.stop();
    expect(cluster.requests.filter((line) => line.startsWith("PATCH") && isAboutReports(line)).length).toBeLessThan(
      100,
    );
    expect(finished(gate)).toEqual([]);
    expect(gate.log.some(({ msg }) => msg === "no longer elected to audit what runs")).toBe(true);
    await gate[Symbol.asyncDispose]();
  });
});

it("one replica audits, and the other as soon as that one leaves", async () => {
  fault = takesReports;
  await using first = await auditingGate();
  await expectSoon(() => finished(first).length > 0);
  await using second = await auditingGate();
  await expectSoon(() => finished(first).length > 2);
  expect(finished(second)).toEqual([]);
  await first.stop();
  await expectSoon(() => finished(second).length > 0);
});
