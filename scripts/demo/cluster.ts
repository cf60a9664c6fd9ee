/**
 * `npm run demo -- --cluster`: a Kubernetes cluster with a real node, the gate in it by its chart, one Deployment refused
 * and one running. Then a shell in which kubectl and helm talk to that cluster; when it ends, the cluster does.
 *
 * Without a terminal it ends at once; with `--keep` it says how a shell is opened, and goes on until Ctrl-C. Linux, root.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname } from "node:path";
import { parseArgs, styleText } from "node:util";
import type { KubectlResult } from "../../test/support/cluster/kubectl.ts";
import { whyNoNode } from "../../test/support/node/can-run-node.ts";
import { nodeComponents } from "../../test/support/node/components.ts";
import {
  applyGranite,
  createLlama,
  gateImages,
  giveAccelerators,
  installGate,
  judgedNamespace,
} from "../../test/support/node/gate.ts";
import { checkout } from "../../test/support/node/root.ts";
import { startNodeCluster, type NodeCluster } from "../../test/support/node/start.ts";
import { requirePath } from "../components/locate.ts";
import { provideComponents } from "../components/provide.ts";

const { values } = parseArgs({
  options: { cluster: { type: "boolean" }, keep: { type: "boolean", default: false } },
});
const reason = whyNoNode();
if (reason === undefined) await demonstrate();
else {
  console.error(reason);
  process.exitCode = 1;
}

async function demonstrate(): Promise<void> {
  // Programs of the cluster get the terminal's Ctrl-C, too, and what waits for them ends and tidies up.
  const interrupted = Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
  const started = performance.now();
  const step = (text: string): void => {
    console.log(`${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${text}`);
  };
  provideComponents(nodeComponents);
  step("programs of a cluster: built before, or now");
  const images = gateImages();
  step("the gate's image, by the Dockerfile");
  await using cluster = await startNodeCluster({ images });
  step("a cluster with a node that is ready");
  await giveAccelerators(cluster);
  await installGate(cluster);
  step("the gate, by helm install --wait");
  const isRight = await showBoth(cluster);
  step("one Deployment refused, one running");
  process.exitCode = isRight ? 0 : 1;
  await openShell(cluster, interrupted);
}

/** Whether both ended as they must. */
async function showBoth(cluster: NodeCluster): Promise<boolean> {
  const llama = await createLlama(cluster);
  show(`kubectl -n ${judgedNamespace} create deployment llama --image=vllm/vllm-openai:v0.11.0 -- vllm serve …`, llama);
  const granite = await applyGranite(cluster);
  show("kubectl apply -f docs/examples/deployment.yaml", granite);
  const rollout = ["-n", judgedNamespace, "rollout", "status", "deployment/granite", "--timeout=50s"];
  show(`kubectl ${rollout.join(" ")}`, await cluster.kubectl(rollout));
  show("kubectl get pods --all-namespaces", await cluster.kubectl(["get", "pods", "--all-namespaces"]));
  return llama.status === 1 && llama.stderr.includes("EVIDENCE_MISSING") && granite.status === 0;
}

function show(command: string, { status, stdout, stderr }: KubectlResult): void {
  console.log(`\n$ ${command}\n${styleText(status === 0 ? "green" : "red", `${stderr}${stdout}`.trimEnd())}\n`);
}

async function openShell({ kubeconfig }: NodeCluster, interrupted: Promise<unknown>): Promise<void> {
  const programs = dirname(requirePath("kubectl"));
  const command = `KUBECONFIG=${kubeconfig} PATH=${programs}:$PATH bash`;
  if (process.stdin.isTTY) {
    console.log("A shell in which kubectl and helm talk to this cluster, which ends when the shell does:\n");
    const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: [programs, process.env["PATH"]].join(delimiter) };
    const shell = spawn(process.env["SHELL"] ?? "sh", [], { cwd: checkout, env, stdio: "inherit" });
    await Promise.race([once(shell, "exit"), interrupted]);
  } else if (values.keep) {
    console.log(`The cluster goes on until Ctrl-C. A shell in which kubectl talks to it:\n\n  ${command}\n`);
    await interrupted;
  }
}
