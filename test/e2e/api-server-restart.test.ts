import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Cluster } from "../support/cluster/cluster.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate } from "../support/cluster/register-gate.ts";
import { describeOnCluster, startOwnCluster } from "../support/cluster/suite.ts";
import { evidence, granite, policyFor, startGateWithEvidence } from "./scene.ts";

describeOnCluster(
  "the API server is killed and starts again",
  () => {
    const namespace = "prod-chat";
    let cluster: Cluster;
    let gate: GateProcess;

    beforeAll(async () => {
      cluster = await startOwnCluster();
      await cluster.createNamespace(namespace);
      gate = await startGateWithEvidence({ "policy.yaml": policyFor(namespace) });
      await registerGate(cluster, gate, [namespace]);
      await cluster.admin(["create", "-f", "-"], { stdin: JSON.stringify(granite(namespace, evidence.good)) });
      await cluster.restartApiServer();
    });
    afterAll(async () => {
      await gate?.stop();
      await cluster?.stop();
    });

    test("what was stored is there", async () => {
      const { stdout } = await cluster.kubectl(["get", "deployments", "-n", namespace, "-o", "name"]);
      expect(stdout).toBe("deployment.apps/granite\n");
    });

    test("from its first answer on it asks the gate", async () => {
      const second = granite(namespace, undefined, { metadata: { name: "second" } });
      const { status, stderr } = await cluster.apply([second]);
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("EVIDENCE_MISSING") });
    });

    test("the controllers go on", async () => {
      const third = granite(namespace, evidence.good, {
        metadata: { name: "third" },
        spec: { selector: { matchLabels: { app: "third" } }, template: { metadata: { labels: { app: "third" } } } },
      });
      const { status } = await cluster.apply([third]);
      expect(status).toBe(0);
      await eventually("pods", async () => (await cluster.list("pods", namespace, "app=third")).length === 2);
    });
  },
  ["kube-controller-manager"],
);
