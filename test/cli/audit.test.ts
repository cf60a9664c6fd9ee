import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { CliReport } from "../../cli/audit/report.ts";
import { writeLayout } from "../support/artifacts.ts";
import { evaluation, referenceTo, repository } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { anObject, deployment } from "../support/builders/workload.ts";
import { status } from "../support/hostile-registry/faults.ts";
import { startHostileRegistry } from "../support/hostile-registry/server.ts";
import type { Fault } from "../support/hostile-cluster/answer.ts";
import { deploymentOf } from "../support/model-workload.ts";
import {
  madeFor,
  startWorkloadCluster,
  webhookConfigurations,
  type WorkloadCluster,
} from "../support/workload-cluster.ts";
import { createProgram, type Program } from "./program.ts";

const good = evaluation();
const onA100 = evaluation({ "dev.assaygate.hardware.class": "nvidia-a100" });
const gone = evaluation({ note: "never pushed" });
const asks = { environment: ["SameAsWorkload"], hardwareClass: ["SameAsWorkload"], maxAge: "30d" };
const production = policy(asks, { match: { namespaces: ["prod-*"] } });

let program: Program;
let cluster: WorkloadCluster;

beforeEach(async () => {
  program = await createProgram();
  await writeLayout(`${program.folder}/layout`, [good, onA100]);
  cluster = await startWorkloadCluster(production);
});
afterEach(async () => {
  await program.remove();
  await cluster[Symbol.asyncDispose]();
});

function named(name: string, reference: string | undefined, change: Json = {}): Json {
  return deployment(reference, { metadata: { name }, ...change });
}

/** The record that is in there, of another object. */
function withObject(printed: unknown, change: Json): Json {
  const record = [printed].flat(1)[0] as Json;
  return { ...record, object: { ...(record["object"] as Json), ...change } };
}

async function audit(...args: readonly string[]) {
  const given = ["--kubeconfig", cluster.kubeconfig, "--evidence", "oci-layout:layout"];
  return await program.run("audit", ...given, ...args);
}

/** The codes by the names of their objects, and the report. */
async function find(...args: readonly string[]) {
  const { code, out, err } = await audit("-o", "json", ...args);
  const report = JSON.parse(out) as CliReport;
  const found = report.findings.map(({ object, result, code: what }) => `${object.name} ${result} ${what}`);
  return { code, err, report, found };
}

describe("what runs", () => {
  test("is in order where everything is proved now", async () => {
    cluster.add(named("chat", referenceTo(good)));
    const { code, out, err } = await audit();
    expect({ code, err, out }).toEqual({
      code: 0,
      err: "",
      out: "1 object: 0 fail, 0 could not be looked at, 0 warned of, 1 in order, 0 not judged\n",
    });
  });

  test("fails with the reason of each: expired, vanished, of another class, without any", async () => {
    cluster.add(
      named("vanished", referenceTo(gone)),
      named("elsewhere", referenceTo(onA100)),
      named("bare", undefined),
    );
    const { code, found } = await find();
    expect(code).toBe(1);
    expect(found.toSorted()).toEqual([
      "bare fail EVIDENCE_MISSING",
      "elsewhere fail HARDWARE_CLASS_MISMATCH",
      "vanished fail EVIDENCE_NOT_FOUND",
    ]);
    cluster.add(named("chat", referenceTo(good)));
    expect((await find("--now", "2027-11-20T12:00:00Z")).found).toContain("chat fail EVIDENCE_EXPIRED");
  });

  test("fails where the clock has gone back behind the evaluation", async () => {
    cluster.add(named("chat", referenceTo(good)));
    expect((await find("--now", "2026-01-01T00:00:00Z")).found).toEqual(["chat fail EVIDENCE_EXPIRED"]);
  });

  test("fails for evidence that was revoked", async () => {
    const evidence = { ...((production["spec"] as Json)["evidence"] as Json), revoked: [good.digest] };
    cluster.add(named("chat", referenceTo(good)), policy(asks, { evidence }));
    expect((await find()).found).toEqual(["chat fail EVIDENCE_REVOKED"]);
  });

  test("is only warned of where the policy only warns", async () => {
    cluster.add(named("bare", undefined), policy(asks, { mode: "Warn" }));
    expect(await find()).toMatchObject({ code: 0, found: ["bare warn EVIDENCE_MISSING"] });
  });

  test("says whether it was there before its policy", async () => {
    const made = (object: Json, creationTimestamp: string): Json => {
      return { ...object, metadata: { ...(object["metadata"] as Json), creationTimestamp } };
    };
    cluster.add(made(production, "2026-06-01T00:00:00Z"));
    cluster.add(made(named("older", undefined), "2026-05-01T00:00:00Z"));
    cluster.add(made(named("younger", undefined), "2026-07-01T00:00:00Z"));
    const { out } = await audit();
    expect(out).toMatch(/older .*\(created 2026-05-01T00:00:00Z, before the policy of 2026-06-01T00:00:00Z\)/);
    expect(out).toMatch(/younger .*\(created 2026-07-01T00:00:00Z, after the policy of/);
  });

  test("is not judged twice where a controller made it of what was judged", async () => {
    const chat = named("chat", referenceTo(good));
    const set = madeFor(chat, "apps/v1", "ReplicaSet", "chat-1");
    cluster.add(chat, set, madeFor(set, "v1", "Pod", "chat-1-a"));
    expect(await find()).toMatchObject({
      code: 0,
      found: ["chat pass ADMITTED", "chat-1 pass SAME_AS_OWNER", "chat-1-a pass SAME_AS_OWNER"],
    });
  });

  test.each([
    [
      "another image",
      { spec: { containers: [{ name: "vllm", image: "vllm/vllm-openai:v0.1.0", args: ["--model", "x/y"] }] } },
    ],
    ["other hardware", { spec: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB" } } }],
    ["another model's name", { metadata: { annotations: { "assaygate.dev/model-name": "other" } } }],
  ])("differs from its owner in %s, and is judged by itself", async (_, change) => {
    const chat = named("chat", referenceTo(good));
    const set = madeFor(chat, "apps/v1", "ReplicaSet", "chat-1");
    cluster.add(chat, set, madeFor(set, "v1", "Pod", "chat-1-a", change));
    const { code, found } = await find();
    expect(code).toBe(1);
    expect(found).toContain("chat-1-a warn CHILD_DIFFERS");
    expect(found).toContain("chat-1-a fail EVIDENCE_MISSING");
  });

  test("is warned of where a trusted operator is said to have made it of something else", async () => {
    const username = "system:serviceaccount:kserve:kserve-controller-manager";
    const controllers = [{ username, owner: "InferenceService.serving.kserve.io" }];
    await program.write("client.json", { controllers });
    const storageUri = "hf://ibm-granite/granite-3.1-8b-instruct";
    const spec = {
      predictor: {
        nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" },
        model: { modelFormat: { name: "huggingface" }, storageUri },
      },
    };
    const annotations = { "assaygate.dev/evaluation": referenceTo(good), "assaygate.dev/model-version": "3.1.0" };
    const service = anObject("serving.kserve.io/v1beta1", "InferenceService", spec, { name: "svc", annotations });
    const template = {
      metadata: { labels: {} },
      spec: (deployment(undefined)["spec"] as { template: Json }).template["spec"],
    };
    cluster.add(service, madeFor({ ...service, spec: { template } }, "apps/v1", "Deployment", "svc-predictor"));
    const { code, found, report } = await find("--config", "client.json");
    expect({ code, found }).toEqual({ code: 0, found: ["svc pass ADMITTED", "svc-predictor warn EVIDENCE_MISSING"] });
    expect(report.findings[1]?.message).toContain("it says that InferenceService svc made it");
    expect(await find()).toMatchObject({
      code: 1,
      found: ["svc pass ADMITTED", "svc-predictor fail EVIDENCE_MISSING"],
    });
  });

  test("is no child of an operator by the name of one, where it is somebody else's uid", async () => {
    const username = "system:serviceaccount:kserve:kserve-controller-manager";
    await program.write("client.json", { controllers: [{ username, owner: "InferenceService.serving.kserve.io" }] });
    const chat = named("chat", referenceTo(good));
    const of = { apiVersion: "serving.kserve.io/v1beta1", kind: "InferenceService", name: "chat", uid: "uid-chat" };
    const metadata = { ownerReferences: [{ ...of, controller: true }] };
    cluster.add(chat, named("forged", undefined, { metadata: { name: "forged", ...metadata } }));
    const { code, found } = await find("--config", "client.json");
    expect({ code, found }).toEqual({ code: 1, found: ["chat pass ADMITTED", "forged fail EVIDENCE_MISSING"] });
  });

  test("is judged by itself where nobody judged the owner that it names", async () => {
    const chat = named("chat", referenceTo(good));
    cluster.add(madeFor(chat, "apps/v1", "ReplicaSet", "orphan"));
    expect((await find()).found).toEqual(["orphan fail EVIDENCE_MISSING"]);
  });

  test("is judged by itself where it names an owner of another namespace", async () => {
    const chat = named("chat", referenceTo(good));
    cluster.add(chat, madeFor(chat, "apps/v1", "ReplicaSet", "forged", { metadata: { namespace: "prod-other" } }));
    expect((await find()).found).toEqual(["chat pass ADMITTED", "forged fail EVIDENCE_MISSING"]);
  });

  test("counts for nothing where it has ended", async () => {
    const pod = madeFor(named("chat", undefined), "v1", "Pod", "done", { status: { phase: "Succeeded" } });
    cluster.add(pod);
    expect(await find()).toMatchObject({ code: 0, found: ["done skip NOT_RUNNING"] });
  });

  test("is named where an accelerator runs a model that nobody can identify, and no policy is about it", async () => {
    const args = {
      spec: {
        template: {
          spec: { containers: [{ name: "c", image: "acme/chat:1", resources: { limits: { "nvidia.com/gpu": 1 } } }] },
        },
      },
    };
    cluster.add(deployment(undefined, { metadata: { name: "opaque", namespace: "lab" }, ...args }));
    cluster.add(deployment(undefined, { metadata: { name: "known", namespace: "lab2" } }));
    expect(await find()).toMatchObject({
      code: 0,
      found: ["opaque warn MODEL_UNIDENTIFIED", "known skip NOT_GOVERNED"],
    });
  });

  test("is told apart from what was read before it", async () => {
    const chat = named("chat", referenceTo(good));
    const opaque = { name: "vllm", image: "acme/chat:1", resources: { limits: { "nvidia.com/gpu": 1 } } };
    const changed = madeFor(chat, "v1", "Pod", "changed", { spec: { containers: [opaque] } });
    const of = { uid: "uid-chat", apiVersion: "apps/v1", kind: "Deployment", name: "chat", controller: true };
    const web = {
      metadata: { name: "web", namespace: "lab" },
      spec: { containers: [{ name: "web", image: "nginx:1" }] },
    };
    cluster.add(chat, { ...changed, metadata: { ...(changed["metadata"] as Json), ownerReferences: [of] } });
    cluster.add({ apiVersion: "v1", kind: "Pod", ...web });
    expect((await find()).found).toEqual([
      "chat pass ADMITTED",
      "changed warn CHILD_DIFFERS",
      "changed fail EVIDENCE_MISSING",
      "web skip NOT_GOVERNED",
    ]);
  });

  test("names a kind that nobody judges by its pods", async () => {
    const owner = {
      apiVersion: "acme.example.com/v1",
      kind: "Llama",
      metadata: { name: "l" },
      spec: deployment(undefined)["spec"],
    } as Json;
    const pod = madeFor(owner, "v1", "Pod", "l-1", { metadata: { namespace: "prod-chat" } });
    cluster.add(pod);
    const { report } = await find();
    expect(report.findings).toContainEqual(
      expect.objectContaining({
        code: "KIND_NOT_JUDGED",
        object: expect.objectContaining({ kind: "Llama", name: "l" }),
      }),
    );
  });
});

describe("how the cluster asks its gate", () => {
  const registration = (...rules: Json[]): Json => ({
    metadata: { name: "assaygate" },
    webhooks: [{ name: "gate.assaygate.dev", clientConfig: { service: { path: "/validate" } }, rules }],
  });
  const apps = { apiGroups: ["apps"], resources: ["deployments"], operations: ["CREATE", "UPDATE"] };

  test("names a kind that is there, that the gate reads, and that nobody asks it about", async () => {
    const chat = named("chat", referenceTo(good));
    cluster.add(chat, madeFor(chat, "apps/v1", "ReplicaSet", "chat-1"));
    cluster.put(webhookConfigurations, registration(apps));
    const { code, report, found } = await find();
    expect({ code, last: found.at(-1) }).toEqual({ code: 0, last: "assaygate warn KIND_NOT_SENT" });
    expect(report.findings.at(-1)?.message).toContain("no rule sends replicasets.apps to the gate");
  });

  test.each<[string, Json]>([
    ["by the rule of each kind", registration(apps)],
    ["by a rule of everything", registration({ apiGroups: ["*"], resources: ["*"], operations: ["*"] })],
    [
      "under a name that is not the gate's",
      { ...registration(), webhooks: [{ name: "x.example.com", clientConfig: {} }] },
    ],
  ])("says nothing where it is asked %s", async (_, configuration) => {
    cluster.add(named("chat", referenceTo(good)));
    cluster.put(webhookConfigurations, configuration);
    expect(await find()).toMatchObject({ code: 0, found: ["chat pass ADMITTED"] });
  });

  test("names updates alone as not enough", async () => {
    cluster.add(named("chat", referenceTo(good)));
    cluster.put(webhookConfigurations, registration({ ...apps, operations: ["UPDATE"] }));
    expect((await find()).found).toContain("assaygate warn KIND_NOT_SENT");
  });
});

describe("a cluster that does not answer", () => {
  const forbid = (path: string) => (_: string, asked: string) =>
    asked.endsWith(path) ? { status: 403, message: "no" } : undefined;

  test("without the right to list one resource: names it and the rule, and audits the rest", async () => {
    const chat = named("chat", referenceTo(gone));
    cluster.add(chat, named("other", undefined), madeFor(chat, "v1", "Pod", "alone"));
    cluster.fault = forbid("/deployments");
    const { code, out } = await audit();
    expect(code).toBe(1);
    expect(out).toContain("not looked at: deployments.apps: the API server forbids it (403)");
    expect(out).toContain(
      'add the rule {apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]} to a ClusterRole',
    );
    expect(out).toContain("alone");
    expect(out).toContain("; 1 resource not listed");
  });

  test("and nothing else: could not look", async () => {
    cluster.fault = forbid("/deployments");
    expect((await audit()).code).toBe(3);
  });

  test("without the right to list policies: says so, and judges nothing", async () => {
    cluster.fault = forbid("/evaluationpolicies");
    const { code, out, err } = await audit();
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain("evaluationpolicies.assaygate.dev cannot be listed");
    expect(err).toContain('resources: ["evaluationpolicies"]');
  });

  test("without the right to list namespaces: what depends on their labels could not be looked at", async () => {
    cluster.add(
      policy(asks, { match: { namespaceSelector: { matchLabels: { x: "y" } } } }),
      named("chat", referenceTo(good)),
    );
    cluster.fault = forbid("/namespaces");
    const { code, found, report } = await find();
    expect({ code, found }).toEqual({ code: 3, found: ["chat error NAMESPACE_UNKNOWN"] });
    expect(report.unlisted[0]?.resource).toBe("namespaces");
  });

  test("that is not there", async () => {
    cluster.halt();
    expect(await audit()).toMatchObject({ code: 3, err: expect.stringContaining("the cluster could not be asked") });
  });

  test("forgets a list between its pages: it is begun anew, and each object is judged once", async () => {
    for (let at = 0; at < 250; at += 1) cluster.add(named(`chat-${at}`, referenceTo(good)));
    let expired = 0;
    cluster.fault = (_, path, query) =>
      path.endsWith("/deployments") && query.get("continue") === "200" && expired++ === 0
        ? { status: 410, message: "too old" }
        : undefined;
    const { code, report } = await find();
    expect({ code, objects: report.objects, expired }).toEqual({ code: 0, objects: 250, expired: 2 });
    expect(new Set(report.findings.map(({ object }) => object.name)).size).toBe(250);
  });
});

describe("objects that are large", () => {
  test("are listed fewer at a time, and each is judged", async () => {
    const blob = "x".repeat(1_000_000);
    for (let at = 0; at < 12; at += 1)
      cluster.add(named(`chat-${at}`, referenceTo(good), { metadata: { name: `chat-${at}`, annotations: { blob } } }));
    const { code, report } = await find();
    expect({ code, objects: report.objects }).toEqual({ code: 0, objects: 12 });
    const asked = cluster.requests.filter((request) => request.startsWith("GET /apis/apps/v1/deployments?"));
    expect(asked.slice(0, 4).map((request) => /limit=(\d+)/.exec(request)?.[1])).toEqual(["20", "5", "1", "2"]);
    expect(asked.length).toBeLessThan(12);
  });
});

describe("one namespace", () => {
  test("is asked for alone", async () => {
    cluster.add(named("chat", referenceTo(good)));
    cluster.add(deployment(undefined, { metadata: { name: "other", namespace: "prod-other" } }));
    const { code, found } = await find("--namespace", "prod-chat");
    expect({ code, found }).toEqual({ code: 0, found: ["chat pass ADMITTED"] });
    expect(cluster.requests.some((request) => request.startsWith("GET /apis/apps/v1/deployments"))).toBe(false);
  });
});

describe("other policies", () => {
  const tighter = policy({ ...asks, maxAge: "1d" }, { match: { namespaces: ["prod-*"] } });

  test("judge by themselves", async () => {
    await program.write("proposed/policy.yaml", tighter);
    cluster.add(named("chat", referenceTo(good)));
    expect((await find("--policies", "proposed")).found).toEqual(["chat fail EVIDENCE_EXPIRED"]);
  });

  test("are shown as a difference to those in force, with the reason", async () => {
    await program.write("proposed/policy.yaml", tighter);
    cluster.add(named("chat", referenceTo(good)), named("bare", undefined));
    const { code, out } = await audit("--policies", "proposed", "--diff");
    expect(code).toBe(1);
    expect(out).toContain(
      "Deployment prod-chat/chat: admitted, and would be denied\n    + production-llm/safety: EVIDENCE_EXPIRED: ",
    );
    expect(out).not.toContain("bare");
    expect(out).toContain("2 objects: 1 would be judged differently");
    expect(cluster.requests.every((request) => request.startsWith("GET "))).toBe(true);
  });

  test("that are those in force differ in nothing", async () => {
    await program.write("proposed/policy.yaml", production);
    cluster.add(named("bare", undefined));
    expect(await audit("--policies", "proposed", "--diff")).toMatchObject({ code: 0 });
  });

  test("are asked about recorded reviews", async () => {
    await program.write("in-force/policy.yaml", production);
    await program.write("proposed/policy.yaml", tighter);
    await program.write("deploy.yaml", named("chat", referenceTo(good)));
    const labels = ["--namespace-labels", "assaygate.dev/environment=production"];
    const evidence = ["--evidence", "oci-layout:layout"];
    const checked = await program.run(
      "check",
      "-f",
      "deploy.yaml",
      "--policies",
      "in-force",
      ...evidence,
      ...labels,
      "-o",
      "json",
    );
    await program.write("records.json", checked.out);
    const { code, out } = await program.run("audit", "--policies", "proposed", "--since", "records.json", ...evidence);
    expect(code).toBe(1);
    expect(out).toContain(
      "Deployment prod-chat/chat: admitted, and would be denied\n    + production-llm/safety: EVIDENCE_EXPIRED: ",
    );
    expect(await program.run("audit", "--policies", "in-force", "--since", "records.json", ...evidence)).toMatchObject({
      code: 0,
    });
  });

  test("are asked about the last review by its time, whatever replica's log holds it", async () => {
    await program.write("proposed/policy.yaml", production);
    const labels = ["--namespace-labels", "assaygate.dev/environment=production"];
    const given = ["--policies", "proposed", "--evidence", "oci-layout:layout"];
    for (const [file, reference, time] of [
      ["first.json", gone, "2026-11-20T10:00:00Z"],
      ["last.json", good, "2026-11-20T11:00:00Z"],
    ] as const) {
      await program.write("deploy.yaml", named("chat", referenceTo(reference)));
      const args = ["-f", "deploy.yaml", ...given, ...labels, "--now", time, "-o", "json"];
      await program.write(file, (await program.run("check", ...args)).out);
    }
    for (const files of [
      ["first.json", "last.json"],
      ["last.json", "first.json"],
    ]) {
      const since = files.flatMap((file) => ["--since", file]);
      const { out } = await program.run("audit", ...given, ...since, "-o", "json");
      const { objects, findings } = JSON.parse(out) as CliReport;
      expect({ objects, codes: findings.map(({ code }) => code) }).toEqual({ objects: 1, codes: ["ADMITTED"] });
    }
  });

  test("are asked about each object that its template made, which has no name of its own at a review", async () => {
    await program.write("proposed/policy.yaml", production);
    const given = ["--policies", "proposed", "--evidence", "oci-layout:layout"];
    const labels = ["--namespace-labels", "assaygate.dev/environment=production"];
    await program.write("deploy.yaml", named("chat", referenceTo(gone)));
    const checked = await program.run("check", "-f", "deploy.yaml", ...given, ...labels, "-o", "json");
    const lines = [
      { name: "", uid: "uid-1" },
      { name: "", uid: "uid-2" },
      { name: "chat-", uid: "uid-3" },
      { name: "", uid: "uid-2" },
    ].map((object) => JSON.stringify(withObject(JSON.parse(checked.out), object)));
    await program.write("records.jsonl", lines.join("\n"));
    const since = [...given, "--since", "records.jsonl"];
    const { objects } = JSON.parse((await program.run("audit", ...since, "-o", "json")).out) as CliReport;
    expect(objects).toBe(3);
    const sarif = JSON.parse((await program.run("audit", ...since, "-o", "sarif")).out) as {
      runs: { results: Json[] }[];
    };
    const prints = sarif.runs[0]?.results.map((one) => JSON.stringify(one["partialFingerprints"])) ?? [];
    expect(new Set(prints).size).toBe(prints.length);
  });

  test.each<[string, string, string]>([
    ["of a newer schema", '{"schema":"assaygate.dev/decision-record/v9"}', "v9"],
    ["that are cut off", '{"schema":"assaygate.dev/decision-record/v1","time":"2026', "line 1: it is cut off"],
    ["of something else", "hello", "or no record"],
    ["of nothing", '{"msg":"ready"}', "there is no decision record in what was given"],
  ])("cannot be asked about records %s", async (_, content, said) => {
    await program.write("proposed/policy.yaml", tighter);
    await program.write("records.jsonl", content);
    const { code, out, err } = await program.run("audit", "--policies", "proposed", "--since", "records.jsonl");
    expect({ code, out, err }).toEqual({ code: 2, out: "", err: expect.stringContaining(said) });
  });

  test.each<[string, Json, Json, string]>([
    ["newest", {}, { newest: true }, "newer evaluations (evidence.newest)"],
    ["discover", {}, { discover: true }, "evaluations (evidence.discover)"],
    [
      "signedBy",
      { model: { signedBy: [{ cosign: { keyRef: "a.pub", transparencyLog: "NotRequired" } }] } },
      {},
      "signatures of the model (model.signedBy)",
    ],
  ])("that ask for %s cannot be asked about records of a time when nobody did", async (sort, more, evidence, said) => {
    const any = { model: { name: "Any", version: "Any" }, environment: ["production"] };
    await program.write("in-force/policy.yaml", policy(any));
    const repositories = { repositories: [repository] };
    const benchmarks = sort === "newest" ? { benchmarks: [{ id: "mmlu", passed: true }] } : {};
    const asked = { ...any, ...benchmarks, model: { ...any.model, ...(more["model"] as Json | undefined) } };
    await program.write("proposed/policy.yaml", policy(asked, { evidence: { ...repositories, ...evidence } }));
    const reference = sort === "discover" ? undefined : referenceTo(good);
    await program.write("deploy.yaml", deploymentOf(`quay.io/acme/models/sable@sha256:${"6".repeat(64)}`, reference));
    const layout = ["--evidence", "oci-layout:layout"];
    const args = ["-f", "deploy.yaml", "--policies", "in-force", ...layout, "-o", "json"];
    await program.write("records.json", (await program.run("check", ...args)).out);
    const { code, out } = await program.run(
      "audit",
      "--policies",
      "proposed",
      "--since",
      "records.json",
      ...layout,
      "-o",
      "json",
    );
    expect({ code, out }).toEqual({ code: 3, out: expect.stringContaining(said) });
    const replayed = await program.run("replay", "records.json", "--policies", "proposed", ...layout);
    expect(replayed.out).toContain(`the policies given look for what nobody looked for then: ${said}`);
  });

  test("that read what the records do not hold cannot be asked", async () => {
    await program.write("in-force/policy.yaml", production);
    await program.write(
      "proposed/policy.yaml",
      policy(asks, { match: { objectSelector: { matchLabels: { tier: "gold" } } } }),
    );
    await program.write("deploy.yaml", named("chat", referenceTo(good)));
    const evidence = ["--evidence", "oci-layout:layout"];
    const checked = await program.run(
      "check",
      "-f",
      "deploy.yaml",
      "--policies",
      "in-force",
      ...evidence,
      "-o",
      "json",
    );
    await program.write("records.json", checked.out);
    const { code, out } = await program.run(
      "audit",
      "--policies",
      "proposed",
      "--since",
      "records.json",
      ...evidence,
      "-o",
      "json",
    );
    expect(code).toBe(3);
    expect(out).toContain("the policies read what the record does not hold: label tier");
  });
});

describe("a registry that asks for patience", () => {
  const patient = async (retryAfter: string, times: number): Promise<CliReport & { readonly requests: number }> => {
    await using registry = await startHostileRegistry();
    registry.push(repository.slice("quay.io/".length), good);
    registry.misbehave(status(429, { "retry-after": retryAfter }), { times });
    const registries = [{ host: "quay.io", url: registry.url, plainHttp: true }];
    await program.write("client.json", { registries });
    cluster.add(named("chat", referenceTo(good)));
    const args = ["--kubeconfig", cluster.kubeconfig, "--config", "client.json", "-o", "json"];
    const { out } = await program.run("audit", ...args);
    return { ...(JSON.parse(out) as CliReport), requests: registry.requests.length };
  };

  test("has so much of it and no more", async () => {
    const { findings, requests } = await patient("0", Infinity);
    expect(findings.map(({ result, code }) => [result, code])).toEqual([["error", "REGISTRY_UNAVAILABLE"]]);
    expect(requests).toBe(256 + 3);
  });

  test("is given it, as often as it takes while one object may take", async () => {
    const { findings } = await patient("0", 5);
    expect(findings.map(({ code }) => code)).toEqual(["ADMITTED"]);
  });

  test("is given it where records are looked at again, too", async () => {
    await program.write("in-force/policy.yaml", production);
    await program.write("deploy.yaml", named("chat", referenceTo(good)));
    const labels = ["--namespace-labels", "assaygate.dev/environment=production"];
    const given = ["--policies", "in-force", "--evidence", "oci-layout:layout", ...labels, "-o", "json"];
    await program.write("records.json", (await program.run("check", "-f", "deploy.yaml", ...given)).out);
    await using registry = await startHostileRegistry();
    registry.push(repository.slice("quay.io/".length), good);
    await program.write("client.json", { registries: [{ host: "quay.io", url: registry.url, plainHttp: true }] });
    const again = ["--policies", "in-force", "--config", "client.json"];
    for (const command of [
      ["audit", "--since", "records.json"],
      ["replay", "records.json"],
    ]) {
      registry.misbehave(status(429, { "retry-after": "0" }), { times: 5 });
      expect(await program.run(...command, ...again)).toMatchObject({ code: 0, err: "" });
    }
  });

  test("has not been looked at where it asks for more than anybody waits", async () => {
    const { findings } = await patient("3600", 1);
    expect(findings.map(({ result, code }) => [result, code])).toEqual([["error", "REGISTRY_UNAVAILABLE"]]);
  });
});

describe("a hostile API server", () => {
  const deployments = "/apis/apps/v1/deployments";
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const many = `{"kind":"List","metadata":{"resourceVersion":"1"},"items":[${"{},".repeat(50_000)}{}]}`;

  test.each<[string, Fault, RegExp]>([
    ["is endless", { endless: " " }, /bytes/],
    ["is no list", { body: deep }, /not a list|not JSON/],
    ["breaks off", { body: '{"kind":"List","metadata":{"resourceVersion":"1"},"items":[' }, /not JSON/],
    ["is of something else", { body: '{"kind":"List","metadata":{"resourceVersion":"1"},"items":{}}' }, /not a list/],
  ])("whose list %s ends that list alone, and is said", async (_, fault, said) => {
    cluster.fault = (_method, path) => (path === deployments ? fault : undefined);
    const { code, report } = await find();
    expect(code).toBe(3);
    expect(report.unlisted).toEqual([{ resource: "deployments.apps", message: expect.stringMatching(said) }]);
  });

  test("that gives more objects than were asked for, of no name, is not believed to have given them all", async () => {
    cluster.fault = (_method, path) => (path === deployments ? { body: many } : undefined);
    const { report } = await find();
    expect(report.objects).toBeLessThanOrEqual(1);
  });

  test("that goes on with the same page for ever is left", async () => {
    const page = JSON.stringify({
      kind: "List",
      metadata: { resourceVersion: "1", continue: "again" },
      items: [named("chat", undefined)],
    });
    cluster.fault = (_method, path) => (path === deployments ? { body: page } : undefined);
    const { code, report } = await find();
    expect(code).not.toBe(0);
    expect(report.unlisted).toEqual([
      { resource: "deployments.apps", message: expect.stringContaining("nothing new") },
    ]);
  });
});

describe("a near miss", () => {
  const digest = `sha256:${"6".repeat(64)}`;
  const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 };
  const weights = `quay.io/acme/models/sable@${digest}`;

  test("is shown beside what fails, with the annotation to use", async () => {
    const wanted = evaluation({}, { subject });
    await writeLayout(`${program.folder}/layout`, [wanted]);
    cluster.add(policy({ ...asks, model: { name: "Any", version: "Any" } }), deploymentOf(weights));
    const { code, out } = await audit();
    expect(code).toBe(1);
    expect(out).toContain(`other evidence would do; to use it, annotate:`);
    expect(out).toContain(`assaygate.dev/evaluation: ${referenceTo(wanted)}`);
    const { report } = await find();
    expect(report.nearMisses).toMatchObject([{ object: { name: "granite" }, nearMiss: { kind: "found" } }]);
  });
});

describe("the command line", () => {
  test.each([
    [["--diff"], "audit --diff needs --policies DIR"],
    [["--since", "x.jsonl"], "audit --since needs --policies DIR"],
    [["-o", "sarf"], "did you mean sarif?"],
    [["prod-chat"], "audit takes no operand: prod-chat; --namespace NAME audits one namespace alone"],
    [["--now", "tomorrow"], "expected an RFC 3339 time"],
  ])("%j is refused", async (args, message) => {
    const { code, err } = await program.run("audit", ...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) });
  });
});

describe("SARIF", () => {
  test("holds what others wrote as text: no link, and nothing that a terminal obeys", async () => {
    const name = "[all is well](https://evil.example)\u009b8m\u202e";
    cluster.add(named(name, referenceTo(gone)));
    const { out } = await audit("-o", "sarif");
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    const { runs } = JSON.parse(out) as { runs: { results: { message: { text: string } }[] }[] };
    expect(runs[0]?.results[0]?.message.text).toContain("[all is well\\](https://evil.example)\u009b8m\u202e: ");
  });

  test("has a rule for each code, and a level for each failure", async () => {
    cluster.add(named("vanished", referenceTo(gone)), named("chat", referenceTo(good)));
    const { code, out } = await audit("-o", "sarif");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "assaygate", rules: [{ id: "EVIDENCE_NOT_FOUND" }] } },
          invocations: [{ executionSuccessful: true }],
          results: [
            {
              ruleId: "EVIDENCE_NOT_FOUND",
              ruleIndex: 0,
              kind: "fail",
              level: "error",
              locations: [{ logicalLocations: [{ fullyQualifiedName: "apps/v1/Deployment/prod-chat/vanished" }] }],
            },
          ],
        },
      ],
    });
  });
});
