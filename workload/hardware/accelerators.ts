import { type Fields, fieldsAt } from "../shape.ts";

/**
 * Extended resources that stand for an accelerator, by the beginning of their name in lower case.
 * https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
 */
const resourcePrefixes = [
  "nvidia.com/gpu",
  "nvidia.com/mig-",
  "nvidia.com/pgpu",
  "amd.com/gpu",
  "gpu.intel.com/",
  "habana.ai/gaudi",
  "google.com/tpu",
  "aws.amazon.com/neuron",
  "huawei.com/ascend",
  "qualcomm.com/qaic",
  "furiosa.ai/",
  "tenstorrent.com/",
  // A device class that is asked for as a resource: https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
  "deviceclass.resource.kubernetes.io/",
];

function isAccelerator(resource: string): boolean {
  if (!resource.includes("/")) return false;
  const name = resource.toLowerCase();
  return resourcePrefixes.some((prefix) => name.startsWith(prefix));
}

/** Accelerator resources that a container, or a PodSpec with pod-level resources, asks for. */
export function acceleratorsOf(fields: Fields, path: string): { readonly resource: string; readonly field: string }[] {
  const resources = fieldsAt(fields, "resources", path);
  if (resources === undefined) return [];
  return ["limits", "requests"].flatMap((list) => {
    const quantities = fieldsAt(resources, list, `${path}.resources`);
    if (quantities === undefined) return [];
    const asked = Object.keys(quantities).filter(
      (resource) => isAccelerator(resource) && !isZero(quantities[resource]),
    );
    return asked.map((resource) => ({ resource, field: `${path}.resources.${list}[${resource}]` }));
  });
}

export function asksForAccelerator(container: Fields): boolean {
  return acceleratorsOf(container, "").length > 0;
}

function isZero(quantity: unknown): boolean {
  return (
    quantity === 0 ||
    quantity === null ||
    (typeof quantity === "string" && /^[+-]?0*(?:\.0*)?(?:[a-zA-Z]*)$/.test(quantity))
  );
}
