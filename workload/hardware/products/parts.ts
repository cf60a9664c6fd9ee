import { getDeviceClass } from "../resources.ts";

/*
 * Parts of a device. A class is a product, or a product and which part of it, such as `nvidia-a100-mig-1g.5gb`: what was
 * evaluated on the whole says nothing of a part, nor the other way round.
 */

/** Where the part begins in a class. */
const partOfClass = /-(?:mig|vgpu|shared|[sdtqc]px)(?:-.*)?$/;
const mig = /^mig-(.+?)(?:\.shared)?$/;
const amdPartition = /^([sdtqc]px)[_-](nps[0-9]+)$/;

/**
 * Which part of a device an extended resource stands for: empty for the whole, undefined where it cannot be told, as for
 * shares of memory and cores. https://github.com/NVIDIA/k8s-device-plugin, https://github.com/ROCm/k8s-device-plugin
 */
export function toPartOfResource(resource: string): string | undefined {
  const [domain, name] = resource.toLowerCase().split("/", 2);
  if (name === undefined) return undefined;
  const deviceClass = getDeviceClass(resource);
  if (deviceClass !== undefined) return wholeClasses.has(deviceClass) ? "" : undefined;
  if (domain === "nvidia.com") return partOfNvidia(name);
  if (domain === "amd.com") return name === "gpu" ? "" : toAmdPart(name);
  return shares.test(`${domain}/${name}`) ? undefined : "";
}

/** Device classes of drivers that give whole devices only. */
const wholeClasses = new Set(["gpu.nvidia.com", "gaudi.intel.com", "tpu.google.com"]);

/** Shares of a device of any size, from whoever divides it. */
const shares =
  /vgpu|vcuda|vnpu|vxpu|vgcu|smlu|vmlu|sgpu|cgpu|qgpu|mgpu|gpu[-_]?(?:mem|core|number|ratio)|[0-9]c$|mem|cores|percent/;

function partOfNvidia(name: string): string | undefined {
  const profile = mig.exec(name)?.[1];
  if (profile !== undefined) return toMigPart(profile);
  if (name === "gpu.shared") return "-shared";
  return name === "gpu" || name === "pgpu" ? "" : undefined;
}

/** A partition of AMD's, as resources and labels spell it: `cpx_nps4`. A single one is the whole device. */
export function toAmdPart(partition: string): string | undefined {
  const [, compute, memory] = amdPartition.exec(partition.toLowerCase()) ?? [];
  if (compute === undefined || memory === undefined) return undefined;
  return compute === "spx" && memory === "nps1" ? "" : `-${compute}-${memory}`;
}

/** A slice of a GPU, such as `mig-1g.5gb`. https://docs.nvidia.com/datacenter/tesla/mig-user-guide/ */
export function toMigPart(profile: string): string {
  return `-mig-${profile.replaceAll("+", ".")}`;
}

/** The class cut down to a part. Undefined: it is another part already, or another vendor's. */
export function withPart(hardware: string, part: string): string | undefined {
  if (part === "") return hardware;
  const present = partOfClass.exec(hardware)?.[0];
  if (present === part || (present !== undefined && part === "-shared")) return hardware;
  const isOfVendor = /^-[sdtqc]px/.test(part) ? hardware.startsWith("amd-") : hardware.startsWith("nvidia-");
  return present === undefined && isOfVendor ? `${hardware}${part}` : undefined;
}

/** The class that lies in both, if any: a part of a product is narrower than the product. */
export function intersectParts(one: string, other: string): string | undefined {
  if (one === other) return one;
  if (one.replace(partOfClass, "") === other) return one;
  return other.replace(partOfClass, "") === one ? other : undefined;
}
