import { afterEach, beforeEach } from "@jest/globals";
import { createKubeClient, type KubeClient } from "../../webhook/cluster/client.ts";
import { readKubeconfig } from "../../webhook/cluster/kubeconfig.ts";
import { startHostileCluster, type HostileCluster } from "./hostile-cluster.ts";

/** A cluster that misbehaves on purpose, and the gate's own client of it. */
export interface HostileClient {
  readonly cluster: HostileCluster;
  readonly client: KubeClient;
}

/** Starts one of each for every test of the suite, and ends both after it. */
export function useHostileClient(): () => HostileClient {
  let current: HostileClient;
  beforeEach(async () => {
    const cluster = await startHostileCluster();
    current = { cluster, client: createKubeClient(() => readKubeconfig(cluster.kubeconfig, {})) };
  });
  afterEach(async () => {
    current.client.close();
    await current.cluster[Symbol.asyncDispose]();
  });
  return () => current;
}
