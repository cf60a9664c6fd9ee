import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ClusterClient, KubernetesObject } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { evidence, granite, makeEditor, policyFor, startGateWithEvidence } from "./scene.ts";

describeOnCluster(
  "the cluster's own controllers",
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

    const replicaSet = (): Promise<KubernetesObject> =>
      eventually("the ReplicaSet", async () => (await cluster.list("replicasets", namespace))[0]);

    /** What a user can make who has read the ReplicaSet: the same labels, and its uid as the controlling owner. */
    function forgedPod(owner: KubernetesObject): object {
      const { template } = granite(namespace, undefined)["spec"] as { template: { spec: object } };
      const { apiVersion, kind, metadata } = owner;
      const reference = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
      return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "forged", namespace, labels: { other: "granite" }, ownerReferences: [reference] },
        spec: template.spec,
      };
    }

    test("Deployment, ReplicaSet, Pods: the children of an admitted Deployment come up", async () => {
      const { status } = await cluster.apply([granite(namespace, evidence.good)], jane);
      expect(status).toBe(0);
      const made = await pods(2);
      expect(made.map(({ metadata }) => metadata.ownerReferences?.[0]?.["kind"])).toEqual(["ReplicaSet", "ReplicaSet"]);
      // They carry no evidence of their own: it is the controller's authenticated name that lets them through.
      expect(made.map(({ metadata }) => metadata.annotations ?? {})).toEqual([{}, {}]);
      const { stdout } = await cluster.kubectl(["get", "pods", "-n", namespace, "--no-headers"]);
      expect(stdout.trim().split("\n")).toHaveLength(2);
    });

    test("a Pod of a user, with the ReplicaSet forged as its owner: rejected", async () => {
      const { status, stderr } = await cluster.apply([forgedPod(await replicaSet())], jane);
      expect(status).toBe(1);
      expect(stderr).toContain(
        `assaygate: Pod ${namespace}/forged denied by for-${namespace}/safety: EVIDENCE_MISSING: `,
      );
    });

    test("a Pod of another service account, with the same forged owner: rejected", async () => {
      const other = { as: `system:serviceaccount:${namespace}:replicaset-controller` };
      await makeEditor(cluster, other.as, namespace);
      const { status, stderr } = await cluster.apply([forgedPod(await replicaSet())], other);
      expect(status).toBe(1);
      expect(stderr).toContain("EVIDENCE_MISSING");
    });

    test("scaling an admitted Deployment: more Pods", async () => {
      const { status } = await cluster.kubectl(["scale", "deployment/granite", "-n", namespace, "--replicas=3"], jane);
      expect(status).toBe(0);
      await pods(3);
    });

    test("deleting it in the foreground: the Pods go, then the Deployment", async () => {
      const args = ["delete", "deployment/granite", "-n", namespace, "--cascade=foreground", "--timeout=30s"];
      const { status } = await cluster.kubectl(args, jane);
      expect(status).toBe(0);
      await pods(0);
    });
  },
  ["kube-controller-manager"],
);
