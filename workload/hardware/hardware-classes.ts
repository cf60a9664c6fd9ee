import { migPart, withPart } from "./parts.ts";

/**
 * Hardware classes, `<vendor>-<product>`, from the labels that nodes carry. Memory sizes, form factors and sharing are left
 * out of a class; a MIG profile is kept, as `nvidia-a100-mig-1g.5gb`. A product that has no shorter name becomes
 * `<vendor>-` and the rest of the label in lower case with dashes.
 */
export interface ProductLabel {
  readonly key: string;
  /** Undefined: the value says nothing about the class. */
  readonly classOf: (value: string) => string | undefined;
}

interface Vendor {
  readonly name: string;
  /** Words at the beginning that only repeat the vendor or brand. */
  readonly brand: RegExp;
  /** The part of the rest that names the product. */
  readonly product: RegExp;
}

const vendors = {
  /** `NVIDIA-H100-80GB-HBM3`, `Tesla-T4`, `A100-SXM4-40GB-SHARED`, `nvidia-tesla-a100`, `nvidia-h100-mega-80gb`, `t4` */
  nvidia: { name: "nvidia", brand: /^(?:(?:nvidia|tesla)-)+/, product: /^[a-z]{1,2}[0-9]{1,4}[a-z]?(?=-|$)/ },
  /** `AMD_Instinct_MI300X_OAM`, `Instinct_MI300X` */
  amd: { name: "amd", brand: /^(?:(?:amd|instinct)-)+/, product: /^mi[0-9]+[a-z]*(?=-|$)/ },
  /** `Max_1550`, `Gaudi2`, `gaudi-hl-205` */
  intel: { name: "intel", brand: /^(?:(?:intel|habana)-)+/, product: /^gaudi[0-9]*(?=-|$)/ },
  /** `tpu-v5p-slice`, `tpu-v6e-slice`, `tpu7x` */
  google: { name: "google", brand: /^google-/, product: /^tpu(?:-?v?[0-9]+[a-z]*)(?=-|$)/ },
  /** `inferentia2`, `trainium` */
  aws: { name: "aws", brand: /^aws-/, product: /^(?:inferentia|trainium)[0-9]*(?=-|$)/ },
} as const satisfies Record<string, Vendor>;

const aliases: ReadonlyMap<string, string> = new Map([
  ["google-tpu-v5-lite", "google-tpu-v5e"],
  ["google-tpu-v5-lite-device", "google-tpu-v5e"],
  ["google-tpu-v5-lite-podslice", "google-tpu-v5e"],
]);

const mig = /-mig-([0-9]+g\.[0-9]+gb(?:[.+][a-z0-9.]+)?)$/;
const lite = /^tpu-v5-lite/;

/** The class that a label's value stands for, as its vendor names products. */
function hardwareClass(vendor: Vendor, value: string): string | undefined {
  const words = value
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-")
    .replace(/-shared$/, "");
  const profile = mig.exec(words)?.[1];
  const rest = words.replace(mig, "").replace(vendor.brand, "");
  if (rest === "" || !/^[a-z0-9][a-z0-9.+-]*$/.test(rest)) return undefined;
  const product = lite.test(rest) ? rest : (vendor.product.exec(rest)?.[0] ?? rest);
  const name = `${vendor.name}-${product}`;
  const known = aliases.get(name) ?? name;
  return profile === undefined ? known : withPart(known, migPart(profile));
}

/** The class of a product as a driver's device attributes name it, by the driver's domain. Undefined for other drivers. */
export function productClass(domain: string, product: string): string | undefined {
  if (domain === "gpu.nvidia.com") return hardwareClass(vendors.nvidia, product);
  return domain === "gpu.amd.com" ? hardwareClass(vendors.amd, product) : undefined;
}

/** Cloud labels that hold products of several vendors. */
function anyVendor(value: string): string | undefined {
  const name = value.toLowerCase();
  if (/^(?:amd|instinct|radeon|mi[0-9])/.test(name)) return hardwareClass(vendors.amd, value);
  if (/^(?:intel|habana|gaudi)/.test(name)) return hardwareClass(vendors.intel, value);
  if (/^(?:inferentia|trainium)/.test(name)) return hardwareClass(vendors.aws, value);
  return hardwareClass(vendors.nvidia, value);
}

const byVendor = (vendor: Vendor) => (value: string) => hardwareClass(vendor, value);

/** Node labels that pin a product. */
export const productLabels: readonly ProductLabel[] = [
  // https://github.com/NVIDIA/k8s-device-plugin/blob/main/docs/gpu-feature-discovery/README.md
  { key: "nvidia.com/gpu.product", classOf: byVendor(vendors.nvidia) },
  // https://github.com/ROCm/k8s-device-plugin/blob/master/cmd/k8s-node-labeller/README.md
  { key: "amd.com/gpu.product-name", classOf: byVendor(vendors.amd) },
  { key: "gpu.intel.com/product", classOf: byVendor(vendors.intel) },
  { key: "habana.ai/product.name", classOf: byVendor(vendors.intel) },
  // https://cloud.google.com/kubernetes-engine/docs/concepts/gpus
  { key: "cloud.google.com/gke-accelerator", classOf: anyVendor },
  { key: "cloud.google.com/gke-tpu-accelerator", classOf: byVendor(vendors.google) },
  // https://karpenter.sh/docs/concepts/scheduling/#well-known-labels
  { key: "karpenter.k8s.aws/instance-gpu-name", classOf: anyVendor },
  { key: "karpenter.k8s.aws/instance-accelerator-name", classOf: anyVendor },
  { key: "eks.amazonaws.com/instance-gpu-name", classOf: anyVendor },
  { key: "k8s.amazonaws.com/accelerator", classOf: anyVendor },
  { key: "karpenter.azure.com/sku-gpu-name", classOf: anyVendor },
];

/** The label of a GPU partition on GKE, which narrows the product. */
export const partitionLabel = "cloud.google.com/gke-gpu-partition-size";

/** Node labels that only accelerator nodes carry, though they leave the product open. `false` keeps away from such nodes. */
export const acceleratorLabelPrefixes: readonly string[] = [
  "nvidia.com/gpu",
  "nvidia.com/mig",
  "amd.com/gpu",
  "gpu.intel.com/",
  "habana.ai/",
  "cloud.google.com/gke-gpu",
  "cloud.google.com/gke-tpu",
  "karpenter.k8s.aws/instance-gpu",
  "karpenter.k8s.aws/instance-accelerator",
  "eks.amazonaws.com/instance-gpu",
  "kubernetes.azure.com/accelerator",
];
