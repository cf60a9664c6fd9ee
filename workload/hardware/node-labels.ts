import { findFamilyInstance, type Instance, findInstance } from "./products/instance-types.ts";
import { toMigPart, toAmdPart } from "./products/parts.ts";
import { toClassOfAnyVendor, toClassOfProduct, type VendorName } from "./products/products.ts";

/** What a node label's value says of the node's devices. Undefined: that it has any, is not known. */
export type ReadLabel = (value: string) => Instance | undefined;

const byVendor =
  (vendor: VendorName): ReadLabel =>
  (value) => ({ hardware: toClassOfProduct(vendor, value) });
const anyVendor: ReadLabel = (value) => ({ hardware: toClassOfAnyVendor(value) });
const amdDevice: ReadLabel = (value) => ({ hardware: toAmdClass(value) });

/** Of Azure's accelerators these are also sold in parts, which the label does not tell. */
const azureParts = new Set(["a10", "v620", "v710", "rtxpro6000bse"]);
const azureName: ReadLabel = (value) =>
  azureParts.has(value.toLowerCase()) ? { hardware: undefined } : anyVendor(value);

/** Labels that pin a product. */
const productLabels: ReadonlyMap<string, ReadLabel> = new Map([
  // https://github.com/NVIDIA/k8s-device-plugin/blob/main/docs/gpu-feature-discovery/README.md
  ["nvidia.com/gpu.product", byVendor("nvidia")],
  // https://github.com/ROCm/k8s-device-plugin/blob/master/cmd/k8s-node-labeller/README.md
  ["amd.com/gpu.product-name", byVendor("amd")],
  ["beta.amd.com/gpu.product-name", byVendor("amd")],
  ["amd.com/gpu.device-id", amdDevice],
  ["beta.amd.com/gpu.device-id", amdDevice],
  // https://intel.github.io/intel-device-plugins-for-kubernetes
  ["gpu.intel.com/product", byVendor("intel")],
  ["habana.ai/product.name", byVendor("intel")],
  // https://cloud.google.com/kubernetes-engine/docs/concepts/gpus
  ["cloud.google.com/gke-accelerator", anyVendor],
  ["cloud.google.com/gke-tpu-accelerator", byVendor("google")],
  // https://karpenter.sh/docs/concepts/scheduling/#well-known-labels, https://docs.aws.amazon.com/eks/latest/userguide/automode.html
  ["karpenter.k8s.aws/instance-gpu-name", anyVendor],
  ["karpenter.k8s.aws/instance-accelerator-name", anyVendor],
  ["karpenter.k8s.aws/instance-family", findFamilyInstance],
  ["eks.amazonaws.com/instance-gpu-name", anyVendor],
  ["eks.amazonaws.com/instance-accelerator-name", anyVendor],
  ["eks.amazonaws.com/instance-family", findFamilyInstance],
  ["k8s.amazonaws.com/accelerator", anyVendor],
  // https://github.com/Azure/karpenter-provider-azure
  ["karpenter.azure.com/sku-gpu-name", azureName],
  ["karpenter.azure.com/sku-name", findInstance],
  // https://www.volcengine.com/docs/6460
  ["machine.cluster.vke.volcengine.com/gpu-name", anyVendor],
  // https://kubernetes.io/docs/reference/labels-annotations-taints/#nodekubernetesioinstance-type
  ["node.kubernetes.io/instance-type", findInstance],
  ["beta.kubernetes.io/instance-type", findInstance],
]);

/** AMD's PCI device ids: https://github.com/ROCm/k8s-device-plugin/blob/master/cmd/k8s-node-labeller/amdgpu.ids */
const amdDevices: ReadonlyMap<string, string> = new Map([
  ["738c", "mi100"],
  ["7408", "mi250x"],
  ["740f", "mi210"],
  ["74a0", "mi300a"],
  ["74a1", "mi300x"],
  ["74b5", "mi300x"],
  ["74a2", "mi308x"],
  ["74b6", "mi308x"],
  ["74a5", "mi325x"],
  ["74b9", "mi325x"],
  ["75a0", "mi350x"],
  ["75b0", "mi350x"],
  ["75a3", "mi355x"],
  ["75b3", "mi355x"],
]);

/** The class of a PCI device id, `74a1` or `0x74a1`. */
export function toAmdClass(id: string): string | undefined {
  const product = amdDevices.get(id.toLowerCase().replace(/^0x/, ""));
  return product && toClassOfProduct("amd", product);
}

/** The class that a label of a node says, where it names a product; undefined where it is no such label. */
export function findProductLabel(key: string): ReadLabel | undefined {
  return productLabels.get(key);
}

/**
 * Labels that say which part of a device is meant: the part as in parts.ts, empty for the whole, undefined where the value is
 * not understood.
 */
const partLabels: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
  ["cloud.google.com/gke-gpu-partition-size", toMigPart],
  ["cloud.google.com/gke-gpu-sharing-strategy", () => "-shared"],
  ["cloud.google.com/gke-max-shared-clients-per-gpu", () => "-shared"],
  ["amd.com/gpu.compute-memory-partition", toAmdPart],
  ["beta.amd.com/gpu.compute-memory-partition", toAmdPart],
  ["nvidia.com/gpu.sharing-strategy", (value) => (value === "none" ? "" : "-shared")],
  ["nvidia.com/gpu.replicas", (value) => (value === "1" || value === "0" ? "" : "-shared")],
  ["nvidia.com/mps.capable", (value) => (value === "true" ? "-shared" : "")],
  ["nvidia.com/vgpu.present", (value) => (value === "true" ? undefined : "")],
]);

/** How the value of a node's label says which part of a device it is; undefined for a label that says nothing of that. */
export function findPartLabel(key: string): ((value: string) => string | undefined) | undefined {
  return partLabels.get(key);
}

/** Labels that only accelerator nodes carry, though they leave the product open. `false` keeps away from such nodes. */
const acceleratorPrefixes: readonly string[] = [
  "nvidia.com/gpu",
  "nvidia.com/mig",
  "nvidia.com/mps",
  "nvidia.com/vgpu",
  "nvidia.com/cuda",
  "amd.com/gpu",
  "beta.amd.com/gpu",
  "gpu.intel.com/",
  "habana.ai/",
  "cloud.google.com/gke-gpu",
  "cloud.google.com/gke-max-shared-clients-per-gpu",
  "cloud.google.com/gke-tpu",
  "karpenter.k8s.aws/instance-gpu",
  "karpenter.k8s.aws/instance-accelerator",
  "eks.amazonaws.com/instance-gpu",
  "eks.amazonaws.com/instance-accelerator",
  "karpenter.azure.com/sku-gpu",
  "kubernetes.azure.com/accelerator",
  "machine.cluster.vke.volcengine.com/gpu",
  "aliyun.accelerator/",
];

/** True for labels that only nodes with accelerators have. */
export function isAcceleratorLabel(key: string): boolean {
  return acceleratorPrefixes.some((prefix) => key.startsWith(prefix));
}
