import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { getComponentsFolder } from "../../../scripts/components/locate.ts";
import { clientOf, type ClusterClient } from "../cluster/client.ts";
import type { Recorder } from "../cluster/kubectl.ts";
import { startProgram, type Program } from "../cluster/program.ts";
import { makeControlGroups, removeControlGroups, removeLeftControlGroups } from "./groups/control-groups.ts";
import { ready, readyFile, socketFile, type InsideOptions, type Ready } from "./inside-options.ts";
import { removeLeftFolders, runFolderPrefix } from "./leftovers.ts";
import { startRelay } from "./relay.ts";
import { inRoot, nodeProgram } from "./root.ts";

const readyMs = 120_000;

export interface NodeOptions {
  readonly nodes?: 1 | 2;
  /** Archives of images that every node is to have. */
  readonly images: readonly string[];
  readonly record?: Recorder;
}

/** A cluster with nodes: control plane, containerd, kubelet, scheduler, kube-proxy, and a network for pods. */
export interface NodeCluster extends ClusterClient, AsyncDisposable {
  /** The control groups that all its processes are in. */
  readonly groups: readonly string[];
  /** Ends every process of it and removes whatever it made. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster of one or two nodes in namespaces of its own (mounts, network, processes, control groups, host name),
 * whose files are in memory. It ends when `stop` is called or this process ends, however that comes about.
 *
 * Its API server is reached through a port on loopback; nothing else can be reached from outside, and nothing from inside.
 */
export async function startNodeCluster({ nodes = 1, images, record }: NodeOptions): Promise<NodeCluster> {
  removeLeftControlGroups();
  removeLeftFolders();
  const folder = await mkdtemp(runFolderPrefix());
  const groups = makeControlGroups();
  const program = startInside({ folder, nodes, images: [...images] }, groups);
  const remove = async (): Promise<void> => {
    await program.stop();
    await removeControlGroups(groups);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const inside = await program.until("the nodes are ready", () => readyIn(folder), readyMs);
    const relay = await startRelay(0, { path: socketFile(folder) });
    relay.unref();
    const address = relay.address();
    if (address === null || typeof address === "string") throw new Error("a relay has a port");
    const url = `https://127.0.0.1:${address.port}`;
    const { ca, auditLog } = inside;
    const kubeconfig = await kubeconfigOutside(inside, url, join(folder, "admin.kubeconfig"));
    const client = clientOf({ url, ca, kubeconfig, auditLog, folder, controllers: true }, record);
    const stop = async (): Promise<void> => {
      relay.close();
      await remove();
    };
    return { ...client, groups, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The shell puts itself into the groups, and then becomes the program that makes the namespaces. */
const enterGroups = `while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"`;

/** Ending the one process of this ends all that are in the namespaces. */
const namespaces = "unshare --mount --propagation private --net --pid --ipc --uts --cgroup --fork --kill-child".split(
  " ",
);

function startInside(options: InsideOptions, groups: readonly string[]): Program {
  const { folder, images } = options;
  const stage = join(folder, "stage");
  mkdirSync(stage);
  const inside = join(import.meta.dirname, "inside");
  const command = inRoot({ stage, paths: [folder, ...images], newNetwork: true }, [
    "/bin/busybox",
    "sh",
    join(inside, "enter-namespaces.sh"),
    nodeProgram(),
    join(inside, "main.ts"),
    JSON.stringify(options),
  ]);
  return startProgram(
    "sh",
    ["-c", enterGroups, "sh", ...groups, "--", ...namespaces, ...command],
    join(folder, "inside.log"),
    { XDG_CACHE_HOME: dirname(dirname(getComponentsFolder())), HOME: "/root" },
  );
}

function readyIn(folder: string): Ready | undefined {
  return existsSync(readyFile(folder)) ? ready.parse(JSON.parse(readFileSync(readyFile(folder), "utf8"))) : undefined;
}

async function kubeconfigOutside({ kubeconfig, url: insideUrl }: Ready, url: string, file: string): Promise<string> {
  await writeFile(file, readFileSync(kubeconfig, "utf8").replaceAll(insideUrl, url), { mode: 0o600 });
  return file;
}
