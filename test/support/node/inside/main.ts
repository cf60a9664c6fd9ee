/**
 * Everything of a cluster with nodes, inside its namespaces: `main.ts OPTIONS`, of which test/support/node/start.ts gives
 * the options and reads what this writes. Goes on until it is killed.
 */
import { renameSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { requirePath } from "../../../../scripts/components/locate.ts";
import { clientOf } from "../../cluster/client.ts";
import {
  serviceIp,
  startApiServer,
  startControllerManager,
  startEtcd,
  type ApiServer,
} from "../../cluster/control-plane.ts";
import { makeCredentials, type Credentials } from "../../cluster/credentials.ts";
import { startProgram } from "../../cluster/program.ts";
import { nodes } from "../addresses.ts";
import { startRelay } from "../relay.ts";
import { insideOptions, readyFile, socketFile, type Ready } from "../inside-options.ts";
import { makeNetwork } from "./network.ts";
import { startNode, startRuntime } from "./node.ts";

const options = insideOptions.parse(JSON.parse(process.argv[2] ?? ""));
const { folder } = options;

process.env["PATH"] = [dirname(requirePath("containerd")), process.env["PATH"]].join(":");
await main();

async function main(): Promise<void> {
  makeNetwork(nodes[0]);
  const runtimes = nodes.slice(0, options.nodes).map((node) => startRuntime(folder, node, options.images));
  const credentials = await makeCredentials(join(folder, "credentials"), [serviceIp, nodes[0].ip]);
  const apiServer = await startControlPlane(credentials);
  const started = runtimes.map(async (runtime) => startNode(await runtime, apiServer, credentials));
  const kubeconfig = await credentials.kubeconfig(apiServer.url, "admin", "system:masters");
  const client = clientOf({
    url: apiServer.url,
    ca: credentials.ca,
    kubeconfig,
    auditLog: apiServer.auditLog,
    folder,
    controllers: true,
  });
  for (const kubelet of await Promise.all(started)) {
    await kubelet.program.until(`${kubelet.name} is ready`, async () =>
      isReady(await client.get(`node/${kubelet.name}`)),
    );
  }
  await startRelay(socketFile(folder), { host: "127.0.0.1", port: Number(new URL(apiServer.url).port) });
  const ready: Ready = { url: apiServer.url, ca: credentials.ca, kubeconfig, auditLog: apiServer.auditLog };
  write(readyFile(folder), JSON.stringify(ready));
}

async function startControlPlane(credentials: Credentials): Promise<ApiServer> {
  await mkdir(join(folder, "home"), { recursive: true });
  const etcd = await startEtcd(folder);
  const client = await credentials.clientFiles("kubelet-client", "system:masters");
  const apiServer = await startApiServer(folder, etcd.url, credentials, [
    "--bind-address=0.0.0.0",
    `--advertise-address=${nodes[0].ip}`,
    "--endpoint-reconciler-type=lease",
    `--kubelet-client-certificate=${client.certFile}`,
    `--kubelet-client-key=${client.keyFile}`,
    "--kubelet-preferred-address-types=InternalIP",
  ]);
  await startControllerManager(folder, apiServer, credentials);
  const kubeconfig = await credentials.kubeconfig(apiServer.url, "system:kube-scheduler");
  const args = [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
  startProgram(requirePath("kube-scheduler"), args, join(folder, "kube-scheduler.log"));
  return apiServer;
}

function isReady(node: { readonly status?: Readonly<Record<string, unknown>> } | undefined): boolean {
  const conditions = (node?.status?.["conditions"] ?? []) as readonly { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

/** A file that is there is whole. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.writing`, text);
  renameSync(`${file}.writing`, file);
}
