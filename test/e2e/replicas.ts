import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { chart } from "../deploy/chart.ts";
import type { Json } from "../support/artifacts.ts";
import { manifestOf } from "../support/cluster/client.ts";
import type { Cluster } from "../support/cluster/cluster.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { temporaryFolder } from "../support/cluster/suite.ts";
import { componentPath } from "../support/components.ts";
import { startBalancer, type Balancer } from "./balancer.ts";
import { startGateWithEvidence } from "./scene.ts";

export const gateNamespace = "assaygate-system";

/**
 * The gate as the chart installs it, with certificates of its own making, on a cluster that has no nodes: its replicas are
 * processes beside the cluster, with the chart's configuration and the rights of the chart's service account, and the API
 * server calls them by the chart's webhook configuration. Only the Service leads to a balancer on this machine instead of
 * to pods, whose addresses may not be loopback ones.
 */
export interface Replicas extends AsyncDisposable {
  /** Starts one more, as a new pod, and resolves when it is ready. It gets reviews once it is routed to. */
  start(): Promise<GateProcess>;
  /** From now on new connections go to these: what the endpoints of a Service are. */
  route(...gates: readonly GateProcess[]): void;
  /** Holder of one of the chart's Leases; empty where nobody holds it. */
  holder(lease: "assaygate" | "assaygate-certificates" | "assaygate-audit"): Promise<string>;
  /** Stops every replica, and calls the API server nothing any more. */
  [Symbol.asyncDispose](): Promise<void>;
}

const webhookConfiguration = z.object({ webhooks: z.array(z.unknown()) });
const gateConfig = z.looseObject({
  cluster: z.looseObject({}),
  tls: z.looseObject({ selfManaged: z.looseObject({}) }),
});

/** Installs the chart, with its webhooks and with these values besides. A replica is ready when there is a policy. */
export async function installReplicas(cluster: Cluster, values: readonly string[] = []): Promise<Replicas> {
  await cluster.createNamespace(gateNamespace);
  const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
  const settings = values.flatMap((value) => ["--set", value]);
  const install = ["install", "assaygate", chart, "--namespace", gateNamespace, ...settings];
  await promisify(execFile)(componentPath("helm"), install, { env, timeout: 60_000 });
  const definitions = ["crd/evaluationpolicies.assaygate.dev", "crd/evaluationexceptions.assaygate.dev"];
  await cluster.admin(["wait", "--for=condition=Established", "--timeout=30s", ...definitions]);
  const balancer = await startBalancer();
  await leadServiceTo(cluster, balancer);
  const kubeconfig = await accountKubeconfig(cluster);
  const running = new Set<GateProcess>();
  return {
    async start() {
      const gate = await startGateWithEvidence(
        {},
        await configuration(cluster, kubeconfig),
        await environment(cluster),
      );
      running.add(gate);
      return gate;
    },
    route: (...gates) => balancer.route(gates.map(({ url }) => url)),
    async holder(lease) {
      const found = await cluster.get(`lease/${lease}`, gateNamespace);
      const holder = found?.spec?.["holderIdentity"];
      return typeof holder === "string" ? holder : "";
    },
    async [Symbol.asyncDispose]() {
      await cluster.admin(["delete", "validatingwebhookconfiguration", "assaygate", "--ignore-not-found"]);
      await Promise.all([...running].map((gate) => gate.kill()));
      await balancer[Symbol.asyncDispose]();
    },
  };
}

async function leadServiceTo(cluster: Cluster, { port }: Balancer): Promise<void> {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "assaygate", namespace: gateNamespace },
    spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
  };
  await cluster.admin(["delete", "service/assaygate", "-n", gateNamespace]);
  await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([service]) });
  const target = "validatingwebhookconfiguration/assaygate";
  const { webhooks } = webhookConfiguration.parse(await cluster.get(target));
  const path = (at: number): string => `/webhooks/${at}/clientConfig/service/port`;
  const patch = webhooks.map((_, at) => ({ op: "replace", path: path(at), value: port }));
  await cluster.admin(["patch", target, "--type=json", "-p", JSON.stringify(patch)]);
}

/** What the chart writes for its pods, but for addresses, the way to the API server, and pauses. */
async function configuration(cluster: Cluster, kubeconfig: string): Promise<Json> {
  const text = await cluster.admin([
    "-n",
    gateNamespace,
    "get",
    "cm/assaygate",
    "-o",
    String.raw`jsonpath={.data.config\.yaml}`,
  ]);
  const { cluster: reads, tls, ...rest } = gateConfig.parse(parse(text));
  return {
    ...rest,
    listen: { host: "127.0.0.1", port: 0 },
    health: { host: "127.0.0.1", port: 0 },
    drainMs: 1_000,
    policies: {},
    cluster: { ...reads, kubeconfig },
    tls: { ...tls, selfManaged: { ...tls.selfManaged, kubeconfig, intervalMs: 300, settleMs: 1_500 } },
  };
}

/** The limit of the heap that the chart's pods have. */
async function environment(cluster: Cluster): Promise<NodeJS.ProcessEnv> {
  const path = '{.spec.template.spec.containers[0].env[?(@.name=="NODE_OPTIONS")].value}';
  const options = await cluster.admin(["-n", gateNamespace, "get", "deploy/assaygate", "-o", `jsonpath=${path}`]);
  return { NODE_OPTIONS: options };
}

async function accountKubeconfig(cluster: Cluster): Promise<string> {
  const token = await cluster.admin(["create", "token", "assaygate", "-n", gateNamespace, "--duration=1h"]);
  const authority = Buffer.from(cluster.ca).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: cluster.url, "certificate-authority-data": authority } }],
    users: [{ name: "gate", user: { token: token.trim() } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "gate", namespace: gateNamespace } }],
    "current-context": "test",
  };
  const file = join(await temporaryFolder("kubeconfig"), "kubeconfig");
  await writeFile(file, stringify(config));
  return file;
}

/** Whether the API server asks the gate, and gets an answer that it trusts. */
export async function untilAsked(cluster: Cluster, probe: object): Promise<void> {
  await eventually("the API server asks the gate", async () => {
    const { stderr } = await cluster.apply([probe]);
    return stderr.includes("denied the request");
  });
}
