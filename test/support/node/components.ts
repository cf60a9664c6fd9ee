import { type ComponentName, nodeOnly } from "../../../scripts/components/catalogue.ts";
import { clusterComponents } from "../cluster/cluster.ts";

/** What `startCertManager` needs. */
export const certManagerComponents: readonly ComponentName[] = ["cert-manager", "cert-manager-definitions"];

/** The components that `startNodeCluster` and `installGate` need. */
export const nodeComponents: readonly ComponentName[] = [
  ...clusterComponents,
  "kube-controller-manager",
  "helm",
  ...[...nodeOnly].filter((name) => !certManagerComponents.includes(name)),
];
