import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { locate } from "../../../scripts/components/locate.ts";
import { clientOf, type ClusterClient } from "./client.ts";
import { serviceIp, startApiServer, startControllerManager, startEtcd } from "./control-plane.ts";
import { makeCredentials } from "./credentials.ts";
import { eventually } from "./eventually.ts";
import type { Recorder } from "./kubectl.ts";
import type { Program } from "./program.ts";

/** The components that `startCluster` needs, for `describeWith`. */
export const clusterComponents = ["etcd", "kube-apiserver", "kubectl"] as const;

export interface ClusterOptions {
  /**
   * Whether the controllers run: Deployment to ReplicaSet to Pod, service accounts, garbage collection. Default: where
   * kube-controller-manager is there. A suite that needs them needs that component, too.
   */
  readonly controllers?: boolean;
  /** For data and logs; it is not removed then. Default: a folder that is removed by `stop`. */
  readonly folder?: string;
  readonly record?: Recorder;
}

/** A control plane of one's own: real etcd, kube-apiserver and, where it is there, kube-controller-manager. No nodes. */
export interface Cluster extends ClusterClient, AsyncDisposable {
  /** Kills the API server, starts it again on the same port with the same data, and waits until it is ready. */
  restartApiServer(): Promise<void>;
  /** Ends everything. What was stored is gone. */
  stop(): Promise<void>;
}

/** Starts a control plane on free loopback ports, and waits until it works. Takes about five seconds. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { controllers = "path" in locate("kube-controller-manager"), folder, record } = options;
  const home = folder ?? (await mkdtemp(join(tmpdir(), "assaygate-cluster-")));
  await mkdir(join(home, "home"), { recursive: true });
  const running: (() => Program)[] = [];
  const stop = async (): Promise<void> => {
    for (const program of running.toReversed()) await program().stop();
    if (folder === undefined) await rm(home, { recursive: true, force: true });
  };
  try {
    const credentials = await makeCredentials(join(home, "credentials"), [serviceIp]);
    const etcd = await startEtcd(home);
    running.push(() => etcd.program);
    const apiServer = await startApiServer(home, etcd.url, credentials);
    running.push(apiServer.program);
    const kubeconfig = await credentials.kubeconfig(apiServer.url, "admin", "system:masters");
    const { url, auditLog } = apiServer;
    const client = clientOf({ url, ca: credentials.ca, kubeconfig, auditLog, folder: home, controllers }, record);
    if (controllers) {
      const manager = await startControllerManager(home, apiServer, credentials);
      running.push(() => manager);
      await manager.until("service accounts are made", () => client.get("serviceaccount/default", "default"));
    }
    await eventually("the default namespace", () => client.get("namespace/default"));
    return { ...client, restartApiServer: apiServer.restart, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
