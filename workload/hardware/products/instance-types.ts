import { awsGpus, azureSizes } from "./instance-gpus.ts";
import { toClassOfAnyVendor } from "./products.ts";

/** An instance type of a cloud that has accelerators. */
export interface Instance {
  /** Undefined: it has a part of a device, or not every instance of the type has the same product. */
  readonly hardware: string | undefined;
}

const part = undefined;

/**
 * AWS: families whose devices the module does not list, and those with a part of one.
 * https://karpenter.sh/docs/reference/instance-types/, https://aws.amazon.com/ec2/instance-types/
 */
const awsFamilies: Readonly<Record<string, string | undefined>> = {
  p2: "k80",
  p3: "v100",
  "p6e-gb200": "gb200",
  "p6e-gb300": "gb300",
  g3: "m60",
  g3s: "m60",
  g4ad: "radeon-pro-v520",
  g6f: part,
  gr6f: part,
  inf1: "inferentia",
  inf2: "inferentia2",
  trn1: "trainium",
  trn1n: "trainium",
  trn2: "trainium2",
  trn2u: "trainium2",
  dl1: "gaudi-hl-205",
  dl2q: "qualcomm-ai100",
};

/** Google: https://cloud.google.com/compute/docs/gpus and https://cloud.google.com/tpu/docs/supported-tpu-configurations */
const googleSeries: readonly (readonly [RegExp, string | undefined])[] = [
  [/^a2-(?:high|ultra|mega)gpu-\d+g(?:-nolssd)?$/, "a100"],
  [/^a3-(?:high|mega|edge)gpu-\d+g(?:-nolssd)?$/, "h100"],
  [/^a3-ultragpu-\d+g(?:-nolssd)?$/, "h200"],
  [/^a4-highgpu-\d+g(?:-nolssd)?$/, "b200"],
  [/^a4x-highgpu-\d+g(?:-nolssd)?$/, "gb200"],
  [/^a4x-maxgpu-\d+g(?:-metal)?$/, "gb300"],
  [/^g2-standard-\d+$/, "l4"],
  // Smaller ones have a part of a GPU.
  [/^g4-standard-(?:48|96|192|384)$/, "rtx-pro-6000"],
  [/^ct3p?-hightpu-\d+t$/, "tpu-v3"],
  [/^ct4p-hightpu-\d+t$/, "tpu-v4"],
  [/^ct5lp?-hightpu-\d+t$/, "tpu-v5e"],
  [/^ct5p-hightpu-\d+t$/, "tpu-v5p"],
  [/^ct6e-standard-\d+t$/, "tpu-v6e"],
  [/^tpu7x-standard-\d+t$/, "tpu7x"],
  [/^(?:a[2-9]x?-[a-z]+gpu|g[2-9]-standard|ct[0-9][a-z]*-|tpu[0-9])/, undefined],
];

/** Azure: https://learn.microsoft.com/azure/virtual-machines/sizes/overview. Where a size names its accelerator, that counts. */
const azureSeries: readonly (readonly [RegExp, string | undefined])[] = [
  [/^nv\d+[a-z]*_(?:a10|v710)_/, part],
  [/^nc(?:144|288)l?ds_xl_rtxpro6000bse_/, "rtxpro6000bse"],
  [/_rtxpro6000bse_/, part],
  [/^nc\d+r?(?:_promo)?$/, "k80"],
  [/^nc\d+r?s_v2$/, "p100"],
  [/^nc\d+r?s_v3$/, "v100"],
  [/^nd\d+r?s$/, "p40"],
  [/^nd\d+rs_v2$/, "v100"],
  [/^nd96(?:asr|ams)_v4$/, "a100"],
  [/^nv\d+r?(?:_promo)?$/, "m60"],
  [/^nv\d+s_v3$/, "m60"],
];
const azureAccelerator = /_([a-z]{1,2}[0-9]+x?)(?:_flex)?_v\d+$/;
const azurePrefix = /^standard_(?=n[a-z]{1,2}\d)/;

/** What the lists come to: types by their whole name, and families. */
interface Tables {
  readonly byType: ReadonlyMap<string, string | undefined>;
  /** A family is of one product only if all of its types are. */
  readonly byFamily: ReadonlyMap<string, string | undefined>;
}

let tables: Tables | undefined;

/** Made when a workload first names one: most name none, and the lists are long. */
function getTables(): Tables {
  return (tables ??= makeTables());
}

function makeTables(): Tables {
  const byType = new Map<string, string | undefined>();
  const byFamily = new Map<string, string | undefined>();
  for (const [product, types] of Object.entries(awsGpus)) {
    const hardware = toClassOfAnyVendor(product);
    for (const type of types) {
      byType.set(type, hardware);
      const family = toFamily(type);
      byFamily.set(family, byFamily.has(family) && byFamily.get(family) !== hardware ? undefined : hardware);
    }
  }
  for (const [family, product] of Object.entries(awsFamilies))
    byFamily.set(family, product && toClassOfAnyVendor(product));
  for (const size of azureSizes) byType.set(size, classOfAzure(size.replace(azurePrefix, "")));
  return { byType, byFamily };
}

function classOfAzure(size: string): string | undefined {
  const series = azureSeries.find(([pattern]) => pattern.test(size));
  const product = series === undefined ? azureAccelerator.exec(size)?.[1] : series[1];
  return product && toClassOfAnyVendor(product);
}

/** The value of `node.kubernetes.io/instance-type`. Undefined: it is not known to have accelerators. */
export function findInstance(type: string): Instance | undefined {
  const { byType, byFamily } = getTables();
  const name = type.toLowerCase();
  if (byType.has(name)) return { hardware: byType.get(name) };
  const family = toFamily(name);
  if (family !== name && byFamily.has(family))
    return { hardware: Object.hasOwn(awsFamilies, family) ? byFamily.get(family) : undefined };
  const google = googleSeries.find(([pattern]) => pattern.test(name));
  if (google !== undefined) return { hardware: google[1] && toClassOfAnyVendor(google[1]) };
  return azurePrefix.test(name) || /^(?:p|g|gr|inf|trn|dl)\d[a-z0-9-]*\./.test(name)
    ? { hardware: undefined }
    : undefined;
}

/** The value of Karpenter's `instance-family`, such as `p5` or `g6e`. */
export function findFamilyInstance(family: string): Instance | undefined {
  const { byFamily } = getTables();
  return byFamily.has(family) ? { hardware: byFamily.get(family) } : undefined;
}

function toFamily(type: string): string {
  const dot = type.indexOf(".");
  return dot === -1 ? type : type.slice(0, dot);
}
