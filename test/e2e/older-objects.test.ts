import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ClusterClient, KubernetesObject } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { granite, makeEditor, policyFor, startGateWithEvidence } from "./scene.ts";

describeOnCluster(
  "a Deployment without evidence from before the gate",
  () => {
    const namespace = uniqueName("prod");
    const jane = { as: "jane@example.com" };
    let cluster: ClusterClient;
    let gate: GateProcess;
    let registration: Registration;

    beforeAll(async () => {
      cluster = sharedCluster();
      await cluster.createNamespace(namespace);
      await makeEditor(cluster, jane.as, namespace);
      await cluster.admin(["create", "-f", "-"], { stdin: JSON.stringify(granite(namespace, undefined)) });
      await pods(2);
      gate = await startGateWithEvidence({ "policy.yaml": policyFor(namespace) });
      registration = await registerGate(cluster, gate, [namespace]);
    });
    afterAll(async () => {
      await registration?.[Symbol.asyncDispose]();
      await gate?.stop();
    });

    const pods = (count: number): Promise<readonly KubernetesObject[]> =>
      eventually(`${count} pods`, async () => {
        const found = await cluster.list("pods", namespace, "app=granite");
        return found.length === count && found;
      });

    test("its status can be written", async () => {
      const condition = { type: "Progressing", status: "True", reason: "Tested", message: "by hand" };
      const patch = JSON.stringify({ status: { conditions: [condition] } });
      const args = ["patch", "deployment/granite", "-n", namespace, "--subresource=status", "-p", patch];
      const { status, stdout } = await cluster.kubectl(args);
      expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining("patched") });
    });

    test("it can be scaled, and the controllers follow", async () => {
      const args = ["scale", "deployment/granite", "-n", namespace, "--replicas=3"];
      const { status, stdout } = await cluster.kubectl(args, jane);
      expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/granite scaled\n" });
      await pods(3);
    });

    test("it can be labelled", async () => {
      const { status } = await cluster.kubectl(["label", "deployment/granite", "-n", namespace, "team=chat"], jane);
      expect(status).toBe(0);
    });

    test("it cannot be given another image", async () => {
      const args = ["set", "image", "deployment/granite", "-n", namespace, "vllm=vllm/vllm-openai:v0.12.0"];
      const { status, stderr } = await cluster.kubectl(args, jane);
      expect(status).toBe(1);
      expect(stderr).toContain("EVIDENCE_MISSING");
    });

    test("a Pod that is gone is made again", async () => {
      const [first] = await pods(3);
      const { status } = await cluster.kubectl(["delete", `pod/${first?.metadata.name}`, "-n", namespace], jane);
      expect(status).toBe(0);
      const again = await pods(3);
      expect(again.map(({ metadata }) => metadata.uid)).not.toContain(first?.metadata.uid);
    });

    test("it can be deleted", async () => {
      const args = ["delete", "deployment/granite", "-n", namespace, "--cascade=foreground", "--timeout=30s"];
      const { status } = await cluster.kubectl(args, jane);
      expect(status).toBe(0);
      await pods(0);
    });
  },
  ["kube-controller-manager"],
);
