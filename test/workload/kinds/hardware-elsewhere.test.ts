import { describe, expect, it } from "@jest/globals";
import { withValue } from "../../support/with-value.ts";
import { goldenWorkloads } from "../../support/workload-examples.ts";
import type { Json } from "../../support/builders/json.ts";
import { anObject, read } from "../../support/builders/workload.ts";

const h100 = { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" };
const gpu = { limits: { "nvidia.com/gpu": "1" } };
const pinned = { nodeSelector: h100, containers: [{ name: "main", resources: gpu }] };

const isvc = (predictor: Json) => read(anObject("serving.kserve.io/v1beta1", "InferenceService", { predictor }));
const llm = (spec: Json) =>
  read(anObject("serving.kserve.io/v1alpha2", "LLMInferenceService", { model: { uri: "hf://acme/a" }, ...spec }));
const runtime = (deploymentConfig: Json) =>
  read(
    anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", { model: { modelURL: "acme/a" }, deploymentConfig }),
  );

function expectPods({ hardware }: ReturnType<typeof read>, pods: string): void {
  expect(hardware).toMatchObject({ accelerator: "requested", classes: [], problem: expect.stringContaining(pods) });
}

describe("pods that the object does not describe leave the class unknown", () => {
  const model = { storageUri: "hf://acme/a", resources: gpu };

  it("KServe's workers", () => {
    expect(isvc({ nodeSelector: h100, model }).hardware.classes).toEqual(["nvidia-h100"]);
    expectPods(isvc({ nodeSelector: h100, model, workerSpec: {} }), "spec.predictor.workerSpec");
    expectPods(isvc({ nodeSelector: h100, model, workerSpec: { pipelineParallelSize: 2 } }), "worker pods");
    expect(isvc({ nodeSelector: h100, model, workerSpec: pinned }).hardware.classes).toEqual(["nvidia-h100"]);
  });

  it("a canary's workers", () => {
    const object = anObject("serving.kserve.io/v1beta1", "InferenceService", {
      predictor: { nodeSelector: h100, model },
      canary: [{ predictor: pinned }],
    });
    expect(read(object).hardware.classes).toEqual(["nvidia-h100"]);
    expectPods(
      read(withValue(object, "spec.canary.0.predictor.workerSpec", {})),
      "spec.canary[0].predictor.workerSpec",
    );
  });

  it("of an LLMInferenceService", () => {
    expect(llm({ template: pinned }).hardware.classes).toEqual(["nvidia-h100"]);
    expectPods(llm({ template: pinned, prefill: { replicas: 2 } }), "prefill");
    expectPods(llm({ template: pinned, baseRefs: [{ name: "base" }] }), "baseRefs");
    expectPods(llm({ worker: pinned }), "spec.template");
    expect(llm({ template: pinned, prefill: { template: pinned } }).hardware.classes).toEqual(["nvidia-h100"]);
  });

  it("a scheduler that asks for a GPU is a pod like the others", () => {
    const router = { scheduler: { template: { containers: [{ name: "main", resources: gpu }] } } };
    expect(llm({ template: pinned, router }).hardware).toMatchObject({ accelerator: "requested", classes: [] });
  });

  it.each<[string, string, unknown]>([
    ["PodCliqueSet.grove.io", "spec.template.resourceSharing", [{ name: "c" }]],
    ["PodCliqueSet.grove.io", "spec.template.cliques.0.resourceSharing", [{ name: "c" }]],
  ])("%s: %s", (name, path, value) => {
    const object = goldenWorkloads.get(name) ?? {};
    expect(read(object).hardware.classes).toEqual(["nvidia-h100"]);
    expectPods(read(withValue(object, path, value)), "shared claims");
  });
});

describe("VLLMRuntime", () => {
  const terms = [
    { matchExpressions: [{ key: "nvidia.com/gpu.product", operator: "In", values: ["NVIDIA-A100-SXM4-80GB"] }] },
  ];
  const slice = { gpu: "1", gpuType: "nvidia.com/mig-1g.10gb" };

  it.each<[string, Json, Json]>([
    ["a whole GPU", { resources: { gpu: "1" } }, { accelerator: "requested", classes: ["nvidia-a100"] }],
    ["a slice", { resources: slice }, { accelerator: "requested", classes: ["nvidia-a100-mig-1g.10gb"] }],
    [
      "a side-car's slice",
      { resources: { gpu: "1" }, sidecarConfig: { resources: slice } },
      { accelerator: "requested", classes: ["nvidia-a100", "nvidia-a100-mig-1g.10gb"] },
    ],
    ["NVIDIA's runtime class, which is the default", {}, { accelerator: "requested", classes: ["nvidia-a100"] }],
    [
      "a runtime class that gives no GPU",
      { runtimeClass: "runc", nodeSelectorTerms: [] },
      { accelerator: "none", classes: [] },
    ],
    [
      "a side-car's GPU, whatever the runtime class is",
      { runtimeClass: "runc", sidecarConfig: { resources: { gpu: "1" } } },
      { accelerator: "requested", classes: ["nvidia-a100"] },
    ],
  ])("%s", (_what, config, hardware) => {
    expect(runtime({ nodeSelectorTerms: terms, ...config }).hardware).toMatchObject(hardware);
  });
});

describe("resources that an operator's object writes in its own way", () => {
  it.each<[string, string, unknown, Json]>([
    [
      "DynamoGraphDeployment.nvidia.com--services",
      "spec.services.decode.resources",
      { limits: { gpu: "1", gpuType: "nvidia.com/mig-1g.10gb" } },
      { classes: ["nvidia-h100-mig-1g.10gb"] },
    ],
    ["DynamoGraphDeployment.nvidia.com--services", "spec.services.decode", { replicas: 1 }, { accelerator: "none" }],
    [
      "DynamoGraphDeployment.nvidia.com--services",
      "spec.services.decode.resources",
      { limits: { custom: { "amd.com/gpu": "1" } } },
      { accelerator: "requested" },
    ],
    [
      "BentoDeployment.serving.yatai.ai",
      "spec.runners.0",
      { resources: { limits: { gpu: "0" } } },
      { accelerator: "none" },
    ],
    [
      "Workspace.kaito.sh",
      "resource",
      { labelSelector: { matchLabels: h100 }, partition: { mode: "mig", profile: "1g.10gb" } },
      { accelerator: "requested", classes: ["nvidia-h100-mig-1g.10gb"] },
    ],
  ])("%s: %s", (name, path, value, hardware) => {
    expect(read(withValue(goldenWorkloads.get(name) ?? {}, path, value)).hardware).toMatchObject(hardware);
  });
});
