import { type ComponentName, nodeOnly } from "../../../scripts/components/catalogue.ts";
import { clusterComponents } from "../cluster/cluster.ts";

/** The components that `startNodeCluster` and `installGate` need. */
export const nodeComponents: readonly ComponentName[] = [
  ...clusterComponents,
  "kube-controller-manager",
  "helm",
  ...nodeOnly,
];
