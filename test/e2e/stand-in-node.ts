import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { root } from "../docs/documents.ts";
import type { Cluster } from "../support/cluster/cluster.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { startProgram } from "../support/cluster/program.ts";
import { issue, makeCa } from "../support/certificates.ts";

/** What stands in for the nodes that a test cluster does not have. */
export interface StandInNode {
  /** Tells the API server where the gate is: it refuses loopback addresses behind a Service, so a URL takes its place. */
  register(): Promise<void>;
  stop(): Promise<void>;
}

const namespace = "assaygate-system";
const texts = z.record(z.string(), z.string()).default({});
const configMap = z.object({ data: texts, binaryData: texts });
const mounted = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        volumes: z.array(
          z.object({
            name: z.string(),
            configMap: z
              .object({ name: z.string(), items: z.array(z.object({ key: z.string(), path: z.string() })).optional() })
              .optional(),
          }),
        ),
        containers: z.tuple([
          z.object({ volumeMounts: z.array(z.object({ name: z.string(), mountPath: z.string() })) }),
        ]),
      }),
    }),
  }),
});

/**
 * Runs one gate beside the cluster as the kubelet would run its pods: from the Deployment's ConfigMaps, as its service
 * account. Says of the pods that they are ready when the gate's own /readyz does. Ports, certificate and kubeconfig are its own.
 */
export async function startNode(cluster: Cluster): Promise<StandInNode> {
  const folder = join(cluster.folder, "node");
  await mountConfigMaps(cluster, folder);
  const ca = await makeCa();
  const { cert, key } = await issue(ca, { ip: ["127.0.0.1"] });
  const tls = {
    certFile: await write(join(folder, "tls.crt"), cert),
    keyFile: await write(join(folder, "tls.key"), key),
  };
  const file = await writeConfig(cluster, folder, tls);
  const gate = startProgram(
    process.execPath,
    [join(root, "cli/main.ts"), "serve", "--config", file],
    join(folder, "gate.log"),
  );
  try {
    const [, url = "", healthUrl = ""] = await gate.until(
      "serving",
      async () => /ready: reviews at (https:\S+)\/validate, health at (\S+?),?\s/.exec(await gate.said()) ?? undefined,
    );
    await gate.until("ready", async () => (await fetch(`${healthUrl}/readyz`)).ok);
    await markPodsReady(cluster);
    return {
      register: () => pointTo(url, ca.cert, cluster),
      stop: gate.stop,
    };
  } catch (error) {
    await gate.stop();
    throw error;
  }
}

/** The chart's configuration, with what this machine needs otherwise. Returns its path. */
async function writeConfig(
  cluster: Cluster,
  folder: string,
  tls: Readonly<Record<"certFile" | "keyFile", string>>,
): Promise<string> {
  const text = await cluster.admin(["-n", namespace, "get", "cm/assaygate", "-o", "jsonpath={.data.config\\.yaml}"]);
  const config = z.looseObject({ layout: z.string(), cluster: z.looseObject({}) }).parse(parse(text));
  const loopback = { host: "127.0.0.1", port: 0 };
  const kubeconfig = await write(join(folder, "kubeconfig"), await accountConfig(cluster));
  return write(
    join(folder, "config.yaml"),
    stringify({
      ...config,
      listen: loopback,
      health: loopback,
      tls,
      layout: join(folder, config.layout),
      cluster: { ...config.cluster, kubeconfig },
    }),
  );
}

const configuration = z.object({
  webhooks: z.array(z.object({ clientConfig: z.object({ service: z.object({ path: z.string() }) }) })),
});

async function pointTo(url: string, ca: string, cluster: Cluster): Promise<void> {
  const name = "validatingwebhookconfiguration/assaygate";
  const { webhooks } = configuration.parse(await cluster.get(name));
  const patch = webhooks.map(({ clientConfig }, at) => ({
    op: "replace",
    path: `/webhooks/${at}/clientConfig`,
    value: { url: url + clientConfig.service.path, caBundle: Buffer.from(ca).toString("base64") },
  }));
  await cluster.admin(["patch", name, "--type=json", "-p", JSON.stringify(patch)]);
}

async function mountConfigMaps(cluster: Cluster, folder: string): Promise<void> {
  const { volumes, containers } = mounted.parse(await cluster.get("deployment/assaygate", namespace)).spec.template
    .spec;
  for (const { name, configMap: source } of volumes) {
    const mount = containers[0].volumeMounts.find((each) => each.name === name);
    if (source === undefined || mount === undefined) continue;
    const { data, binaryData } = configMap.parse(await cluster.get(`configmap/${source.name}`, namespace));
    const items = source.items ?? Object.keys({ ...data, ...binaryData }).map((key) => ({ key, path: key }));
    for (const { key, path } of items)
      await write(join(folder, mount.mountPath, path), data[key] ?? Buffer.from(binaryData[key] ?? "", "base64"));
  }
}

/** A kubeconfig of the gate's own service account, with what the chart lets it do. */
async function accountConfig({ url, ca, admin }: Cluster): Promise<string> {
  const token = (await admin(["-n", namespace, "create", "token", "assaygate"])).trim();
  const server = { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: server }],
    users: [{ name: "gate", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "gate" } }],
    "current-context": "test",
  });
}

/** As a kubelet does when the probes succeed. */
async function markPodsReady(cluster: Cluster): Promise<void> {
  const pods = await eventually("two pods of the gate", async () => {
    const found = await cluster.list("pods", namespace, "app.kubernetes.io/name=assaygate");
    return found.length === 2 ? found : undefined;
  });
  const conditions = ["Ready", "ContainersReady"].map((type) => ({ type, status: "True" }));
  const patch = JSON.stringify({ status: { phase: "Running", conditions } });
  for (const { metadata } of pods)
    await cluster.admin(["-n", namespace, "patch", `pod/${metadata.name}`, "--subresource=status", "-p", patch]);
}

async function write(file: string, content: string | Buffer): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}
