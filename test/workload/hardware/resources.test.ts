import { describe, expect, it } from "@jest/globals";
import { compileScope } from "../../../policies/language/scope.ts";
import { nameAccelerators } from "../../../workload/hardware/names.ts";
import { knownResources } from "../../../workload/hardware/resources.ts";
import type { Json } from "../../support/builders/json.ts";
import { aDeployment, read } from "../../support/builders/workload.ts";

const asking = (resource: string): Json => ({ resources: { limits: { [resource]: "1" } } });

describe("an accelerator", () => {
  it.each([
    "nvidia.com/gpu",
    "nvidia.com/gpu.shared",
    "nvidia.com/mig-1g.5gb",
    "nvidia.com/gpumem",
    "nvidia.com/gpucores",
    "nvidia.com/GRID_T4-16Q",
    "nvidia.com/TU104GL_Tesla_T4",
    "amd.com/gpu",
    "amd.com/cpx_nps4",
    "amd.com/spx_nps1",
    "gpu.intel.com/xe",
    "intel.com/gaudi",
    "intel.com/gpu",
    "habana.ai/gaudi",
    "google.com/tpu",
    "aws.amazon.com/neuroncore",
    "huawei.com/Ascend910",
    "qualcomm.com/qaic",
    "rebellions.ai/ATOM",
    "ibm.com/spyre_vf",
    "cambricon.com/vmlu",
    "metax-tech.com/gpu",
    "hygon.com/dcunum",
    "iluvatar.com/gpu",
    "enflame.com/gcu",
    "mthreads.com/vgpu",
    "kunlunxin.com/xpu",
    "birentech.com/gpu",
    "furiosa.ai/rngd",
    "tenstorrent.com/n150",
    "volcano.sh/vgpu-memory",
    "aliyun.com/gpu-mem",
    "tencent.com/vcuda-core",
    "tke.cloud.tencent.com/qgpu-core",
    "vke.volcengine.com/mgpu-memory",
    "koordinator.sh/gpu-core",
    "microsoft.com/directx",
    "deviceclass.resource.kubernetes.io/gpu.nvidia.com",
  ])("%s", (name) => {
    expect(knownResources(name)).toBe("accelerator");
    expect(read(aDeployment({ container: asking(name) })).hardware.accelerator).toBe("requested");
  });
});

describe("something else", () => {
  it.each([
    "cpu",
    "memory",
    "ephemeral-storage",
    "hugepages-2Mi",
    "kubernetes.io/batch-cpu",
    "rdma/ib",
    "nvidia.com/hostdev",
    "openshift.io/mlxnics",
    "intel.com/sriov_netdevice",
    "intel.com/qat_generic",
    "vpc.amazonaws.com/efa",
    "vpc.amazonaws.com/pod-eni",
    "networking.gke.io.networks/rdma-0",
    "smarter-devices/fuse",
    "github.com/fuse",
    "devices.kubevirt.io/kvm",
    "aliyun/erdma",
    "deviceclass.resource.kubernetes.io/compute-domain-daemon.nvidia.com",
  ])("%s", (name) => {
    expect(knownResources(name)).toBe("other");
    expect(read(aDeployment({ container: asking(name) })).hardware.accelerator).toBe("none");
  });
});

describe("a resource that nobody knows", () => {
  const workload = read(aDeployment({ container: asking("example.com/gpu") }));

  it("may be an accelerator, and the finding says what to do", () => {
    expect(workload.hardware).toMatchObject({
      accelerator: "unknown",
      classes: [],
      field: "spec.template.spec.containers[0].resources.limits[example.com/gpu]",
      problem: "the setting accelerators does not know example.com/gpu",
    });
  });

  it("is inside a policy about accelerators, and not left out by one", () => {
    const required = compileScope({ accelerator: "Required" }, undefined);
    const others = compileScope({}, { accelerator: "Required" });
    if (typeof required === "string" || typeof others === "string") throw new Error("no scope");
    expect([required.covers(workload), others.covers(workload)]).toEqual(["yes", "yes"]);
  });

  it.each(["NVIDIA.com/gpu", "nvidia.com/newthing", "toString/x", "__proto__/x", "/", "x/", "rdma.example/x"])(
    "%s",
    (name) => {
      expect(knownResources(name)).not.toBe("other");
    },
  );
});

describe("a resource that the configuration knows", () => {
  const names = nameAccelerators({
    resources: ["acme.example/npu*"],
    otherResources: ["example.com/gpu"],
    otherRuntimeClasses: ["fast"],
    deviceClasses: [
      { name: "h100.acme.example", hardwareClass: "nvidia-h100", extendedResourceName: "acme.example/h100" },
      { name: "mig.acme.example", hardwareClass: "nvidia-h100-mig-1g.10gb", extendedResourceName: "acme.example/mig" },
      { name: "nic.acme.example", extendedResourceName: "acme.example/nic" },
    ],
  });
  const hardwareOf = (container: Json, podSpec: Json = {}) =>
    read(aDeployment({ container, podSpec }), { devices: { classes: new Map(), names } }).hardware;

  it.each<[string, Json, Json, string, string[]]>([
    ["an accelerator", asking("acme.example/npu-2"), {}, "requested", []],
    ["something else", asking("example.com/gpu"), {}, "none", []],
    ["a device class's resource", asking("acme.example/h100"), {}, "requested", ["nvidia-h100"]],
    [
      "a device class by its own name",
      asking("deviceclass.resource.kubernetes.io/h100.acme.example"),
      {},
      "requested",
      ["nvidia-h100"],
    ],
    ["a device class of no accelerators", asking("acme.example/nic"), {}, "none", []],
    [
      "one that is told beside one that is not",
      { resources: { limits: { "acme.example/h100": 1, "nvidia.com/gpu": 1 } } },
      {},
      "requested",
      [],
    ],
    [
      "a part on a node of the whole",
      asking("acme.example/mig"),
      { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" } },
      "requested",
      ["nvidia-h100-mig-1g.10gb"],
    ],
    ["a runtime class", {}, { runtimeClassName: "fast" }, "none", []],
  ])("%s", (_what, container, podSpec, accelerator, classes) => {
    expect(hardwareOf(container, podSpec)).toMatchObject({ accelerator, classes });
  });
});
