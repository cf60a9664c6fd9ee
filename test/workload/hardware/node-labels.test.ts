import { describe, expect, it } from "@jest/globals";
import { azureSizes } from "../../../workload/hardware/products/instance-gpus.ts";
import { findInstance } from "../../../workload/hardware/products/instance-types.ts";
import type { Json } from "../../support/builders/json.ts";
import { aDeployment, read } from "../../support/builders/workload.ts";

const gpu = { resources: { limits: { "nvidia.com/gpu": "1" } } };
const asking = (resource: string): Json => ({ resources: { limits: { [resource]: "1" } } });

function hardwareOf(nodeSelector: Json, container: Json = gpu) {
  return read(aDeployment({ podSpec: { nodeSelector }, container })).hardware;
}

const gfd = "nvidia.com/gpu.product";
const gke = "cloud.google.com/gke-accelerator";
const tpu = "cloud.google.com/gke-tpu-accelerator";
const type = "node.kubernetes.io/instance-type";
const karpenter = "karpenter.k8s.aws/instance-gpu-name";
const family = "karpenter.k8s.aws/instance-family";
const azure = "karpenter.azure.com/sku-gpu-name";
const volcengine = "machine.cluster.vke.volcengine.com/gpu-name";
const amd = "amd.com/gpu.product-name";

describe("a label's value is one product", () => {
  it.each([
    [gfd, "NVIDIA-H100-80GB-HBM3", "nvidia-h100"],
    [gfd, "NVIDIA-H100-PCIe", "nvidia-h100"],
    [gfd, "NVIDIA-H100-NVL", "nvidia-h100"],
    [gfd, "NVIDIA-H200", "nvidia-h200"],
    [gfd, "NVIDIA-H20-3e", "nvidia-h20"],
    [gfd, "A100-SXM4-40GB", "nvidia-a100"],
    [gfd, "Tesla-T4", "nvidia-t4"],
    [gfd, "Tesla-V100-SXM2-32GB", "nvidia-v100"],
    [gfd, "NVIDIA-L4", "nvidia-l4"],
    [gfd, "NVIDIA-L40S", "nvidia-l40s"],
    [gfd, "NVIDIA-A10G", "nvidia-a10g"],
    [gfd, "NVIDIA-B200", "nvidia-b200"],
    [gfd, "NVIDIA-GB200", "nvidia-gb200"],
    [gfd, "NVIDIA-GH200-480GB", "nvidia-gh200"],
    [gfd, "NVIDIA-B300-SXM6-AC", "nvidia-b300"],
    [gfd, "NVIDIA-RTX-A6000", "nvidia-rtx-a6000"],
    [gfd, "NVIDIA-RTX-6000-Ada-Generation", "nvidia-rtx-6000-ada-generation"],
    [gfd, "NVIDIA-GeForce-RTX-4090", "nvidia-geforce-rtx-4090"],
    [gfd, "NVIDIA-H100-Of-Another-Kind", "nvidia-h100-of-another-kind"],
    [gke, "nvidia-tesla-a100", "nvidia-a100"],
    [gke, "nvidia-h100-mega-80gb", "nvidia-h100"],
    [gke, "nvidia-h200-141gb", "nvidia-h200"],
    [gke, "nvidia-tesla-t4", "nvidia-t4"],
    [gke, "nvidia-l4-vws", "nvidia-l4-vws"],
    [karpenter, "h100", "nvidia-h100"],
    [karpenter, "gaudi-hl-205", "intel-gaudi"],
    [karpenter, "radeon-pro-v520", "amd-radeon-pro-v520"],
    ["karpenter.k8s.aws/instance-accelerator-name", "qualcomm-ai100", "qualcomm-ai100"],
    ["karpenter.k8s.aws/instance-accelerator-name", "inferentia2", "aws-inferentia2"],
    ["eks.amazonaws.com/instance-gpu-name", "a10g", "nvidia-a10g"],
    [family, "p5", "nvidia-h100"],
    [family, "g6e", "nvidia-l40s"],
    [family, "trn2", "aws-trainium2"],
    [azure, "H100", "nvidia-h100"],
    ["karpenter.azure.com/sku-name", "Standard_NC24ads_A100_v4", "nvidia-a100"],
    [volcengine, "NVIDIA-L20", "nvidia-l20"],
    [volcengine, "Tesla-V100", "nvidia-v100"],
    [amd, "AMD_Instinct_MI300X_OAM", "amd-mi300x"],
    [amd, "AMD_Instinct_MI300X_VF", "amd-mi300x"],
    ["beta.amd.com/gpu.product-name", "Instinct_MI300X", "amd-mi300x"],
    ["amd.com/gpu.device-id", "74a1", "amd-mi300x"],
    ["beta.amd.com/gpu.device-id", "75A3", "amd-mi355x"],
    ["gpu.intel.com/product", "Max_1550", "intel-max-1550"],
    ["habana.ai/product.name", "Gaudi2", "intel-gaudi2"],
    [tpu, "tpu-v5p-slice", "google-tpu-v5p"],
    [tpu, "tpu-v5-lite-podslice", "google-tpu-v5e"],
    [tpu, "tpu-v6e-slice", "google-tpu-v6e"],
    [tpu, "tpu-v4-podslice", "google-tpu-v4"],
    [tpu, "tpu7x", "google-tpu7x"],
  ])("%s=%s is %s", (key, value, expected) => {
    expect(hardwareOf({ [key]: value })).toEqual({
      accelerator: "requested",
      classes: [expected],
      field: `spec.template.spec.nodeSelector[${key}]`,
    });
  });

  it.each([
    [gfd, "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition"],
    [gfd, "NVIDIA-RTX-PRO-6000-Blackwell-Workstation-Edition"],
    [gke, "nvidia-rtx-pro-6000"],
    [karpenter, "rtx-pro-server-6000"],
    [family, "g7e"],
    [type, "g7e.2xlarge"],
    [type, "g4-standard-48"],
    [type, "Standard_NC144ds_xl_RTXPRO6000BSE_v6"],
  ])("RTX PRO 6000 by %s=%s", (key, value) => {
    expect(hardwareOf({ [key]: value }).classes).toEqual(["nvidia-rtx-pro-6000"]);
  });

  it("so that two labels of one node agree", () => {
    const both = { [gfd]: "NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition", [karpenter]: "rtx-pro-server-6000" };
    expect(hardwareOf(both).classes).toEqual(["nvidia-rtx-pro-6000"]);
  });

  it.each([
    ["kubernetes.azure.com/accelerator", "nvidia"],
    ["nvidia.com/gpu.family", "hopper"],
    [gfd, ""],
    [gfd, "NVIDIA-A100-SXM4-40GB-MIG-INVALID"],
    [karpenter, "something-new"],
    [azure, "A10"],
    ["amd.com/gpu.device-id", "ffff"],
  ])("%s=%s leaves it unknown", (key, value) => {
    expect(hardwareOf({ [key]: value })).toMatchObject({ accelerator: "requested", classes: [] });
  });
});

describe("an instance type has the product of all of its instances", () => {
  it.each([
    ["p5.48xlarge", "nvidia-h100"],
    ["p4d.24xlarge", "nvidia-a100"],
    ["p3.2xlarge", "nvidia-v100"],
    ["g5.xlarge", "nvidia-a10g"],
    ["g6.12xlarge", "nvidia-l4"],
    ["inf2.xlarge", "aws-inferentia2"],
    ["dl1.24xlarge", "intel-gaudi"],
    ["p6-b200.48xlarge", "nvidia-b200"],
    ["Standard_ND96isr_H100_v5", "nvidia-h100"],
    ["Standard_NC24ads_A100_v4", "nvidia-a100"],
    ["Standard_NC4as_T4_v3", "nvidia-t4"],
    ["Standard_NC6s_v3", "nvidia-v100"],
    ["Standard_ND96asr_v4", "nvidia-a100"],
    ["Standard_NC8ads_A10_v4", "nvidia-a10"],
    ["Standard_ND96isr_MI300X_v5", "amd-mi300x"],
    ["Standard_ND128isr_NDR_GB200_v6", "nvidia-gb200"],
    ["a2-highgpu-1g", "nvidia-a100"],
    ["a3-highgpu-8g", "nvidia-h100"],
    ["a3-ultragpu-8g", "nvidia-h200"],
    ["a4-highgpu-8g", "nvidia-b200"],
    ["g2-standard-12", "nvidia-l4"],
    ["ct5lp-hightpu-4t", "google-tpu-v5e"],
  ])("%s: %s", (value, expected) => {
    expect(hardwareOf({ [type]: value })).toMatchObject({ accelerator: "requested", classes: [expected] });
    expect(hardwareOf({ [type]: value }, {})).toMatchObject({ accelerator: "requested", classes: [expected] });
  });

  it.each([
    ["a part of an L4", "g6f.xlarge"],
    ["a part of an A10", "Standard_NV6ads_A10_v5"],
    ["a part of a V710", "Standard_NV4ads_V710_v5"],
    ["a part of an RTX PRO 6000", "g4-standard-6"],
    ["a part of Azure's RTX PRO 6000", "Standard_NC36ds_xl_RTXPRO6000BSE_v6"],
    ["a new size of a family with GPUs", "p5.96xlarge"],
    ["a new family", "p9.48xlarge"],
    ["a new series", "Standard_ND96isr_X500_v9"],
  ])("an accelerator whose class is not known: %s, %s", (_what, value) => {
    expect(hardwareOf({ [type]: value }, {})).toMatchObject({ accelerator: "requested", classes: [] });
  });

  it.each(["m7i.large", "Standard_D4s_v5", "n2-standard-4", "n1-standard-8", "t3.micro"])("none: %s", (value) => {
    expect(hardwareOf({ [type]: value }, {})).toMatchObject({ accelerator: "none", classes: [] });
  });

  it("is undetermined for those sizes of Azure's alone that have parts, or are not documented", () => {
    const open = azureSizes.filter((size) => findInstance(size)?.hardware === undefined);
    expect(open.every((size) => /_nv.*_(?:a10|v710)_|_nc(?:24|36|72)l?ds_xl_rtxpro|_nd40s_v3/.test(size))).toBe(true);
  });
});

describe("a part never has the class of the whole", () => {
  const h100 = { [gfd]: "NVIDIA-H100-80GB-HBM3" };
  const mi300x = { [amd]: "AMD_Instinct_MI300X_OAM" };
  it.each<[string, Json, Json, string[]]>([
    ["a MIG device", { [gfd]: "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb" }, gpu, ["nvidia-a100-mig-1g.5gb"]],
    ["a compute instance", { [gfd]: "NVIDIA-H100-80GB-HBM3-MIG-1c.2g.20gb" }, gpu, ["nvidia-h100-mig-1c.2g.20gb"]],
    [
      "a MIG device that is shared",
      { [gfd]: "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED" },
      gpu,
      ["nvidia-a100-mig-1g.5gb"],
    ],
    ["a MIG resource", h100, asking("nvidia.com/mig-1g.10gb"), ["nvidia-h100-mig-1g.10gb"]],
    ["a shared MIG resource", h100, asking("nvidia.com/mig-1g.10gb.shared"), ["nvidia-h100-mig-1g.10gb"]],
    ["a MIG profile with media engines", h100, asking("nvidia.com/mig-1g.10gb.me"), ["nvidia-h100-mig-1g.10gb.me"]],
    [
      "MIG resources and whole devices",
      h100,
      { resources: { limits: { "nvidia.com/mig-1g.10gb": 1, "nvidia.com/gpu": 1 } } },
      ["nvidia-h100", "nvidia-h100-mig-1g.10gb"],
    ],
    ["a time-sliced product", { [gfd]: "NVIDIA-A100-SXM4-80GB-SHARED" }, gpu, ["nvidia-a100-shared"]],
    ["a time-sliced resource", h100, asking("nvidia.com/gpu.shared"), ["nvidia-h100-shared"]],
    [
      "GKE's time sharing",
      { [gke]: "nvidia-l4", "cloud.google.com/gke-gpu-sharing-strategy": "time-sharing" },
      gpu,
      ["nvidia-l4-shared"],
    ],
    [
      "GKE's partition",
      { [gke]: "nvidia-tesla-a100", "cloud.google.com/gke-gpu-partition-size": "1g.5gb" },
      gpu,
      ["nvidia-a100-mig-1g.5gb"],
    ],
    [
      "GKE's shared partition",
      {
        "cloud.google.com/gke-gpu-sharing-strategy": "mps",
        [gke]: "nvidia-tesla-a100",
        "cloud.google.com/gke-gpu-partition-size": "1g.5gb",
      },
      gpu,
      ["nvidia-a100-mig-1g.5gb"],
    ],
    ["a virtual GPU", { [gfd]: "NVIDIA-A40-24Q" }, gpu, ["nvidia-a40-vgpu-24q"]],
    ["an older virtual GPU", { [gfd]: "GRID-T4-16C" }, gpu, ["nvidia-t4-vgpu-16c"]],
    ["a virtual GPU on a MIG device", { [gfd]: "NVIDIA-A100-1-5CME" }, gpu, ["nvidia-a100-vgpu-1-5cme"]],
    [
      "AMD's partition by a label",
      { ...mi300x, "amd.com/gpu.compute-memory-partition": "cpx_nps4" },
      asking("amd.com/gpu"),
      ["amd-mi300x-cpx-nps4"],
    ],
    ["AMD's partition by a resource", mi300x, asking("amd.com/cpx_nps4"), ["amd-mi300x-cpx-nps4"]],
    ["AMD's whole device under mixed naming", mi300x, asking("amd.com/spx_nps1"), ["amd-mi300x"]],
    [
      "AMD's whole device by a label",
      { ...mi300x, "amd.com/gpu.compute-memory-partition": "spx_nps1" },
      asking("amd.com/gpu"),
      ["amd-mi300x"],
    ],
    [
      "AMD's modes that nobody knows",
      { ...mi300x, "amd.com/gpu.compute-memory-partition": "new" },
      asking("amd.com/gpu"),
      [],
    ],
    ["a share of memory", h100, asking("nvidia.com/gpumem"), []],
    ["a share beside a count", h100, { resources: { limits: { "nvidia.com/gpu": 1, "nvidia.com/gpumem": 3000 } } }, []],
    ["a share of another plugin's", h100, asking("tencent.com/vcuda-core"), []],
    ["a resource that nobody knows", h100, asking("example.com/half-a-gpu"), []],
    [
      "a partition of another product",
      { [gfd]: "NVIDIA-A100-SXM4-40GB-MIG-2g.10gb" },
      asking("nvidia.com/mig-1g.5gb"),
      [],
    ],
    ["a partition of another vendor's", mi300x, asking("nvidia.com/mig-1g.5gb"), []],
  ])("%s", (_what, nodeSelector, container, expected) => {
    expect(hardwareOf(nodeSelector, container).classes).toEqual(expected);
  });

  it("a share by KAI's annotation", () => {
    const object = aDeployment({
      podSpec: { nodeSelector: h100 },
      template: { annotations: { "gpu-fraction": "0.5" } },
    });
    expect(read(object).hardware).toMatchObject({ accelerator: "requested", classes: [] });
  });
});
