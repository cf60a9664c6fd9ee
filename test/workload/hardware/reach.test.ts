import { describe, expect, it } from "@jest/globals";
import { Budget } from "../../../workload/budget.ts";
import { reachesAccelerator, readReaches } from "../../../workload/hardware/reach.ts";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { listPods } from "../../../workload/kinds/list-pods.ts";
import type { Json } from "../../support/builders/json.ts";
import { aContainer, aDeployment, read } from "../../support/builders/workload.ts";

const env = (name: string, value: string): Json => ({ env: [{ name, value }] });
const limit = (name: string): Json => ({ resources: { limits: { [name]: "1" } } });
const mounting = (path: string): [Json, Json] => [
  { volumes: [{ name: "host", hostPath: { path } }] },
  { volumeMounts: [{ name: "host", mountPath: "/host" }] },
];

/** Whether each container of the pod reaches an accelerator. */
function reachIn(podSpec: Json, container: Json, template: Json = {}): boolean[] {
  const kind = builtinKinds.get("Deployment.apps");
  if (kind === undefined) throw new Error("no Deployment");
  const object = aDeployment({ podSpec: { containers: [aContainer(container), aContainer()], ...podSpec }, template });
  return listPods(object, kind, new Budget()).flatMap((pod) => {
    const reaches = readReaches(pod);
    return pod.containers.map((one, at) => reachesAccelerator(reaches, one, reaches.ofContainers[at]));
  });
}

function acceleratorOf(podSpec: Json, container: Json, template: Json = {}): string {
  return read(aDeployment({ podSpec, container, template })).hardware.accelerator;
}

describe("one container reaches an accelerator", () => {
  it.each<[string, Json, Json]>([
    ["by a resource", {}, limit("nvidia.com/gpu")],
    ["by a resource that nobody knows", {}, limit("example.com/gpu")],
    ["by a claim that it names", { resourceClaims: [{ name: "gpu" }] }, { resources: { claims: [{ name: "gpu" }] } }],
    ["by a variable", {}, env("NVIDIA_VISIBLE_DEVICES", "all")],
    ["by a variable from elsewhere", {}, { env: [{ name: "CUDA_VISIBLE_DEVICES", valueFrom: {} }] }],
    [
      "by the later of two variables",
      {},
      { env: [env("HIP_VISIBLE_DEVICES", "none"), env("HIP_VISIBLE_DEVICES", "1")].flatMap((one) => one["env"]) },
    ],
    ["by privileges", {}, { securityContext: { privileged: true } }],
    ["by a host process", {}, { securityContext: { windowsOptions: { hostProcess: true } } }],
    ["by a GPU's device", ...mounting("/dev/nvidia0")],
    ["by AMD's device", ...mounting("/dev/kfd")],
    ["by devices of a render node", ...mounting("/dev/dri")],
    ["by all devices", ...mounting("/dev")],
    ["by the node's whole tree", ...mounting("/")],
    ["by a path with dots", ...mounting("/var/../dev//./nvidia0")],
    ["by the tree that a process sees", ...mounting("/proc/1/root")],
    [
      "by a mount that names devices",
      {},
      { volumeMounts: [{ name: "x", mountPath: "/var/run/nvidia-container-devices/all" }] },
    ],
  ])("%s", (_what, podSpec, container) => {
    expect(reachIn(podSpec, container)).toEqual([true, false]);
    expect(acceleratorOf(podSpec, container)).not.toBe("none");
  });

  it.each<[string, Json, Json]>([
    ["by the runtime class", { runtimeClassName: "nvidia" }, {}],
    ["by a runtime class that nobody knows", { runtimeClassName: "fast" }, {}],
    ["by Kata's runtime class for GPUs", { runtimeClassName: "kata-qemu-nvidia-gpu" }, {}],
    ["by pod-level resources", limit("nvidia.com/gpu"), {}],
    ["by a share", {}, { annotations: { "gpu-fraction": "0.5" } }],
    ["by devices in an annotation", {}, { annotations: { "cdi-devices.nri.io/container.server": "nvidia.com/gpu=0" } }],
  ])("with all others of its pod: %s", (_what, podSpec, template) => {
    expect(reachIn(podSpec, {}, template)).toEqual([true, true]);
    expect(acceleratorOf(podSpec, {}, template)).not.toBe("none");
  });

  it.each<[string, Json, Json]>([
    ["nothing", {}, {}],
    ["CPU and memory", {}, { resources: { limits: { cpu: "4", memory: "8Gi", "hugepages-2Mi": "1Gi" } } }],
    ["a network device", {}, limit("rdma/ib")],
    ["none of a resource", {}, { resources: { limits: { "nvidia.com/gpu": "0" } } }],
    ["a variable that says none", {}, env("NVIDIA_VISIBLE_DEVICES", "none")],
    ["a variable that says void", {}, env("NVIDIA_VISIBLE_DEVICES", "void")],
    ["an empty variable", {}, env("CUDA_VISIBLE_DEVICES", "")],
    ["a sandbox", { runtimeClassName: "gvisor" }, {}],
    ["shared memory", ...mounting("/dev/shm")],
    ["a log folder", ...mounting("/var/log")],
    ["a folder that is called dev", ...mounting("/data/dev")],
    ["unprivileged", {}, { securityContext: { privileged: false } }],
    ["a volume that another container mounts", { volumes: [{ name: "host", hostPath: { path: "/dev" } }] }, {}],
  ])("not by %s", (_what, podSpec, container) => {
    expect(reachIn(podSpec, container)).toEqual([false, false]);
    expect(acceleratorOf(podSpec, container)).toBe("none");
  });
});
