import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ReviewResponse } from "../../webhook/admission/response.ts";
import { exception, inAnHour } from "../support/builders/exception.ts";
import { listComplaints } from "../support/complaints.ts";
import { writeLayout } from "../support/artifacts.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { paths, startHostileCluster, type HostileCluster } from "../support/hostile-cluster.ts";
import { expectSoon } from "../support/soon.ts";

const requirement = { ...strict, maxAge: undefined };
const good = evaluation();
const wrong = evaluation({ "dev.assaygate.environment": "staging" });
const production = { "assaygate.dev/environment": "production" };

let layout: string;
let cluster: HostileCluster;

beforeAll(async () => {
  layout = await mkdtemp(join(tmpdir(), "assaygate-layout-"));
  await writeLayout(layout, [good, wrong]);
});
afterAll(() => rm(layout, { recursive: true, force: true }));
beforeEach(async () => {
  cluster = await startHostileCluster();
  cluster.put(paths.policies, policy(requirement));
  cluster.put(paths.namespaces, { metadata: { name: "prod-chat", labels: production } });
});
afterEach(async () => {
  await cluster[Symbol.asyncDispose]();
});

function gateOn(
  change: Json = {},
  policies: Readonly<Record<string, Json>> = {},
  config: Json = {},
): Promise<TestGate> {
  return startTestGate(policies, { layout, cluster: { kubeconfig: cluster.kubeconfig, ...change }, ...config });
}

async function readyGate(change: Json = {}, policies: Readonly<Record<string, Json>> = {}): Promise<TestGate> {
  const gate = await gateOn(change, policies);
  await expectSoon(async () => (await page(gate, "/readyz")).status === 200 && cluster.openWatches() === 3);
  return gate;
}

async function page(gate: TestGate, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(new URL(path, gate.healthUrl));
  return { status: response.status, body: await response.text() };
}

type Answer = ReviewResponse["response"];
const ask = (gate: TestGate, artifact = good, change: Json = {}): Promise<Answer> =>
  gate.review(review(deployment(referenceTo(artifact), change)));
const reasonsIn = ({ status }: Answer): string[] => (status?.details.causes ?? []).map(({ reason }) => reason);
const readyOf = (resource: string, name: string): Json | undefined => {
  const status = cluster.get(resource, name)?.["status"] as { conditions?: Json[] } | undefined;
  return status?.conditions?.find(({ type }) => type === "Ready");
};

describe("policies from the cluster", () => {
  it("decide, and a change of one counts at once", async () => {
    await using gate = await readyGate();
    expect(await ask(gate)).toMatchObject({ allowed: true });
    cluster.put(paths.policies, policy({ ...requirement, complianceTags: ["iso-42001"] }));
    await expectSoon(async () => reasonsIn(await ask(gate)).includes("COMPLIANCE_TAG_MISSING"));
  });

  it("decide together with those in files", async () => {
    await using gate = await readyGate({}, { "file.yaml": policy({ complianceTags: ["hipaa"] }, {}, "from-a-file") });
    const answer = await ask(gate);
    expect(answer.auditAnnotations["policies"]).toMatch(/from-a-file@.*production-llm@|production-llm@.*from-a-file@/);
    expect(answer.allowed).toBe(false);
  });

  it("cannot take the name of one in a file", async () => {
    await using gate = await gateOn({}, { "file.yaml": policy(requirement) });
    await expectSoon(async () => (await page(gate, "/readyz")).body.includes("is already defined in"));
    expect((await page(gate, "/readyz")).body).toContain("EvaluationPolicy/production-llm: metadata.name");
  });

  it("a broken one leaves the last good set in force, and each object says what became of it", async () => {
    await using gate = await readyGate();
    await expectSoon(() => readyOf(paths.policies, "production-llm")?.["status"] === "True");
    cluster.put(paths.policies, policy({ maxage: "30d" }, {}, "broken"));
    cluster.put(paths.policies, policy({ complianceTags: ["hipaa"] }, {}, "waiting"));
    await expectSoon(() => readyOf(paths.policies, "waiting") !== undefined);
    await expectSoon(() => readyOf(paths.policies, "broken") !== undefined);
    const words = "spec.require[0].maxage: unknown key maxage: did you mean maxAge?";
    expect(readyOf(paths.policies, "broken")).toMatchObject({ status: "False", reason: "Invalid", message: words });
    expect(readyOf(paths.policies, "waiting")).toMatchObject({ status: "False", reason: "NotApplied" });
    expect(readyOf(paths.policies, "waiting")?.["message"]).toContain(`EvaluationPolicy/broken: ${words}`);
    expect(readyOf(paths.policies, "production-llm")).toMatchObject({ status: "True", reason: "InForce" });
    expect(await ask(gate)).toMatchObject({ allowed: true });
    const ready = await page(gate, "/readyz");
    expect(ready).toMatchObject({ status: 200 });
    expect(ready.body).toContain(`policy problem: EvaluationPolicy/broken: ${words}`);
    expect((await page(gate, "/metrics")).body).toMatch(/assaygate_policy_load_failures_total [1-9]/);
    expect(gate.log.some(({ problems }) => JSON.stringify(problems ?? "").includes(words))).toBe(true);

    cluster.remove(paths.policies, "broken");
    await expectSoon(async () => !(await ask(gate)).allowed);
    await expectSoon(() => readyOf(paths.policies, "waiting")?.["status"] === "True");
  });

  it("a gate that has never seen them is not ready, and denies", async () => {
    cluster.fault = (_, path) => (path === paths.exceptions ? { status: 404, message: "no such resource" } : undefined);
    await using gate = await gateOn();
    await expectSoon(async () => (await page(gate, "/readyz")).body.includes("deploy/crds"));
    const { status, body } = await page(gate, "/readyz");
    expect(status).toBe(503);
    expect(body).toContain("evaluationexceptions were never listed: the API server does not know it (404)");
    expect(reasonsIn(await ask(gate))).toEqual(["POLICIES_NOT_LOADED"]);
    cluster.fault = undefined;
    await expectSoon(async () => (await page(gate, "/readyz")).status === 200);
  });
});

describe("a cluster without a policy", () => {
  beforeEach(() => cluster.remove(paths.policies, "production-llm"));

  /** A gate without a folder of policies: the cluster is all it has. */
  const clusterOnly = async (config: Json = {}): Promise<TestGate> => {
    const gate = await gateOn({}, {}, { policies: { reloadMs: 20 }, ...config });
    await expectSoon(async () => (await page(gate, "/readyz")).status === 200 && cluster.openWatches() === 3);
    return gate;
  };

  it("makes a ready gate, in which every workload is outside, visibly (T76)", async () => {
    await using gate = await clusterOnly();
    expect((await page(gate, "/readyz")).body).toBe("ok\nno policy is in force: noMatch (Admit) decides\n");
    expect((await page(gate, "/metrics")).body).toMatch(/^assaygate_policies 0$/m);
    expect(await ask(gate, wrong)).toMatchObject({ allowed: true });
    expect(gate.log.findLast(({ msg }) => msg === "decision")).toMatchObject({ basis: "no-policy" });
  });

  it("makes one that denies, where noMatch is Deny", async () => {
    await using gate = await clusterOnly({ noMatch: "Deny" });
    expect(reasonsIn(await ask(gate))).toEqual(["NO_POLICY"]);
  });

  it("may have an exception already, and its first policy counts at once, and so does the end of its last", async () => {
    cluster.put(paths.exceptions, exception({ policies: ["another"], expiresAt: inAnHour() }));
    await using gate = await clusterOnly();
    cluster.put(paths.policies, policy(requirement));
    await expectSoon(async () => !(await ask(gate, wrong)).allowed);
    expect((await page(gate, "/readyz")).body).toBe("ok\n");
    cluster.remove(paths.policies, "production-llm");
    await expectSoon(async () => (await ask(gate, wrong)).allowed);
    expect((await page(gate, "/readyz")).status).toBe(200);
  });

  it("is not enough where a folder of policies is configured and empty", async () => {
    await using gate = await gateOn();
    await expectSoon(async () => (await page(gate, "/readyz")).body.includes("no EvaluationPolicy found"));
    expect((await page(gate, "/readyz")).status).toBe(503);
    expect(reasonsIn(await ask(gate))).toEqual(["POLICIES_NOT_LOADED"]);
  });
});

describe("what goes wrong with the cluster is said in the log and in readiness", () => {
  it.each([
    ["missing rights", () => (cluster.fault = () => ({ status: 403, message: "cannot list" })), "forbids it (403)"],
    ["an expired token", () => (cluster.fault = () => ({ status: 401, message: "Unauthorized" })), "has expired"],
    ["a cluster that is away", () => cluster.halt(), "gave no answer in time, or the connection broke"],
  ])("%s", async (_, spoil, words) => {
    spoil();
    await using gate = await gateOn();
    await expectSoon(async () => (await page(gate, "/readyz")).body.includes(words));
    expect((await page(gate, "/readyz")).status).toBe(503);
    expect(gate.log.some(({ reason }) => String(reason).includes(words))).toBe(true);
  });

  it.each([
    ["that is missing", undefined, "cannot be read as a kubeconfig (ENOENT)"],
    ["that is not one", "token: [s3cr3t", "cannot be read as a kubeconfig (not its format)"],
    ["that is empty", "", "cannot be read as a kubeconfig (not its format)"],
    ["without a current context", "clusters: []\nusers: []\ncontexts: []\n", "leads to no cluster"],
  ])("a kubeconfig %s", async (_, text, words) => {
    const kubeconfig = join(layout, `kubeconfig-${Math.random()}`);
    if (text !== undefined) await writeFile(kubeconfig, text);
    await using gate = await gateOn({ kubeconfig });
    await expectSoon(async () => (await page(gate, "/readyz")).body.includes(words));
    expect(JSON.stringify(gate.log)).not.toContain("s3cr3t");
    // It may be mounted late.
    await writeFile(kubeconfig, await readFile(cluster.kubeconfig));
    await expectSoon(async () => (await page(gate, "/readyz")).status === 200);
  });

  it("a watch that breaks later: ready, with the policies of before, and it says so", async () => {
    await using gate = await readyGate({ staleAfterMs: 1_000 });
    cluster.halt();
    await expectSoon(async () => {
      const { body } = await page(gate, "/readyz");
      return ["evaluationpolicies", "evaluationexceptions", "namespaces"].every((name) =>
        body.includes(`watch on ${name} is stale`),
      );
    });
    expect((await page(gate, "/readyz")).status).toBe(200);
    expect((await page(gate, "/metrics")).body).toMatch(/assaygate_watch_age_seconds\{resource="namespaces"\} [1-9]/);
    // What a namespace was labelled long ago is no knowledge of it.
    const answer = await ask(gate);
    expect(reasonsIn(answer)).toEqual(["NAMESPACE_UNKNOWN"]);
    expect(answer.status?.code).toBe(503);
    cluster.start();
    // As an API server does it about once a minute.
    const bookmark = { type: "BOOKMARK", object: { metadata: { resourceVersion: "4711" } } };
    await expectSoon(async () => {
      for (const path of Object.values(paths)) cluster.send(path, bookmark);
      return (await page(gate, "/readyz")).body === "ok\n" && (await ask(gate)).allowed;
    });
  }, 30_000);
});

describe("namespaces from the cluster", () => {
  const inNew = { metadata: { namespace: "new" } };
  const gets = (): number => cluster.requests.filter((line) => line.endsWith("/namespaces/new")).length;

  it("give their labels to the decision, with no request", async () => {
    await using gate = await readyGate();
    const before = cluster.requests.filter((line) => line.startsWith("GET") && !line.includes("watch")).length;
    expect(await ask(gate)).toMatchObject({ allowed: true });
    expect(cluster.requests.filter((line) => line.startsWith("GET") && !line.includes("watch"))).toHaveLength(before);
    cluster.put(paths.namespaces, {
      metadata: { name: "prod-chat", labels: { "assaygate.dev/environment": "staging" } },
    });
    await expectSoon(async () => reasonsIn(await ask(gate)).includes("ENVIRONMENT_MISMATCH"));
  });

  it("that the watch has not seen yet are asked for, once for all who wait", async () => {
    await using gate = await readyGate();
    cluster.put(paths.namespaces, { metadata: { name: "new", labels: production } }, { quietly: true });
    const answers = await Promise.all([ask(gate, good, inNew), ask(gate, good, inNew), ask(gate, good, inNew)]);
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true]);
    expect(gets()).toBeGreaterThan(0);
    expect((await page(gate, "/metrics")).body).toMatch(/assaygate_namespace_lookups_total\{result="found"\} 3/);
  });

  it.each([
    ["do not exist", undefined],
    ["may not be read", { status: 403 }],
    ["are answered with an error", { status: 500 }],
    ["are answered with something else", { body: '{"kind":"List"}' }],
  ] as const)("that %s could not be looked up: never no match (T50)", async (_, fault) => {
    const selecting = { match: { namespaceSelector: { matchLabels: { tier: "gold" } } } };
    cluster.put(paths.policies, policy(requirement, selecting));
    await using gate = await readyGate();
    cluster.fault = (__, path) => (path === "/api/v1/namespaces/new" ? fault : undefined);
    const answer = await ask(gate, good, inNew);
    expect(answer).toMatchObject({ allowed: false, status: { code: 503 } });
    expect(reasonsIn(answer)).toEqual(["NAMESPACE_UNKNOWN"]);
  });

  it("that are not answered for are given up inside the deadline", async () => {
    await using gate = await readyGate();
    expect(await ask(gate)).toMatchObject({ allowed: true });
    cluster.fault = (_, path) => (path === "/api/v1/namespaces/new" ? { silent: true } : undefined);
    const body = JSON.stringify(review(deployment(referenceTo(good), inNew)));
    const reply = await gate.send({ body, path: "/validate?timeout=1s" });
    expect(reasonsIn((JSON.parse(reply.body) as ReviewResponse).response)).toEqual(["NAMESPACE_UNKNOWN"]);
  });

  it("are not read where the configuration says so", async () => {
    const gate = await gateOn({ namespaces: false });
    await using _ = gate;
    await expectSoon(async () => (await page(gate, "/readyz")).status === 200);
    expect(reasonsIn(await ask(gate))).toEqual(["NAMESPACE_UNKNOWN"]);
    expect(cluster.requests.filter((line) => line.includes(paths.namespaces))).toEqual([]);
  });
});

describe("exceptions from the cluster", () => {
  it("soften at once, are named everywhere, and end at once", async () => {
    await using gate = await readyGate();
    expect(await ask(gate, wrong)).toMatchObject({ allowed: false });
    cluster.put(paths.exceptions, exception({ expiresAt: inAnHour() }));
    await expectSoon(async () => (await ask(gate, wrong)).allowed);
    const answer = await ask(gate, wrong);
    expect(answer.warnings?.join()).toMatch(
      /admitted by exception launch of "?security@example.com"? until .*launch day/,
    );
    expect(answer.auditAnnotations).toMatchObject({ exceptions: "launch", decision: "warn" });
    expect(gate.log.findLast(({ msg }) => msg === "decision")).toMatchObject({ exceptions: ["launch"] });
    expect((await page(gate, "/metrics")).body).toMatch(/assaygate_exceptions_used_total\{exception="launch"\} [1-9]/);
    cluster.remove(paths.exceptions, "launch");
    await expectSoon(async () => !(await ask(gate, wrong)).allowed);
  });

  it("are not counted for dry runs (T62)", async () => {
    cluster.put(paths.exceptions, exception({ expiresAt: inAnHour() }));
    await using gate = await readyGate();
    const answer = await gate.review(review(deployment(referenceTo(wrong)), { dryRun: true }));
    expect(answer).toMatchObject({ allowed: true, auditAnnotations: { exceptions: "launch" } });
    expect((await page(gate, "/metrics")).body).not.toContain("assaygate_exceptions_used_total{");
  });

  it.each([
    ["over by one second", () => new Date(Date.now() - 1_000).toISOString(), "Expired"],
    ["for the year 9999", () => "9999-12-31T23:59:59Z", "TooFarAhead"],
  ])("that are %s do nothing, and say so (T51)", async (_, expiresAt, reason) => {
    cluster.put(paths.exceptions, exception({ expiresAt: expiresAt() }));
    await using gate = await readyGate();
    expect(await ask(gate, wrong)).toMatchObject({ allowed: false });
    await expectSoon(() => readyOf(paths.exceptions, "launch")?.["reason"] === reason);
    expect(readyOf(paths.exceptions, "launch")).toMatchObject({ status: "False" });
  });
});

describe("the condition Ready", () => {
  it("is written once, for the generation that was judged", async () => {
    await using gate = await readyGate();
    await expectSoon(() => readyOf(paths.policies, "production-llm") !== undefined);
    expect(readyOf(paths.policies, "production-llm")).toMatchObject({ status: "True", observedGeneration: 1 });
    // Another object changes; the first one's status is what it was.
    cluster.put(paths.exceptions, exception({ expiresAt: inAnHour() }));
    await expectSoon(() => readyOf(paths.exceptions, "launch") !== undefined);
    expect(cluster.patches).toHaveLength(2);
    expect(listComplaints(gate.log)).toEqual([]);
  });

  it("never overwrites what was written since", async () => {
    cluster.fault = (method, path) => {
      if (method !== "PATCH") return undefined;
      cluster.fault = undefined;
      const name = path.split("/").at(-2) ?? "";
      cluster.put(paths.policies, { ...policy({ complianceTags: ["hipaa"] }), metadata: { name } });
      return { status: 409, message: "the object has been modified" };
    };
    await using gate = await readyGate();
    await expectSoon(() => readyOf(paths.policies, "production-llm")?.["observedGeneration"] === 2);
    // Twice, where a round comes before the watch has told of the newer policy.
    expect((await page(gate, "/metrics")).body).toMatch(/assaygate_status_writes_total\{result="conflict"\} [12]\b/);
  });

  it("is written by one replica, and by the other as soon as that one leaves", async () => {
    await using first = await readyGate();
    await expectSoon(() => readyOf(paths.policies, "production-llm") !== undefined);
    await using second = await gateOn();
    await expectSoon(async () => (await page(second, "/readyz")).status === 200);
    cluster.put(paths.exceptions, exception({ expiresAt: inAnHour() }));
    await expectSoon(() => readyOf(paths.exceptions, "launch") !== undefined);
    expect((await page(second, "/metrics")).body).not.toMatch(/assaygate_status_writes_total.* [1-9]/);
    await first.stop();
    cluster.put(paths.policies, policy({ ...requirement, complianceTags: ["iso-42001"] }));
    await expectSoon(async () =>
      /assaygate_status_writes_total.*written.* 1/.test((await page(second, "/metrics")).body),
    );
    expect(readyOf(paths.policies, "production-llm")).toMatchObject({ status: "True", observedGeneration: 2 });
  }, 30_000);

  it("is not written where the election cannot be held, and that is said", async () => {
    cluster.fault = (_, path) => (path.includes("/leases") ? { status: 403, message: "cannot get leases" } : undefined);
    await using gate = await readyGate();
    await expectSoon(async () =>
      (await page(gate, "/readyz")).body.includes(
        "Lease assaygate: the API server forbids it (403): the role lacks a rule: cannot get leases",
      ),
    );
    expect((await page(gate, "/readyz")).status).toBe(200);
    expect(await ask(gate)).toMatchObject({ allowed: true });
    expect(cluster.patches).toEqual([]);
  });

  it("is not written where the configuration says so", async () => {
    await using gate = await readyGate({ status: false });
    expect(await ask(gate)).toMatchObject({ allowed: true });
    expect(cluster.requests.filter((line) => line.startsWith("PATCH"))).toEqual([]);
  });

  it("that cannot be written is said, and keeps nothing from being decided", async () => {
    cluster.fault = (method) => (method === "PATCH" ? { status: 403, message: "cannot patch status" } : undefined);
    await using gate = await readyGate();
    await expectSoon(async () => (await page(gate, "/readyz")).body.includes("cannot patch status"));
    expect((await page(gate, "/readyz")).status).toBe(200);
    expect(await ask(gate)).toMatchObject({ allowed: true });
  });
});
