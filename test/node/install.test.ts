import { afterAll, beforeAll, expect, it } from "@jest/globals";
import {
  applyGranite,
  chartArguments,
  createLlama,
  gateImages,
  gateNamespace,
  giveAccelerators,
  helm,
  installGate,
  judgedNamespace,
} from "../support/node/gate.ts";
import { machineState, type MachineState } from "../support/node/machine.ts";
import { gateProcesses, processesIn, statusOf } from "../support/node/processes.ts";
import { startNodeCluster, type NodeCluster } from "../support/node/start.ts";
import { describeOnNode } from "../support/node/suite.ts";

/*
 * The chart and the image on a real node: containerd runs the gate's pods, the kubelet asks whether they are ready, and
 * the API server reaches them through their Service. Tests go on where the one before stopped.
 */

describeOnNode("the gate on a real node", () => {
  let before: MachineState;
  let cluster: NodeCluster;

  beforeAll(async () => {
    before = machineState();
    cluster = await startNodeCluster({ images: gateImages() });
    await giveAccelerators(cluster);
  });
  afterAll(() => cluster.stop());

  it("is installed by helm install --wait", async () => {
    await installGate(cluster);
    const pods = await cluster.list("pods", gateNamespace);
    expect(pods.map(({ status }) => status?.["phase"])).toEqual(["Running", "Running"]);
  });

  it("runs as nobody, with no rights", () => {
    const gates = gateProcesses(cluster.groups);
    expect(gates).toHaveLength(2);
    for (const { pid } of gates) {
      const said = ["Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"].map((name) => statusOf(pid, name));
      expect(said).toEqual(["65532\t65532\t65532\t65532", "0000000000000000", "0000000000000000", "1", "2"]);
    }
  });

  it("refuses a Deployment through its Service", async () => {
    const { status, stderr } = await createLlama(cluster);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("EVIDENCE_MISSING") });
    expect(await cluster.get("deployment/llama", judgedNamespace)).toBeUndefined();
  });

  it("admits one with evidence, and its pods run", async () => {
    expect(await applyGranite(cluster)).toMatchObject({ status: 0, stdout: "deployment.apps/granite created\n" });
    await cluster.admin(["-n", judgedNamespace, "rollout", "status", "deployment/granite", "--timeout=50s"]);
    const pods = await cluster.list("pods", judgedNamespace);
    expect(pods.map(({ status }) => status?.["phase"])).toEqual(["Running", "Running"]);
  });

  it("is upgraded by helm upgrade --wait, and goes on judging", async () => {
    await helm(cluster, [
      "upgrade",
      "assaygate",
      ...chartArguments,
      "--set",
      "replicas=1",
      "--wait",
      "--timeout",
      "60s",
    ]);
    expect((await createLlama(cluster)).stderr).toContain("EVIDENCE_MISSING");
  });

  it("goes with helm uninstall, and nobody is asked any more", async () => {
    await helm(cluster, ["uninstall", "assaygate", "--wait", "--timeout", "60s"]);
    const own = "app.kubernetes.io/instance=assaygate";
    // Helm waits for the Deployment, whose pods still hand over to the others.
    await cluster.admin(["-n", gateNamespace, "wait", "pod", "-l", own, "--for=delete", "--timeout=50s"]);
    const gone = ["deployment", "pod", "job", "service", "secret", "poddisruptionbudget", "serviceaccount"];
    const left = await Promise.all(gone.map((kind) => cluster.list(kind, gateNamespace, own)));
    expect(left.flat().map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
    expect(await cluster.get("validatingwebhookconfiguration/assaygate")).toBeUndefined();
    expect(await createLlama(cluster)).toMatchObject({ status: 0 });
  });

  it("leaves nothing on the machine when the node has stopped", async () => {
    expect(processesIn(cluster.groups)).not.toEqual([]);
    await cluster.stop();
    expect(machineState()).toEqual(before);
  });
});
