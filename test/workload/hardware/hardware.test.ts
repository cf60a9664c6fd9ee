import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../support/builders/json.ts";
import { aContainer, aDeployment, anObject, read } from "../../support/builders/workload.ts";

const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
const product = "nvidia.com/gpu.product";

function hardwareOf(podSpec: Json, container: Json = gpu) {
  return read(aDeployment({ podSpec, container })).hardware;
}

const affinity = (...terms: Json[][]): Json => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: terms.map((matchExpressions) => ({ matchExpressions })),
      },
    },
  },
});
const isIn = (key: string, ...values: string[]): Json => ({ key, operator: "In", values });

const template = (value: string | undefined, container: Json = gpu): Json => ({
  template: {
    spec: { containers: [aContainer(container)], ...(value !== undefined && { nodeSelector: { [product]: value } }) },
  },
});

const cluster = (head: Json, ...workers: Json[]): Json =>
  anObject("ray.io/v1", "RayCluster", { headGroupSpec: head, workerGroupSpecs: workers });

it("land on all of their classes together", () => {
  const { hardware } = read(cluster(template("NVIDIA-H100-80GB-HBM3"), template("NVIDIA-L4")));
  expect(hardware.classes).toEqual(["nvidia-h100", "nvidia-l4"]);
});

describe("affinity", () => {
  const h100 = isIn(product, "NVIDIA-H100-80GB-HBM3");
  const a100 = isIn(product, "NVIDIA-A100-SXM4-80GB");
  it.each<[string, Json, string[]]>([
    [
      "values are alternatives",
      affinity([isIn(product, "NVIDIA-H100-80GB-HBM3", "NVIDIA-H200")]),
      ["nvidia-h100", "nvidia-h200"],
    ],
    ["terms are alternatives", affinity([h100], [a100]), ["nvidia-a100", "nvidia-h100"]],
    ["a term that pins nothing opens everything", affinity([h100], [isIn("zone", "a")]), []],
    ["an empty term matches no node", affinity([h100], []), ["nvidia-h100"]],
    [
      "expressions hold together",
      affinity([
        isIn(product, "NVIDIA-H100-80GB-HBM3", "NVIDIA-H200"),
        isIn("cloud.google.com/gke-accelerator", "nvidia-h100-80gb"),
      ]),
      ["nvidia-h100"],
    ],
    ["a contradiction is unknown", affinity([h100, a100]), []],
    [
      "NotIn constrains nothing",
      affinity([{ key: product, operator: "NotIn", values: ["NVIDIA-A100-SXM4-80GB"] }]),
      [],
    ],
    ["Exists constrains nothing", affinity([{ key: product, operator: "Exists" }]), []],
    [
      "with a node selector, both hold",
      {
        ...affinity([isIn(product, "NVIDIA-H100-80GB-HBM3", "NVIDIA-H200")]),
        nodeSelector: { [product]: "NVIDIA-H200" },
      },
      ["nvidia-h200"],
    ],
    [
      "preferred affinity constrains nothing",
      {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions: [h100] } }],
          },
        },
      },
      [],
    ],
  ])("%s", (_what, podSpec, classes) => {
    expect(hardwareOf(podSpec)).toMatchObject({ accelerator: "requested", classes });
  });
});

describe("an accelerator is asked for", () => {
  it.each<[string, Json, Json]>([
    ["by a limit", {}, gpu],
    ["by a request", {}, { resources: { requests: { "amd.com/gpu": 2 } } }],
    ["by a MIG slice", {}, { resources: { limits: { "nvidia.com/mig-1g.5gb": "1" } } }],
    ["by another vendor's resource", {}, { resources: { limits: { "gpu.intel.com/xe": "1" } } }],
    ["by TPU chips", {}, { resources: { limits: { "google.com/tpu": "4" } } }],
    ["by Neuron cores", {}, { resources: { limits: { "aws.amazon.com/neuroncore": "2" } } }],
    ["by Gaudi", {}, { resources: { limits: { "habana.ai/gaudi": "8" } } }],
    ["by a claim", { resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "h100" }] }, {}],
    ["by a node label alone, without a resource", { nodeSelector: { "nvidia.com/gpu.present": "true" } }, {}],
    ["by the NVIDIA runtime class", { runtimeClassName: "nvidia" }, {}],
    ["by an init container", { initContainers: [aContainer(gpu)] }, {}],
  ])("%s", (_what, podSpec, container) => {
    expect(hardwareOf(podSpec, container)).toMatchObject({ accelerator: "requested", classes: [] });
  });

  it.each<[string, Json, Json]>([
    ["nothing", {}, {}],
    ["CPU only", {}, { resources: { limits: { cpu: "4", memory: "8Gi", "vpc.amazonaws.com/efa": "1" } } }],
    ["zero", {}, { resources: { limits: { "nvidia.com/gpu": "0" } } }],
    ["keeping away from GPUs", { nodeSelector: { "nvidia.com/gpu.present": "false" } }, {}],
  ])("not by %s", (_what, podSpec, container) => {
    expect(hardwareOf(podSpec, container)).toMatchObject({ accelerator: "none", classes: [] });
  });

  it("names the resource where the class is unknown", () => {
    expect(hardwareOf({}).field).toBe("spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]");
  });
});

describe("partitions", () => {
  it.each<[string, Json, Json]>([
    [
      "by a mixed MIG resource",
      { nodeSelector: { [product]: "NVIDIA-A100-SXM4-40GB" } },
      { resources: { limits: { "nvidia.com/mig-1g.5gb": "1" } } },
    ],
    [
      "by GKE's label",
      {
        nodeSelector: {
          "cloud.google.com/gke-accelerator": "nvidia-tesla-a100",
          "cloud.google.com/gke-gpu-partition-size": "1g.5gb",
        },
      },
      gpu,
    ],
    [
      "agreeing",
      { nodeSelector: { [product]: "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" } },
      { resources: { limits: { "nvidia.com/mig-1g.5gb": "1" } } },
    ],
  ])("%s", (_what, podSpec, container) => {
    expect(hardwareOf(podSpec, container).classes).toEqual(["nvidia-a100-mig-1g.5gb"]);
  });

  it("that contradict are unknown", () => {
    const found = hardwareOf(
      { nodeSelector: { [product]: "NVIDIA-A100-SXM4-40GB-MIG-2g.10gb" } },
      { resources: { limits: { "nvidia.com/mig-1g.5gb": "1" } } },
    );
    expect(found.classes).toEqual([]);
  });
});

describe("what is counted", () => {
  const values = Array.from({ length: 5_000 }, (_, at) => `NVIDIA-X${at}`);
  const labels = Object.fromEntries(values.map((value) => [value, value]));
  const few = values.slice(0, 100);
  it.each<[string, Json]>([
    ["values", affinity([isIn(product, ...values)])],
    ["terms", affinity(...values.map((value) => [isIn("zone", value)]))],
    ["expressions", affinity(values.map((value) => ({ key: value, operator: "Exists" })))],
    ["selectors", { nodeSelector: labels }],
    ["values that two expressions multiply", affinity([isIn(product, ...few), isIn(product, ...few)])],
    [
      "selectors that terms multiply",
      { nodeSelector: { [product]: "NVIDIA-L4" }, ...affinity(...values.map(() => [])) },
    ],
  ])("%s", (_what, podSpec) => {
    const { tooLarge } = read(aDeployment({ podSpec, container: gpu }));
    expect(tooLarge?.message).toBe("more than 4096 node selector terms, values and resources");
  });
});

it("resources are counted", () => {
  const limits = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`example.com/x${at}`, 1]));
  const { tooLarge } = read(aDeployment({ container: { resources: { limits } } }));
  expect(tooLarge?.message).toContain("more than 4096 node selector terms");
});

describe("several pods", () => {
  it("leave out one that asks for none", () => {
    expect(read(cluster(template(undefined, {}), template("NVIDIA-L4"))).hardware.classes).toEqual(["nvidia-l4"]);
  });

  it("are unknown when one of them is", () => {
    const { hardware } = read(cluster(template("NVIDIA-H100-80GB-HBM3"), template(undefined)));
    expect(hardware).toEqual({
      accelerator: "requested",
      classes: [],
      field: "spec.workerGroupSpecs[0].template.spec.containers[0].resources.limits[nvidia.com/gpu]",
    });
  });
});
