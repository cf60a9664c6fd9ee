import { writeFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { stringify } from "yaml";
import { requirePath } from "../../../scripts/components/locate.ts";
import type { Credentials } from "./credentials.ts";
import { withFreePorts } from "../ports.ts";
import { startProgram, type Program } from "./program.ts";

/** Where services get their addresses from, and the one that the API server's own service gets. */
const serviceRange = "10.96.0.0/16";
export const serviceIp = "10.96.0.1";

export interface Etcd {
  readonly url: string;
  readonly program: Program;
}

/** Its data is gone with the folder, so it need not wait for the disk. */
export function startEtcd(folder: string): Promise<Etcd> {
  return withFreePorts(2, async ([clientPort, peerPort]) => {
    const url = `http://127.0.0.1:${clientPort}`;
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const args = [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      "--unsafe-no-fsync",
    ];
    const program = startProgram(requirePath("etcd"), args, join(folder, "etcd.log"));
    await stopUnless(program, () => program.until("healthy", async () => (await fetch(`${url}/health`)).ok));
    return { url, program };
  });
}

export interface ApiServer {
  readonly url: string;
  /** JSON lines, one for each answered write. https://kubernetes.io/docs/tasks/debug/debug-cluster/audit */
  readonly auditLog: string;
  /** The one that runs now. */
  program(): Program;
  /** Kills it and starts it again on the same port. Resolves when it is ready. */
  restart(): Promise<void>;
}

/**
 * With RBAC, service account tokens and the admission plugins that are on by default, on loopback. `further` arguments win
 * over the usual ones. Resolves when it is ready.
 */
export function startApiServer(
  folder: string,
  etcdUrl: string,
  credentials: Credentials,
  further: readonly string[] = [],
): Promise<ApiServer> {
  return withFreePorts(1, async ([port]) => {
    const url = `https://127.0.0.1:${port}`;
    const auditLog = join(folder, "audit.log");
    const args = [
      `--etcd-servers=${etcdUrl}`,
      `--secure-port=${port}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      // It would refuse to publish a loopback address as an endpoint of its own service.
      "--endpoint-reconciler-type=none",
      `--service-cluster-ip-range=${serviceRange}`,
      ...listIdentities(credentials),
      "--authorization-mode=Node,RBAC",
      "--allow-privileged=true",
      ...(await auditArguments(folder, auditLog)),
      ...further,
    ];
    const start = async (): Promise<Program> => {
      const program = startProgram(requirePath("kube-apiserver"), args, join(folder, "kube-apiserver.log"));
      const isReady = async (): Promise<boolean> => (await statusOf(`${url}/readyz`, credentials.ca)) === 200;
      return stopUnless(program, () => program.until("ready", isReady));
    };
    let program = await start();
    return {
      url,
      auditLog,
      program: () => program,
      async restart() {
        await program.stop();
        program = await start();
      },
    };
  });
}

/** Who the server is, and whom it believes. */
function listIdentities(credentials: Credentials): string[] {
  return [
    `--tls-cert-file=${credentials.servingCertFile}`,
    `--tls-private-key-file=${credentials.servingKeyFile}`,
    `--client-ca-file=${credentials.caFile}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${credentials.tokenPublicKeyFile}`,
    `--service-account-signing-key-file=${credentials.tokenKeyFile}`,
  ];
}

async function auditArguments(folder: string, log: string): Promise<string[]> {
  const file = join(folder, "audit-policy.yaml");
  const writes = { level: "Metadata", verbs: ["create", "update", "patch", "delete", "deletecollection"] };
  await writeFile(
    file,
    stringify({
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      omitStages: ["RequestReceived"],
      rules: [writes, { level: "None" }],
    }),
  );
  return [`--audit-log-path=${log}`, `--audit-policy-file=${file}`];
}

/** Every controller acts as its own service account, as in a real cluster: the gate tells them apart by that. */
export async function startControllerManager(
  folder: string,
  { url }: ApiServer,
  credentials: Credentials,
): Promise<Program> {
  const kubeconfig = await credentials.kubeconfig(url, "system:kube-controller-manager");
  const args = [
    `--kubeconfig=${kubeconfig}`,
    "--use-service-account-credentials=true",
    `--service-account-private-key-file=${credentials.tokenKeyFile}`,
    `--root-ca-file=${credentials.caFile}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--kube-api-qps=200",
    "--kube-api-burst=400",
  ];
  return startProgram(requirePath("kube-controller-manager"), args, join(folder, "kube-controller-manager.log"));
}

async function stopUnless(program: Program, ready: () => Promise<unknown>): Promise<Program> {
  try {
    await ready();
    return program;
  } catch (error) {
    await program.stop();
    throw error;
  }
}

function statusOf(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = get(url, { ca, agent: false, timeout: 5_000 }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    asked.once("timeout", () => asked.destroy(new Error(`${url} does not answer`))).once("error", reject);
  });
}
