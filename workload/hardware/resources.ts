import { memoize } from "../remembered.ts";
/**
 * Extended resources by what they stand for, as device plugins and drivers name them. A name ends in `*` where anything may
 * follow. Names are compared in lower case.
 */

/** Unknown: nobody has said what it is, so that it may be an accelerator. */
export type Meaning = "accelerator" | "other" | "unknown";

/** What a resource name stands for. */
export type Resources = (resource: string) => Meaning;

/** Names by their domain. `*` alone: all that the domain has. */
type Names = Readonly<Record<string, readonly string[]>>;

const everything = ["*"];

/** Accelerators: whole ones, partitions, and shares of them. */
const accelerators: Names = {
  // https://github.com/NVIDIA/k8s-device-plugin, https://github.com/NVIDIA/kubevirt-gpu-device-plugin,
  // https://project-hami.io/docs/userguide/configure (gpumem, gpucores, vgpu)
  "nvidia.com": ["gpu*", "mig-*", "pgpu*", "vgpu*", "grid_*", "*gl_*"],
  // https://github.com/ROCm/k8s-device-plugin, with its names for compute and memory partitions
  "amd.com": ["gpu*", "spx_*", "dpx_*", "tpx_*", "qpx_*", "cpx_*", "npu*"],
  // https://intel.github.io/intel-device-plugins-for-kubernetes, https://github.com/intel/intel-resource-drivers-for-kubernetes
  "gpu.intel.com": everything,
  "npu.intel.com": everything,
  "gaudi.intel.com": everything,
  "intel.com": ["gaudi*", "gpu*", "npu*", "vpu*"],
  "habana.ai": everything,
  // https://cloud.google.com/kubernetes-engine/docs/concepts/tpus
  "google.com": ["tpu*"],
  "cloud-tpus.google.com": everything,
  // https://awsdocs-neuron.readthedocs-hosted.com
  "aws.amazon.com": ["neuron*"],
  // https://gitee.com/ascend/ascend-device-plugin
  "huawei.com": ["ascend*", "npu*"],
  // https://quic.github.io/cloud-ai-sdk-pages
  "qualcomm.com": ["qaic*"],
  "furiosa.ai": everything,
  "alpha.furiosa.ai": everything,
  "beta.furiosa.ai": everything,
  "tenstorrent.com": everything,
  // https://docs.rbln.ai
  "rebellions.ai": everything,
  // https://github.com/IBM: Spyre, and what it was called before
  "ibm.com": ["spyre*", "aiu*"],
  // https://github.com/Cambricon/cambricon-k8s-device-plugin
  "cambricon.com": everything,
  "metax-tech.com": everything,
  "hygon.com": everything,
  "iluvatar.com": everything,
  "iluvatar.ai": everything,
  "enflame.com": everything,
  "mthreads.com": everything,
  "kunlunxin.com": everything,
  "baidu.com": ["xpu*", "*cgpu*"],
  "birentech.com": everything,
  "vastaitech.com": everything,
  "graphcore.ai": everything,
  "cerebras.net": everything,
  "sambanova.ai": everything,
  "hailo.ai": everything,
  // Shares of GPUs: https://volcano.sh/docs/user-guide/how_to_use_gpu_sharing, https://www.alibabacloud.com/help/ack,
  // https://github.com/tkestack/gpu-manager, https://www.volcengine.com/docs/6460, https://koordinator.sh
  "volcano.sh": ["gpu*", "vgpu*"],
  "4paradigm.com": ["vgpu*"],
  "aliyun.com": ["gpu*", "ppu*"],
  "alibabacloud.com": ["gpu*", "ppu*"],
  "tencent.com": ["vcuda-*"],
  "tke.cloud.tencent.com": ["qgpu-*"],
  "vke.volcengine.com": ["mgpu-*"],
  "koordinator.sh": ["gpu*"],
  "run.ai": ["gpu*"],
  // https://learn.microsoft.com/virtualization/windowscontainers/deploy-containers/gpu-acceleration
  "microsoft.com": ["directx*"],
  // A device class that is asked for as a resource: https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/
  "deviceclass.resource.kubernetes.io": everything,
};

/** Known to be something else: networks, file systems, virtualisation, cryptography, and shares of CPU and memory. */
const others: Names = {
  // https://github.com/Mellanox/k8s-rdma-shared-dev-plugin, https://docs.nvidia.com/networking/display/kubernetes
  rdma: everything,
  "nvidia.com": ["hostdev*", "sriov*", "rdma*", "priority"],
  "mellanox.com": ["sriov*", "cx*", "mlnx*"],
  "koordinator.sh": ["rdma", "batch-*", "mid-*"],
  // https://github.com/k8snetworkplumbingwg/sriov-network-device-plugin, and OpenShift's operator for it
  "openshift.io": everything,
  "intel.com": ["sriov*", "intel_sriov*", "intel_fec*", "qat*", "dsa*", "iaa*"],
  "qat.intel.com": everything,
  "sgx.intel.com": everything,
  "dsa.intel.com": everything,
  "iaa.intel.com": everything,
  "dlb.intel.com": everything,
  "amd.com": ["nic*", "vnic*"],
  // https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html, also EFA
  "vpc.amazonaws.com": everything,
  "aws.amazon.com": ["nitro_enclaves*"],
  "networking.gke.io.networks": everything,
  aliyun: ["eni*", "member-eni*", "erdma*"],
  "tke.cloud.tencent.com": ["eni*", "direct-eni*", "sub-eni*", "eip*", "ip*"],
  "vke.volcengine.com": ["eni*", "rdma*"],
  // https://kubevirt.io
  "devices.kubevirt.io": everything,
  "bridge.network.kubevirt.io": everything,
  "smarter-devices": ["fuse", "kvm", "net_tun", "vhost-net", "vhost-vsock"],
  "github.com": ["fuse"],
  // Channels between NVIDIA's GPUs, which come beside them.
  "deviceclass.resource.kubernetes.io": [
    "compute-domain-daemon.nvidia.com",
    "compute-domain-default-channel.nvidia.com",
  ],
};

const deviceClassDomain = "deviceclass.resource.kubernetes.io";

/** The resource by which a device class can be asked for, if nothing else names it. */
export function toDeviceClassResource(deviceClass: string): string {
  return `${deviceClassDomain}/${deviceClass}`;
}

/** The device class that a resource name asks for, if it is such a name. */
export function getDeviceClass(resource: string): string | undefined {
  const prefix = `${deviceClassDomain}/`;
  return resource.startsWith(prefix) ? resource.slice(prefix.length) : undefined;
}

/** Native resources have no domain, or Kubernetes' own: `cpu`, `hugepages-2Mi`, `kubernetes.io/batch-cpu`. */
export const knownResources: Resources = memoize((resource) => {
  const name = resource.toLowerCase();
  const slash = name.indexOf("/");
  const domain = name.slice(0, Math.max(slash, 0));
  if (slash === -1 || domain === "kubernetes.io") return "other";
  const rest = name.slice(slash + 1);
  if (isAmong(others, domain, rest)) return "other";
  return isAmong(accelerators, domain, rest) ? "accelerator" : "unknown";
});

function isAmong(names: Names, domain: string, rest: string): boolean {
  return Object.hasOwn(names, domain) && names[domain]?.some((name) => matches(name, rest)) === true;
}

/** At most one `*` at each end. */
function matches(name: string, rest: string): boolean {
  const isPrefix = name.endsWith("*");
  const core = name.slice(name.length > 1 && name.startsWith("*") ? 1 : 0, isPrefix ? -1 : undefined);
  if (name.startsWith("*")) return rest.includes(core);
  return isPrefix ? rest.startsWith(core) : rest === core;
}
