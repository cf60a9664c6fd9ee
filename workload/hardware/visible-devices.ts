import { type Fields, isFields, listPlaces, getText } from "../shape.ts";

/**
 * Variables that tell a container's runtime, or the libraries in it, which accelerators to use.
 * https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html
 */
const variables = new Set([
  "NVIDIA_VISIBLE_DEVICES",
  "CUDA_VISIBLE_DEVICES",
  // https://rocm.docs.amd.com/en/latest/conceptual/gpu-isolation.html
  "AMD_VISIBLE_DEVICES",
  "ROCR_VISIBLE_DEVICES",
  "HIP_VISIBLE_DEVICES",
  "GPU_DEVICE_ORDINAL",
  // https://docs.habana.ai, https://intel.github.io/llvm-docs/EnvironmentVariables.html
  "HABANA_VISIBLE_DEVICES",
  "HABANA_VISIBLE_MODULES",
  "ZE_AFFINITY_MASK",
  // https://awsdocs-neuron.readthedocs-hosted.com
  "NEURON_RT_VISIBLE_CORES",
  "NEURON_RT_NUM_CORES",
  "AWS_NEURON_VISIBLE_DEVICES",
  // https://cloud.google.com/tpu/docs
  "TPU_VISIBLE_CHIPS",
  "TPU_VISIBLE_DEVICES",
  "TPU_WORKER_ID",
  // Ascend, Cambricon, Moore Threads, Kunlunxin, Iluvatar, Enflame, MetaX, Rebellions, Furiosa
  "ASCEND_VISIBLE_DEVICES",
  "ASCEND_RT_VISIBLE_DEVICES",
  "CAMBRICON_VISIBLE_DEVICES",
  "MLU_VISIBLE_DEVICES",
  "MTHREADS_VISIBLE_DEVICES",
  "MUSA_VISIBLE_DEVICES",
  "XPU_VISIBLE_DEVICES",
  "CXPU_VISIBLE_DEVICES",
  "ILUVATAR_COREX_VISIBLE_DEVICES",
  "ENFLAME_VISIBLE_DEVICES",
  "TOPS_VISIBLE_DEVICES",
  "METAX_VISIBLE_DEVICES",
  "RBLN_DEVICES",
  "FURIOSA_DEVICES",
  "NPU_VISIBLE_DEVICES",
  "GPU_VISIBLE_DEVICES",
]);

/** Values that leave all of them out. */
const none = new Set(["", "none", "void", "-1", "nodevfiles"]);

/** JSON path of a variable that makes accelerators visible, as far as the object says. */
export function readVisibleDevices(container: Fields, path: string): string | undefined {
  if (isFields(container["env"])) {
    const env = container["env"];
    const name = Object.keys(env).find((key) => variables.has(key) && !isNone(env[key]));
    return name && `${path}.env.${name}`;
  }
  for (const entry of listPlaces(container, "env", path)) {
    const isVisible = variables.has(getText(entry.fields, "name", entry.path) ?? "");
    if (!isVisible) continue;
    // A value from elsewhere may be any.
    if (entry.fields["valueFrom"] ?? !isNone(entry.fields["value"])) return entry.path;
  }
  return undefined;
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "string" && none.has(value.trim().toLowerCase()));
}
