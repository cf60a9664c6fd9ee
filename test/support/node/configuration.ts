import { dirname } from "node:path";
import { stringify } from "yaml";
import { requirePath } from "../../../scripts/components/locate.ts";
import { podRange, type NodeAddresses } from "./addresses.ts";

/** Where containerd listens, in the mounts of each node. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** The image of the process that holds a pod's namespaces. */
export const pauseImage = "localhost/pause:1";

/** https://github.com/containerd/containerd/blob/main/docs/cri/config.md; `cniFolder` holds the network's configuration. */
export function containerdConfiguration(cniFolder: string): string {
  const runtime = `plugins."io.containerd.cri.v1.runtime"`;
  return `version = 3
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.erofs"]
[grpc]
  address = "${containerdSocket}"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "${pauseImage}"
[${runtime}]
  # Without CAP_SYS_RESOURCE, as in many containers, the kernel refuses what pods would be given.
  restrict_oom_score_adj = true
  [${runtime}.cni]
    bin_dirs = ["${dirname(requirePath("cni-bridge"))}"]
    conf_dir = "${cniFolder}"
  [${runtime}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [${runtime}.containerd.runtimes.runc.options]
      BinaryName = "/usr/sbin/runc"
`;
}

/** Pods hang on a bridge, with routes to those of other nodes. https://www.cni.dev/plugins/current/main/bridge */
export function networkConfiguration({ podRange: subnet }: NodeAddresses): string {
  const ipam = { type: "host-local", dataDir: "/run/cni-ipam", ranges: [[{ subnet }]] };
  const bridge = { type: "bridge", bridge: "cni0", isDefaultGateway: true, hairpinMode: true, ipam };
  return JSON.stringify({ cniVersion: "1.0.0", name: "pods", plugins: [bridge] });
}

/** https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1. Nothing is evicted for want of disk. */
export function kubeletConfiguration({ name }: NodeAddresses, clientCAFile: string, resolvConf: string): string {
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile } },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: `/${name}`,
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf,
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      "memory.available": "50Mi",
      "nodefs.available": "0%",
      "imagefs.available": "0%",
      "nodefs.inodesFree": "0%",
      "imagefs.inodesFree": "0%",
    },
    enforceNodeAllocatable: ["pods"],
    serializeImagePulls: false,
    nodeStatusUpdateFrequency: "5s",
  });
}

/** https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1. Settings of the whole machine stay as they are. */
export function proxyConfiguration(kubeconfig: string): string {
  return stringify({
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clientConnection: { kubeconfig },
    clusterCIDR: podRange,
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    metricsBindAddress: "127.0.0.1:10249",
    healthzBindAddress: "127.0.0.1:10256",
    nodePortAddresses: ["127.0.0.0/8"],
  });
}
