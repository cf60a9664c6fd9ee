import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { requirePath } from "../../../../scripts/components/locate.ts";
import type { ApiServer } from "../../cluster/control-plane.ts";
import type { Credentials } from "../../cluster/credentials.ts";
import { startProgram, type Program } from "../../cluster/program.ts";
import { nodes, type NodeAddresses } from "../addresses.ts";
import {
  containerdConfiguration,
  containerdSocket,
  kubeletConfiguration,
  networkConfiguration,
  proxyConfiguration,
} from "../configuration.ts";
import { makeGroup } from "../groups/control-groups.ts";
import { joinNetwork } from "./network.ts";

const execute = promisify(execFile);

/** A node whose containerd has its images. */
export interface Runtime {
  readonly node: NodeAddresses;
  /** Holds its logs and its configuration. */
  readonly folder: string;
  /** Goes before a command that is to run in the network and the mounts of this node. */
  readonly enter: readonly string[];
}

/** Starts containerd and fills it. The second node gets a network and mounts of its own first. */
export async function startRuntime(
  runFolder: string,
  node: NodeAddresses,
  images: readonly string[],
): Promise<Runtime> {
  const folder = join(runFolder, node.name);
  const cniFolder = join(folder, "cni");
  await mkdir(cniFolder, { recursive: true });
  await writeFile(join(cniFolder, "10-bridge.conflist"), networkConfiguration(node));
  await writeFile(join(folder, "containerd.toml"), containerdConfiguration(cniFolder));
  makeControlGroup(node.name);
  const runtime = { node, folder, enter: node === nodes[0] ? [] : await enterSecondNode(node, folder) };
  const containerd = start(runtime, "containerd", ["--config", join(folder, "containerd.toml")]);
  const ctr = async (...args: readonly string[]): Promise<void> => {
    const [command = "", ...rest] = [...runtime.enter, requirePath("ctr"), "--address", containerdSocket, ...args];
    await execute(command, rest, { maxBuffer: 16 * 1024 * 1024 });
  };
  await containerd.until("answers", async () => {
    await ctr("version");
    return true;
  });
  await Promise.all(images.map((image) => ctr("--namespace", "k8s.io", "images", "import", image)));
  return runtime;
}

/** Starts kubelet and kube-proxy. Resolves before the node is ready. */
export async function startNode(
  runtime: Runtime,
  apiServer: ApiServer,
  credentials: Credentials,
): Promise<{ readonly name: string; readonly program: Program }> {
  const { node, folder } = runtime;
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const url = `https://${nodes[0].ip}:${new URL(apiServer.url).port}`;
  const proxyUser = await credentials.kubeconfig(url, "system:kube-proxy");
  const proxy = await file("kube-proxy.yaml", proxyConfiguration(proxyUser));
  start(runtime, "kube-proxy", [`--config=${proxy}`, `--hostname-override=${node.name}`]);
  const resolvConf = await file("resolv.conf", "");
  const kubelet = await file("kubelet.yaml", kubeletConfiguration(node, credentials.caFile, resolvConf));
  const kubeletUser = await credentials.kubeconfig(url, `system:node:${node.name}`, "system:nodes");
  const program = start(runtime, "kubelet", [
    `--config=${kubelet}`,
    `--kubeconfig=${kubeletUser}`,
    `--hostname-override=${node.name}`,
    `--node-ip=${node.ip}`,
  ]);
  return { name: node.name, program };
}

function start(
  { enter, folder }: Runtime,
  name: "containerd" | "kubelet" | "kube-proxy",
  args: readonly string[],
): Program {
  const [command = "", ...rest] = [...enter, requirePath(name), ...args];
  return startProgram(command, rest, join(folder, `${name}.log`));
}

async function enterSecondNode(node: NodeAddresses, folder: string): Promise<readonly string[]> {
  const mark = join(folder, "separated");
  const script = join(import.meta.dirname, "second-node.sh");
  const holder = startProgram("unshare", ["-n", "-m", "sh", script, mark], join(folder, "second-node.log"));
  await holder.until("has a network of its own", () => existsSync(mark));
  const pid = Number(readFileSync(mark, "utf8"));
  joinNetwork(nodes[0], node, pid);
  return ["nsenter", "-t", String(pid), "-n", "-m", "--"];
}

/** One in every hierarchy. */
function makeControlGroup(name: string): void {
  for (const hierarchy of readdirSync("/sys/fs/cgroup")) makeGroup(join("/sys/fs/cgroup", hierarchy), name);
}
