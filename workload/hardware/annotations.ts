import type { Metadata } from "../../policies/workload.ts";

/** Annotations of a pod by which a share of a GPU is asked for, or devices are put into a container. */
const names = new Set([
  // https://github.com/NVIDIA/KAI-Scheduler/tree/main/docs/gpu-sharing, and run:ai, where it comes from
  "gpu-fraction",
  "gpu-memory",
  "gpu-fraction-num-devices",
  "gpu-fraction-container-name",
  // https://kserve.github.io/website: what its operator turns into claims
  "serving.kserve.io/exp-dra-device-class",
]);
const prefixes = [
  // https://github.com/cncf-tags/container-device-interface, https://github.com/containerd/nri/tree/main/plugins/device-injector
  "cdi.k8s.io/",
  "devices.nri.io",
  "cdi-devices.nri.io",
];

/** JSON path of an annotation that asks for an accelerator. */
export function readAcceleratorAnnotation({ path, annotations }: Metadata): string | undefined {
  const name = Object.keys(annotations).find(
    (key) => names.has(key) || prefixes.some((prefix) => key.startsWith(prefix)),
  );
  return name && `${path}.annotations[${name}]`;
}
