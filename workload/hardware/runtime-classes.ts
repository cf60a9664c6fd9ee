/** Handlers that give a container nothing it did not ask for, by the names that their documents use. */
const harmless =
  /^(?:runc|crun|youki|runsc|gvisor|kata(?:-(?:qemu|clh|fc|dragonball|cc|containers|qemu-(?:coco-dev|sev|snp|tdx|se|runtime-rs)))?|sysbox-runc|wasm(?:time|edge|er)?|spin|wasmtime-spin(?:-v2)?|slight|lunatic|crun-wasm)$/;

/**
 * What a runtime class says of accelerators. NVIDIA's give every container those that its image or its variables name; one
 * that is not known may do the same.
 * https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/getting-started.html
 */
export function readRuntimeClass(
  runtimeClass: string,
  isOther: (name: string) => boolean,
): "requested" | "none" | "unknown" {
  if (runtimeClass === "" || isOther(runtimeClass)) return "none";
  if (/nvidia|cuda|habana|ascend/.test(runtimeClass)) return "requested";
  return harmless.test(runtimeClass) ? "none" : "unknown";
}
