import { memoize } from "../../remembered.ts";
import { toMigPart, withPart } from "./parts.ts";

/*
 * Hardware classes, `<vendor>-<product>`, from the names that drivers, labellers and clouds give devices. Memory sizes and
 * form factors are left out of a class; a part of a device is kept, as `nvidia-a100-mig-1g.5gb` or `nvidia-a40-vgpu-24q`.
 * Every word of a name has to be accounted for: a name with one that is not known is a class of its own, `<vendor>-` and the
 * name in lower case with dashes, and never that of a product it begins with.
 */

interface Vendor {
  readonly name: string;
  /** Words at the beginning that only repeat the vendor or brand. */
  readonly brand: RegExp;
  /** The part of the rest that names the product. */
  readonly product: RegExp;
  /** Words after it that do not make another product of it. */
  readonly variants: RegExp;
}

const vendors = {
  /** `NVIDIA-H100-80GB-HBM3`, `Tesla-T4`, `A100-SXM4-40GB`, `nvidia-tesla-a100`, `nvidia-h100-mega-80gb`, `B300-SXM6-AC`, `t4` */
  nvidia: {
    name: "nvidia",
    brand: /^(?:(?:nvidia|tesla|grid)-)+/,
    product: /^(?:rtx-pro-[0-9]{4}|[a-z]{1,2}[0-9]{1,4}[a-z]?)(?=-|$)/,
    variants:
      /^(?:[0-9]+gb?|sxm[0-9]?|pcie|nvl(?:[0-9]+)?|hbm[0-9]e?|3e|mega|fhhl|dgxs|ls|ac|lc|blackwell|server|workstation|edition)$/,
  },
  /** `AMD_Instinct_MI300X_OAM`, `Instinct_MI300X`, `AMD_INSTINCT_MI250_MCM_OAM_AC_MBA`, `AMD_Instinct_MI300X_VF` */
  amd: {
    name: "amd",
    brand: /^(?:(?:amd|instinct)-)+/,
    product: /^mi[0-9]+[a-z]*(?=-|$)/,
    variants: /^(?:oam|mcm|ac|mba|vf|[0-9]+gb?)$/,
  },
  /** `Max_1550`, `Gaudi2`, `gaudi-hl-205` */
  intel: {
    name: "intel",
    brand: /^(?:(?:intel|habana)-)+/,
    product: /^gaudi[0-9]*(?=-|$)/,
    variants: /^(?:hl|[0-9]{3}|[0-9]+gb)$/,
  },
  /** `tpu-v5p-slice`, `tpu-v6e-slice`, `tpu7x` */
  google: {
    name: "google",
    brand: /^google-/,
    product: /^tpu(?:-?v?[0-9]+[a-z]*)(?=-|$)/,
    variants: /^(?:slice|podslice|device)$/,
  },
  /** `inferentia2`, `trainium` */
  aws: { name: "aws", brand: /^aws-/, product: /^(?:inferentia|trainium)[0-9]*(?=-|$)/, variants: /^$/ },
  /** `qualcomm-ai100` */
  qualcomm: { name: "qualcomm", brand: /^(?:qualcomm-)?(?:cloud-)?/, product: /^ai[0-9]+(?=-|$)/, variants: /^$/ },
} as const satisfies Record<string, Vendor>;

/** Vendors whose products are known. */
export type VendorName = keyof typeof vendors;

/** One product has one class, whoever names it. */
const aliases: ReadonlyMap<string, string> = new Map([
  ["google-tpu-v5-lite", "google-tpu-v5e"],
  ["google-tpu-v5-lite-device", "google-tpu-v5e"],
  ["google-tpu-v5-lite-podslice", "google-tpu-v5e"],
  // What EC2 calls it: https://karpenter.sh/docs/reference/instance-types/
  ["nvidia-rtx-pro-server-6000", "nvidia-rtx-pro-6000"],
  ["nvidia-rtx-pro-server-4500", "nvidia-rtx-pro-4500"],
  // In the names of Azure's sizes.
  ["nvidia-rtxpro6000bse", "nvidia-rtx-pro-6000"],
]);

/** https://docs.nvidia.com/datacenter/tesla/mig-user-guide: GPU instances, and compute instances in them. */
const mig = /-mig-((?:[0-9]+c\.)?[0-9]+g\.[0-9]+gb(?:[.+][a-z0-9.+]+)?)$/;
/** https://docs.nvidia.com/vgpu: `A40-24Q`, and `A100-1-5C` on a MIG device. */
const vgpu = /-((?:[0-9]-)?[0-9]{1,3}[abcq](?:me[a-z]*)?)$/;

/** The class that a vendor's name stands for. Undefined: the name says nothing about it. */
export function toClassOfProduct(vendorName: VendorName, value: string): string | undefined {
  const name = classes[vendorName](value);
  return name === "" ? undefined : name;
}

/** Empty where the name says nothing. */
const remember = (vendorName: VendorName): ((value: string) => string) =>
  memoize((value) => readProduct(vendorName, value) ?? "");
const classes: Readonly<Record<VendorName, (value: string) => string>> = {
  amd: remember("amd"),
  aws: remember("aws"),
  google: remember("google"),
  intel: remember("intel"),
  nvidia: remember("nvidia"),
  qualcomm: remember("qualcomm"),
};

function readProduct(vendorName: VendorName, value: string): string | undefined {
  const vendor: Vendor = vendors[vendorName];
  const words = normalized(value);
  const unshared = words.replace(/-shared$/, "");
  const profile = vendorName === "nvidia" ? mig.exec(unshared)?.[1] : undefined;
  const whole = unshared.replace(mig, "");
  const virtual = vendorName === "nvidia" ? vgpu.exec(whole)?.[1] : undefined;
  const rest = (virtual === undefined ? whole : whole.slice(0, -virtual.length - 1)).replace(vendor.brand, "");
  if (!/^[a-z0-9][a-z0-9.+-]*$/.test(rest) || /(?:^|-)mig(?:-|$)/.test(rest)) return undefined;
  const known = knownClass(vendor, rest);
  if (profile !== undefined) return virtual === undefined ? withPart(known, toMigPart(profile)) : undefined;
  if (virtual !== undefined) return withPart(known, `-vgpu-${virtual}`);
  return unshared === words ? known : withPart(known, "-shared");
}

function normalized(value: string): string {
  return value
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-");
}

function knownClass(vendor: Vendor, rest: string): string {
  const product = vendor.product.exec(rest)?.[0];
  const others = product === undefined || product === rest ? [] : rest.slice(product.length + 1).split("-");
  const isKnown = product !== undefined && others.every((word) => vendor.variants.test(word));
  const name = `${vendor.name}-${isKnown ? product : rest}`;
  return aliases.get(name) ?? name;
}

/** The class of a name that may be any vendor's, as clouds use them. Undefined where it is nobody's known product. */
export function toClassOfAnyVendor(value: string): string | undefined {
  const name = normalized(value);
  const mark = marks.find(([, beginning]) => beginning.test(name));
  return mark && toClassOfProduct(mark[0], value);
}

/** What a vendor's names begin with. */
const marks: readonly (readonly [VendorName, RegExp])[] = [
  ["amd", /^(?:amd|instinct|radeon|mi[0-9]|v520|v620|v710)/],
  ["intel", /^(?:intel|habana|gaudi|max-[0-9]|flex-[0-9])/],
  ["aws", /^(?:aws-)?(?:inferentia|trainium)/],
  ["google", /^(?:google-)?tpu/],
  ["qualcomm", /^(?:qualcomm|cloud-ai|ai[0-9]+$)/],
  ["nvidia", /^(?:nvidia|tesla|grid|quadro|geforce|rtx|(?:a|b|h|k|l|m|p|t|v|gb|gh)[0-9]{1,4}[a-z]?(?:-|$))/],
];
