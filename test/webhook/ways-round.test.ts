import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { examples } from "../support/workload-examples.ts";
import { golden } from "../golden/case.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { type Json, merge } from "../support/builders/json.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { answer } from "../golden/answer.ts";

const webhooks = z.object({
  webhooks: z.array(
    z.looseObject({
      failurePolicy: z.string(),
      matchPolicy: z.string(),
      namespaceSelector: z.object({
        matchExpressions: z.tuple([z.object({ key: z.string(), operator: z.string(), values: z.array(z.string()) })]),
      }),
      rules: z.array(z.object({ resources: z.array(z.string()) })),
    }),
  ),
});

/*
 * The ways round a gate, one review each, as the API server sends it. test/e2e goes them with kubectl.
 */

const good = evaluation();
const proved = deployment(referenceTo(good));
const unproved = deployment(undefined);

/** What the gate says: the verdict, and what it rests on or what speaks against it. */
async function verdict(request: Json): Promise<string> {
  const { response } = await answer(golden("way-round", { request, evidence: [good] }));
  const { basis, reasons = "" } = response.auditAnnotations as { basis?: string; reasons?: string };
  return response.allowed ? `admitted: ${basis}` : `denied: ${reasons}`;
}

const changed = (object: Json, change: Json): Json => merge(object, change) as Json;
const update = (oldObject: Json, object: Json, change: Json = {}): Promise<string> =>
  verdict(review(object, { operation: "UPDATE", oldObject, ...change }));
const container = (change: Json): Json => {
  const base = { name: "vllm", image: "vllm/vllm-openai:v0.11.0", args: ["--model", "acme/never-evaluated"] };
  return { spec: { template: { spec: { containers: [{ ...base, ...change }] } } } };
};
const metadata = (change: Json): Json => ({ metadata: change });
const serviceAccount = (name: string): Json => ({
  userInfo: { username: `system:serviceaccount:kube-system:${name}` },
});

const template = (proved["spec"] as { template: Json }).template;
const owner = (kind: string, apiVersion = "apps/v1"): Json => ({
  ownerReferences: [{ apiVersion, kind, name: "granite", uid: "0f5c", controller: true }],
});
const pod = (meta: Json = {}): Json => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "granite-0", namespace: "prod-chat", ...meta },
  spec: template["spec"],
});
const containersOf = (object: Json): Json[] => (object["spec"] as { containers: Json[] }).containers;
const replicaSet = (meta: Json = {}): Json => ({
  ...unproved,
  kind: "ReplicaSet",
  metadata: { name: "granite-5d4f", namespace: "prod-chat", ...meta },
});

describe("making something other than the Deployment (T45)", () => {
  it.each([
    "Pod",
    "ReplicaSet.apps",
    "ReplicationController",
    "StatefulSet.apps",
    "DaemonSet.apps",
    "Job.batch",
    "CronJob.batch",
  ])("a %s is judged itself", async (key) => {
    expect(await verdict(review(examples[key] ?? {}))).toContain("denied: EVIDENCE_MISSING");
  });

  it.each(Object.keys(examples).filter((key) => key.includes(".") && !/\.(?:apps|batch)$/.test(key)))(
    "a %s is judged itself",
    async (key) => {
      expect(await verdict(review(examples[key] ?? {}))).toMatch(/^denied: EVIDENCE_MISSING/);
    },
  );

  it("an older version of the API is read the same (T48)", async () => {
    expect(await verdict(review({ ...unproved, apiVersion: "apps/v1beta2" }))).toBe("denied: EVIDENCE_MISSING");
  });
});

describe("an owner that was made up (T44)", () => {
  it.each<[string, Json, string]>([
    ["a Pod of a ReplicaSet", pod(owner("ReplicaSet")), "jane@example.com"],
    ["a ReplicaSet of a Deployment", replicaSet(owner("Deployment")), "jane@example.com"],
    [
      "by an account of the same name elsewhere",
      pod(owner("ReplicaSet")),
      "system:serviceaccount:prod-chat:replicaset-controller",
    ],
    ["by another controller", pod(owner("ReplicaSet")), "system:serviceaccount:kube-system:job-controller"],
    ["by a controller, without an owner", pod(), "system:serviceaccount:kube-system:replicaset-controller"],
    [
      "by a controller, of a kind in another group",
      pod(owner("ReplicaSet", "acme.example/v1")),
      "system:serviceaccount:kube-system:replicaset-controller",
    ],
    [
      "an owner that does not control",
      pod({ ownerReferences: [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "a", uid: "b" }] }),
      "system:serviceaccount:kube-system:replicaset-controller",
    ],
  ])("%s", async (_what, object, username) => {
    expect(await verdict(review(object, { userInfo: { username } }))).toContain("denied: EVIDENCE_MISSING");
  });

  it("the controller's own children are let through", async () => {
    expect(await verdict(review(pod(owner("ReplicaSet")), serviceAccount("replicaset-controller")))).toBe(
      "admitted: delegated",
    );
    expect(await verdict(review(replicaSet(owner("Deployment")), serviceAccount("deployment-controller")))).toBe(
      "admitted: delegated",
    );
  });

  it("the controller may hand on an annotation of the parent, which was judged there", async () => {
    const before = replicaSet({ ...owner("Deployment"), annotations: { "assaygate.dev/evaluation": "sha256:old" } });
    const after = replicaSet({
      ...owner("Deployment"),
      annotations: { "assaygate.dev/evaluation": referenceTo(good) },
    });
    expect(await update(before, after, serviceAccount("deployment-controller"))).toBe("admitted: delegated");
    expect(await update(before, after)).toContain("denied");
  });
});

describe("changing what was admitted (T41)", () => {
  it.each<[string, Json, string]>([
    [
      "another image",
      container({
        image: "acme/evil",
        args: ["--model", "ibm-granite/granite-3.1-8b-instruct"],
        resources: { limits: { "nvidia.com/gpu": "1" } },
      }),
      "admitted: judged",
    ],
    ["other arguments", container({}), "denied: MODEL_NAME_MISMATCH"],
    [
      "the annotation taken away",
      metadata({ annotations: { "assaygate.dev/evaluation": null } }),
      "denied: EVIDENCE_MISSING",
    ],
    [
      "another digest",
      metadata({ annotations: { "assaygate.dev/evaluation": `quay.io/acme/evals@sha256:${"0".repeat(64)}` } }),
      "denied: EVIDENCE_NOT_FOUND",
    ],
    [
      "another version declared",
      metadata({ annotations: { "assaygate.dev/model-version": "3.2.0" } }),
      "denied: MODEL_VERSION_MISMATCH",
    ],
    [
      "other hardware",
      { spec: { template: { spec: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB" } } } } },
      "denied: HARDWARE_CLASS_MISMATCH",
    ],
  ])("%s is judged anew", async (_what, change, expected) => {
    expect(await update(proved, changed(proved, change))).toBe(expected);
  });

  it("rolling back to what was never evaluated is judged anew", async () => {
    expect(await update(proved, changed(unproved, container({})))).toMatch(/^denied: EVIDENCE_MISSING/);
  });

  it("the old object proves nothing for the new one (T47)", async () => {
    expect(await update(proved, unproved)).toBe("denied: EVIDENCE_MISSING");
    expect(await update(unproved, proved)).toBe("admitted: judged");
  });

  it("an update without an old object is judged as if it were made now", async () => {
    expect(await verdict(review(unproved, { operation: "UPDATE", oldObject: null }))).toBe("denied: EVIDENCE_MISSING");
  });
});

describe("a container that kubectl debug adds (T40)", () => {
  const running = pod();
  const debugged = changed(running, {
    spec: {
      ephemeralContainers: [
        { name: "debugger", image: "vllm/vllm-openai", command: ["vllm", "serve", "acme/never-evaluated"] },
      ],
    },
  });

  it("is judged with the whole Pod, whose every model must be proved", async () => {
    expect(await update(running, debugged, { subResource: "ephemeralcontainers" })).toMatch(
      /^denied: EVIDENCE_MISSING/,
    );
  });

  it("may not hide behind the evidence of the others", async () => {
    const annotations = { "assaygate.dev/evaluation": referenceTo(good), "assaygate.dev/model-version": "3.1.0" };
    const before = changed(running, metadata({ annotations }));
    expect(await verdict(review(before))).toBe("admitted: judged");
    expect(await update(before, changed(debugged, metadata({ annotations })))).toMatch(
      /^denied: .*MODEL_NAME_MISMATCH/,
    );
  });
});

describe("an object from before the gate, without evidence", () => {
  const restarted = {
    spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "2026-11-20T11:00:00Z" } } } },
  };
  it.each<[string, Json]>([
    ["its status", { status: { replicas: 2 } }],
    ["its replicas", { spec: { replicas: 5 } }],
    ["a restart", restarted],
    ["a finalizer", metadata({ finalizers: ["acme.example/keep"] })],
    ["its deletion", metadata({ deletionTimestamp: "2026-11-20T11:00:00Z", deletionGracePeriodSeconds: 0 })],
    ["managed fields", metadata({ managedFields: [{ manager: "kubectl", operation: "Apply" }], resourceVersion: "2" })],
  ])("keeps %s", async (_what, change) => {
    expect(await update(unproved, changed(unproved, change))).toBe("admitted: unchanged");
  });

  it.each<[string, Json]>([
    ["a restart that brings something else along", changed(restarted, container({}))],
    [
      "a deletion that brings something else along (T43)",
      changed(container({}), metadata({ deletionTimestamp: "2026-11-20T11:00:00Z" })),
    ],
  ])("is judged with %s", async (_what, change) => {
    expect(await update(unproved, changed(unproved, change))).toMatch(/^denied: EVIDENCE_MISSING/);
  });

  it("loses its finalizer while it is being deleted, and nothing else (T43)", async () => {
    const deleting = changed(unproved, metadata({ finalizers: ["a"], deletionTimestamp: "2026-11-20T11:00:00Z" }));
    const released = changed(deleting, metadata({ finalizers: null }));
    expect(await update(deleting, released)).toBe("admitted: unchanged");
    expect(await update(deleting, changed(released, container({})))).toMatch(/^denied: EVIDENCE_MISSING/);
  });
});

describe("a Pod's resources, changed in place", () => {
  const running = pod();
  const resized = (change: Json): Json =>
    changed(running, { spec: { containers: [{ ...containersOf(running)[0], ...change }] } });
  const resize = (object: Json): Promise<string> => update(running, object, { subResource: "resize" });

  // https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/ : processors and memory alone.
  it("is left alone where it is what the API server lets through", async () => {
    expect(await resize(resized({ resources: { limits: { "nvidia.com/gpu": "1", cpu: "4" } } }))).toBe(
      "admitted: unchanged",
    );
  });

  it.each<[string, Json]>([
    ["another image", { image: "acme/other:1" }],
    ["other arguments", { args: ["--model", "acme/never-evaluated"] }],
    ["another accelerator", { resources: { limits: { "nvidia.com/mig-1g.10gb": "1" } } }],
  ])("is judged like any other change with %s, should one come that way", async (_what, change) => {
    expect(await resize(resized(change))).toMatch(/^denied: EVIDENCE_MISSING/);
  });
});

describe("server-side apply, which is reviewed as what it comes to", () => {
  const options = { apiVersion: "meta.k8s.io/v1", kind: "PatchOptions", fieldManager: "argocd", force: true };
  const managedFields = [
    {
      manager: "argocd",
      operation: "Apply",
      apiVersion: "apps/v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:spec": {} },
    },
  ];
  const applied = (object: Json): Json => changed(object, metadata({ managedFields }));

  it("makes an object like any other request", async () => {
    expect(await verdict(review(applied(proved), { options }))).toBe("admitted: judged");
    expect(await verdict(review(applied(unproved), { options }))).toBe("denied: EVIDENCE_MISSING");
  });

  it("of who manages what changes nothing", async () => {
    expect(await update(unproved, applied(unproved), { options })).toBe("admitted: unchanged");
  });

  it.each<[string, Json]>([
    ["an image", container({ args: ["--model", "ibm-granite/granite-3.1-8b-instruct"], image: "acme/other:1" })],
    ["arguments", container({})],
    ["a further container", container({ name: "beside", command: ["vllm", "serve", "acme/never-evaluated"] })],
  ])("that takes over %s is judged", async (_what, change) => {
    expect(await update(unproved, applied(changed(unproved, change)), { options })).toMatch(
      /^denied: EVIDENCE_MISSING/,
    );
  });

  it("that gives up the annotation is judged without it", async () => {
    expect(await update(proved, applied(unproved), { options })).toBe("denied: EVIDENCE_MISSING");
  });

  it("is never read from the part that was sent: an object without its template proves nothing", async () => {
    const part = { apiVersion: "apps/v1", kind: "Deployment", metadata: proved["metadata"] as Json };
    expect(await verdict(review(applied(part), { options }))).toMatch(/^denied: /);
  });
});

describe("what is no workload", () => {
  it.each(["deployments", "replicasets", "statefulsets"])(
    "the scale of %s has no template, and is left alone",
    async (resource) => {
      const scale = {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
        metadata: { name: "granite", namespace: "prod-chat" },
        spec: { replicas: 3 },
      };
      const request = {
        operation: "UPDATE",
        oldObject: scale,
        subResource: "scale",
        resource: { group: "apps", version: "v1", resource },
      };
      expect(await verdict(review(scale, request))).toBe("admitted: no-policy");
    },
  );
});

describe("the webhook configuration", () => {
  const file = new URL("../../docs/examples/webhook-configuration.yaml", import.meta.url);
  const { webhooks: all } = webhooks.parse(parse(readFileSync(file, "utf8")));

  it("fails closed, in every version of the API (T48, T52)", () => {
    expect(all).toEqual([expect.objectContaining({ failurePolicy: "Fail", matchPolicy: "Equivalent" })]);
  });

  it("asks about nothing that a user can write (T49)", () => {
    expect(all.filter((webhook) => "matchConditions" in webhook || "objectSelector" in webhook)).toEqual([]);
  });

  it("leaves the gate and what heals the cluster alone, by a label that nobody can change (T63)", () => {
    const [{ key, operator, values } = { key: "", operator: "", values: [] }] = all.map(
      ({ namespaceSelector }) => namespaceSelector.matchExpressions[0],
    );
    expect([key, operator]).toEqual(["kubernetes.io/metadata.name", "NotIn"]);
    expect(values).toEqual(expect.arrayContaining(["kube-system", "assaygate-system"]));
  });

  it("sends what kubectl debug adds, and neither scale nor status (T40)", () => {
    const subresources = all
      .flatMap(({ rules }) => rules.flatMap(({ resources }) => resources))
      .filter((name) => name.includes("/"));
    expect(subresources).toEqual(["pods/ephemeralcontainers"]);
  });
});

describe("a dry run (T62)", () => {
  it.each<[string, Json]>([
    ["of what is proved", proved],
    ["of what is not", unproved],
  ])("%s gives the same answer", async (_what, object) => {
    expect(await verdict(review(object, { dryRun: true }))).toBe(await verdict(review(object)));
  });
});
