import { describe, expect, it } from "@jest/globals";
import { isSameRun, readForAudit, toRunState, type RunState } from "../../audit/run-state.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { compiled, policy } from "../support/builders/policy.ts";
import type { Json } from "../support/builders/json.ts";
import { merge } from "../support/builders/json.ts";
import { deployment, inputFor } from "../support/builders/workload.ts";

const keys = listKeysRead({ policies: [compiled(policy())], exceptions: [], digest: "" });

function stateOf(object: Json): RunState {
  const reading = readForAudit(inputFor(object), builtinKinds);
  const state = reading && toRunState(reading, keys);
  if (state === undefined) throw new Error("it can be read");
  return state;
}

/** The pod of a Deployment's template. */
function podOf(owner: Json, change: Json = {}): Json {
  const { template } = owner["spec"] as { template: Json };
  const { labels } = template["metadata"] as Json;
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p", namespace: "prod-chat", labels },
    spec: template["spec"],
  };
  return merge(pod, change) as Json;
}

const chat = deployment("quay.io/acme/evals@sha256:" + "1".repeat(64));
const container = ((chat["spec"] as Json)["template"] as { spec: { containers: Json[] } }).spec.containers[0] ?? {};
const withContainer = (change: Json): Json => ({ spec: { containers: [{ ...container, ...change }] } });

describe("a pod and its owner run the same", () => {
  it.each<[string, Json]>([
    ["as it was made", {}],
    ["with what the API server adds", { spec: { nodeName: "gpu-1", serviceAccountName: "default", tolerations: [] } }],
    ["with a volume more", withContainer({ volumeMounts: [{ name: "kube-api-access", mountPath: "/var/run" }] })],
    ["with labels of its controller", { metadata: { labels: { "pod-template-hash": "6f" } } }],
    [
      "with a sidecar that can reach nothing",
      { spec: { containers: [container, { name: "proxy", image: "envoy:1" }] } },
    ],
    ["with the number of an indexed job", withContainer({ env: [{ name: "JOB_COMPLETION_INDEX", value: "1" }] })],
    [
      "on the node that a daemon set chose",
      {
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["gpu-1"] }] }],
              },
            },
          },
        },
      },
    ],
  ])("%s", (_, change) => {
    expect(isSameRun(stateOf(chat), stateOf(podOf(chat, change)))).toBe(true);
  });
});

describe("a pod runs something else than its owner", () => {
  it.each<[string, Json]>([
    ["by its image", withContainer({ image: "vllm/vllm-openai:v0.1.0" })],
    ["by its model", withContainer({ args: ["--model", "other/model"] })],
    ["by a command", withContainer({ command: ["bash", "-c", "vllm serve ibm-granite/granite-3.1-8b-instruct"] })],
    ["by a variable", withContainer({ env: [{ name: "HF_HUB_OFFLINE", value: "1" }] })],
    ["by its hardware", { spec: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-A100-SXM4-80GB" } } }],
    [
      "by evidence that the owner does not name",
      { metadata: { annotations: { "assaygate.dev/evaluation": "sha256:" + "2".repeat(64) } } },
    ],
    [
      "by a container more that may reach the accelerator",
      { spec: { containers: [container, { ...container, name: "b", image: "other:1", args: [] }] } },
    ],
  ])("%s", (_, change) => {
    expect(isSameRun(stateOf(chat), stateOf(podOf(chat, change)))).toBe(false);
  });
});

it("is nothing that can be compared where it is nested too deep, and no failure", () => {
  let env: unknown = "x";
  for (let level = 0; level < 9_000; level += 1) env = [env];
  const reading = readForAudit(
    inputFor(podOf(chat, withContainer({ env: [{ name: "A", valueFrom: env }] }))),
    builtinKinds,
  );
  expect(reading && toRunState(reading, keys)).toBeUndefined();
});
