import type { ComponentName } from "../../../scripts/components/catalogue.ts";
import { clusterComponents } from "../cluster/cluster.ts";

/** The components that `startNodeCluster` and `installGate` need. */
export const nodeComponents: readonly ComponentName[] = [
  ...clusterComponents,
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "cni-bridge",
  "cni-host-local",
  "cni-loopback",
  "node-root",
  "helm",
];
