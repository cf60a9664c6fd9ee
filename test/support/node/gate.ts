import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { requirePath } from "../../../scripts/components/locate.ts";
import type { ClusterClient } from "../cluster/client.ts";
import { eventually } from "../cluster/eventually.ts";
import { gateArchive, modelServerArchive, pauseArchive } from "./images/images.ts";
import { checkout } from "./root.ts";

const execute = promisify(execFile);
const helmMs = 240_000;

/** Where the gate is installed. */
export const gateNamespace = "assaygate-system";

/** Judged by the policy of the documents' examples. */
export const judgedNamespace = "prod-chat";

/** For `startNodeCluster`: what the gate and the documents' examples need. */
export function gateImages(): string[] {
  return [pauseArchive(), modelServerArchive(), gateArchive()];
}

/** Runs helm as a person would, for the gate's release. Returns what it printed; rejects where it fails. */
export async function helm(cluster: ClusterClient, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: join(cluster.folder, "home"), KUBECONFIG: cluster.kubeconfig };
  const { stdout } = await execute(requirePath("helm"), [...args, "--namespace", gateNamespace], {
    cwd: checkout,
    env,
    timeout: helmMs,
  });
  return stdout;
}

/** The chart with the values for trying it out. The nodes have the image that it names. */
export const chartArguments = ["deploy/chart/assaygate", "--values=docs/examples/try-out-values.yaml"];

/**
 * Installs the gate with `helm install --wait`, with the evidence and the policy of the documents' examples. Resolves when
 * the API server asks it.
 */
export async function installGate(cluster: ClusterClient): Promise<void> {
  await cluster.admin(["apply", "--server-side", "-k", join(checkout, "deploy/kustomize/namespace")]);
  const evidence = join(checkout, "docs/examples/evidence");
  const files = [`--from-file=${evidence}`, `--from-file=${join(evidence, "blobs/sha256")}`];
  await cluster.admin(["-n", gateNamespace, "create", "configmap", "example-evidence", ...files]);
  await cluster.createNamespace(judgedNamespace, { "assaygate.dev/environment": "production" });
  await helm(cluster, ["install", "assaygate", ...chartArguments, "--wait", "--timeout", "60s"]);
  await cluster.admin(["apply", "-f", join(checkout, "docs/examples/policies/production.yaml")]);
  const authority = "--for=jsonpath={.webhooks[0].clientConfig.caBundle}";
  await cluster.admin(["wait", "validatingwebhookconfiguration/assaygate", authority, "--timeout=30s"]);
  await eventually("the API server asks the gate", async () => (await createLlama(cluster, true)).status !== 0);
}

/** The command of the documents for a model without evidence. */
export function createLlama(cluster: ClusterClient, isDryRun = false): ReturnType<ClusterClient["kubectl"]> {
  const create = ["-n", judgedNamespace, "create", "deployment", "llama", "--image=vllm/vllm-openai:v0.11.0"];
  const command = ["--", "vllm", "serve", "meta-llama/Llama-3.1-8B-Instruct"];
  return cluster.kubectl([...create, ...(isDryRun ? ["--dry-run=server"] : []), ...command]);
}

/** Applies the documents' example of a model with evidence. */
export function applyGranite(cluster: ClusterClient): ReturnType<ClusterClient["kubectl"]> {
  return cluster.kubectl(["apply", "-f", join(checkout, "docs/examples/deployment.yaml")]);
}

/** Every node says that it has the accelerators that the example asks for. */
export async function giveAccelerators(cluster: ClusterClient): Promise<void> {
  const patch = [{ op: "add", path: "/status/capacity/nvidia.com~1gpu", value: "4" }];
  for (const { metadata } of await cluster.list("nodes")) {
    const node = `node/${metadata.name}`;
    await cluster.admin(["label", node, "nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3"]);
    await cluster.admin(["patch", node, "--subresource=status", "--type=json", "-p", JSON.stringify(patch)]);
  }
}

/** Every object of any kind, in any namespace, that belongs to the release; pods that are about to end, too. */
export async function listReleased(cluster: ClusterClient): Promise<string[]> {
  const kinds = await cluster.admin(["api-resources", "--verbs=list", "-o", "name"]);
  const listed = kinds.trim().split("\n").join(",");
  const own = "app.kubernetes.io/instance=assaygate";
  return (await cluster.admin(["get", listed, "-A", "-l", own, "-o", "name"])).split("\n").filter(Boolean);
}
