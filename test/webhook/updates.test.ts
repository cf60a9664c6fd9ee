import { describe, expect, it } from "@jest/globals";
import { answer } from "../golden/answer.ts";
import { golden } from "../golden/case.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { type Json, merge } from "../support/builders/json.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";

/*
 * An UPDATE is judged as a CREATE, unless nothing that a decision reads has changed (law 9). What is read depends on the
 * policies: labels and annotations, too, that only an expression or a selector asks for.
 */

const good = evaluation();
const proved = deployment(referenceTo(good));
const unproved = deployment(undefined);
const changed = (object: Json, change: Json): Json => merge(object, change) as Json;

async function update(before: Json, after: Json, document: Json = policy(strict), options: Json = {}): Promise<string> {
  const request = review(after, { operation: "UPDATE", oldObject: before, ...options });
  const { response } = await answer(golden("update", { request, policies: { "p.yaml": document }, evidence: [good] }));
  const { basis, reasons = "" } = response.auditAnnotations as { basis?: string; reasons?: string };
  return response.allowed ? `admitted: ${basis}` : `denied: ${reasons}`;
}

const asking = (cel: string): Json => policy({ ...strict, expressions: [{ cel, message: "a low risk" }] });
const labelled = (labels: Json): Json => ({ metadata: { labels } });
const annotated = (annotations: Json): Json => ({ metadata: { annotations } });

describe("what an expression reads", () => {
  it.each<[string, string]>([
    ["an index", `!("risk" in workload.labels) || workload.labels["risk"] != "high"`],
    ["a field", `!has(workload.labels.risk) || workload.labels.risk != "high"`],
    ["every label", `workload.labels.all(key, workload.labels[key] != "high")`],
    ["the whole map by an index", `!("risk" in workload["labels"]) || workload["labels"]["risk"] != "high"`],
  ])("by %s", async (_what, cel) => {
    const low = changed(proved, labelled({ risk: "low" }));
    const high = changed(proved, labelled({ risk: "high" }));
    expect(await update(low, high, asking(cel))).toBe("denied: EXPRESSION_FALSE");
    expect(await update(high, low, asking(cel))).toBe("admitted: judged");
    expect(await update(high, high, asking(cel))).toBe("admitted: unchanged");
  });

  it("is of annotations, too", async () => {
    const cel = `!("acme.example/risk" in workload.annotations) || workload.annotations["acme.example/risk"] == "low"`;
    const high = changed(proved, annotated({ "acme.example/risk": "high" }));
    expect(await update(proved, high, asking(cel))).toBe("denied: EXPRESSION_FALSE");
  });

  it("is no more than it names: what controllers write beside it is no change", async () => {
    const cel = `!("acme.example/risk" in workload.annotations) || workload.annotations["acme.example/risk"] == "low"`;
    const rolled = changed(unproved, annotated({ "deployment.kubernetes.io/revision": "7" }));
    expect(await update(unproved, rolled, asking(cel))).toBe("admitted: unchanged");
    const all = `workload.annotations.all(key, key != "acme.example/risk")`;
    expect(await update(unproved, rolled, asking(all))).toContain("denied: EVIDENCE_MISSING");
  });
});

describe("what another part of a policy reads", () => {
  it("is an excluded label", async () => {
    const document = policy(strict, { exclude: { objectSelector: { matchLabels: { tier: "test" } } } });
    const out = changed(unproved, labelled({ tier: "test" }));
    expect(await update(out, changed(out, labelled({ tier: null })), document)).toBe("denied: EVIDENCE_MISSING");
  });

  it("is the digest of a prompt", async () => {
    const document = policy({ ...strict, prompt: { digest: "SameAsWorkload" } });
    const after = changed(unproved, annotated({ "assaygate.dev/prompt-digest": `sha256:${"0".repeat(64)}` }));
    expect(await update(unproved, after, document)).toContain("denied");
  });
});

const spec = (change: Json): Json => ({ spec: { template: { spec: change } } });
const server = {
  name: "vllm",
  image: "vllm/vllm-openai:v0.11.0",
  args: ["--model", "ibm-granite/granite-3.1-8b-instruct"],
};
const gpu = { limits: { "nvidia.com/gpu": "1" } };
const withContainers = (...containers: Json[]): Json =>
  changed(unproved, spec({ containers: [{ ...server, resources: gpu }, ...containers] }));
const withContainer = (change: Json): Json =>
  changed(unproved, spec({ containers: [{ resources: gpu, ...server, ...change }] }));

describe("what runs and is not understood is compared as it is written", () => {
  const hidden = { name: "loader", image: "acme/loader:1", command: ["/app/load"], args: ["a"], resources: gpu };
  it.each<[string, Json]>([
    ["image", { image: "acme/loader:2" }],
    ["arguments", { args: ["b"] }],
    ["variables", { env: [{ name: "MODEL", value: "b" }] }],
    ["environment from elsewhere", { envFrom: [{ configMapRef: { name: "b" } }] }],
    ["privileges", { securityContext: { privileged: true } }],
    ["a hook", { lifecycle: { postStart: { exec: { command: ["/app/load", "b"] } } } }],
    ["a probe that runs something", { livenessProbe: { exec: { command: ["/app/load", "b"] } } }],
    ["a mount", { volumeMounts: [{ name: "models", mountPath: "/b" }] }],
  ])("%s", async (_what, change) => {
    expect(await update(withContainers(hidden), withContainers({ ...hidden, ...change }))).toMatch(/^denied/);
  });

  it("a claim in place of another", async () => {
    const from = (claimName: string): Json =>
      changed(
        withContainer({ args: ["--model", "/models/x"], volumeMounts: [{ name: "models", mountPath: "/models" }] }),
        spec({ volumes: [{ name: "models", persistentVolumeClaim: { claimName } }] }),
      );
    expect(await update(from("a"), from("b"))).toMatch(/^denied/);
    expect(await update(from("a"), from("a"))).toBe("admitted: unchanged");
  });

  it("a container that copies what a server loads", async () => {
    const copied = (image: string): Json =>
      changed(
        withContainer({ args: ["--model", "/models/x"], volumeMounts: [{ name: "models", mountPath: "/models" }] }),
        spec({
          volumes: [{ name: "models", emptyDir: {} }],
          initContainers: [
            {
              name: "copy",
              image,
              command: ["cp", "-r", "/data", "/models"],
              volumeMounts: [{ name: "models", mountPath: "/models" }],
            },
          ],
        }),
      );
    expect(await update(copied("acme/data:1"), copied("acme/data:2"))).toMatch(/^denied/);
  });

  it("where nothing names a model, every container", async () => {
    const bare = (image: string): Json =>
      changed(unproved, spec({ containers: [{ name: "a", image, command: ["/app/x"] }] }));
    expect(await update(bare("a"), bare("b"))).toMatch(/^denied/);
  });
});

describe("what nothing reads is no change", () => {
  const podOf = (change: Json = {}): Json => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "granite", namespace: "prod-chat" },
    spec: changed(
      {
        containers: [{ ...server, resources: gpu }],
        nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" },
      },
      change,
    ),
  });

  it.each<[string, Json, Json]>([
    ["a scheduling gate is taken away", { schedulingGates: [{ name: "kueue.x-k8s.io/admission" }] }, {}],
    ["Kueue pins a node group", {}, { nodeSelector: { "cloud.example/group": "a" } }],
    ["a toleration", {}, { tolerations: [{ operator: "Exists" }] }],
    ["a deadline", {}, { activeDeadlineSeconds: 5 }],
    ["the time for its end", {}, { terminationGracePeriodSeconds: 5 }],
    ["a node", {}, { nodeName: "node-1" }],
    ["what nobody knows yet", {}, { fieldOfTomorrow: { a: 1 } }],
    ["kubectl debug", {}, { ephemeralContainers: [{ name: "debugger", image: "busybox", stdin: true, tty: true }] }],
    ["kubectl debug with a program", {}, { ephemeralContainers: [{ name: "d", image: "a/b", command: ["/app/x"] }] }],
    [
      "a sidecar without reach",
      {
        containers: [
          { ...server, resources: gpu },
          { name: "s", image: "a", command: ["/s"] },
        ],
      },
      {
        containers: [
          { ...server, resources: gpu },
          { name: "s", image: "b", command: ["/t"] },
        ],
      },
    ],
    ["a resize", {}, { containers: [{ ...server, resources: { limits: { "nvidia.com/gpu": "1", cpu: "4" } } }] }],
    [
      "when a probe asks",
      {},
      { containers: [{ ...server, resources: gpu, livenessProbe: { httpGet: { port: 80 } } }] },
    ],
  ])("%s", async (_what, before, after) => {
    expect(await update(podOf(before), podOf(after))).toBe("admitted: unchanged");
  });

  it.each<[string, Json]>([
    ["an accelerator", { resources: { limits: { "nvidia.com/gpu": "1" } } }],
    ["privileges", { securityContext: { privileged: true } }],
    ["a server", { command: ["vllm", "serve", "acme/other"] }],
  ])("but a debug container with %s is", async (_what, change) => {
    const debugged = podOf({ ephemeralContainers: [{ name: "debugger", image: "busybox", ...change }] });
    expect(await update(podOf(), debugged)).toMatch(/^denied/);
  });

  it("what is too large to be read, as long as it stays the same", async () => {
    const many = Array.from({ length: 600 }, (_, at) => ({ name: `c${at}`, image: "a" }));
    const before = podOf({ containers: many });
    expect(await update(before, { ...before, status: { phase: "Running" } })).toBe("admitted: unchanged");
    const after = podOf({ containers: [...many.slice(1), { name: "x", image: "b" }] });
    expect(await update(before, after)).toBe("denied: WORKLOAD_TOO_LARGE");
  });
});
