import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ClusterClient } from "../support/cluster/client.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { evidence, granite, policyFor, startGateWithEvidence } from "./scene.ts";

describeOnCluster("no gate answers", () => {
  const namespace = uniqueName("prod");
  const outside = uniqueName("outside");
  let cluster: ClusterClient;
  let gate: GateProcess;
  let registration: Registration;

  beforeAll(async () => {
    cluster = sharedCluster();
    await cluster.createNamespace(namespace);
    await cluster.createNamespace(outside);
    gate = await startGateWithEvidence({ "policy.yaml": policyFor(namespace) });
    registration = await registerGate(cluster, gate, [namespace]);
    await cluster.admin(["create", "-f", "-"], { stdin: JSON.stringify(granite(namespace, evidence.good)) });
    await gate.kill();
  });
  afterAll(async () => {
    await registration?.[Symbol.asyncDispose]();
    await gate?.kill();
  });

  test("failurePolicy Fail: rejected, and kubectl names the webhook", async () => {
    const second = granite(namespace, evidence.good, { metadata: { name: "second" } });
    const { status, stderr } = await cluster.apply([second]);
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^Error from server \(InternalError\): .* failed calling webhook "gate.assaygate.dev": .*connection refused/,
    );
  });

  test("other kinds and other namespaces go on", async () => {
    const { status } = await cluster.kubectl(["create", "configmap", "notes", "-n", namespace]);
    expect(status).toBe(0);
    expect((await cluster.apply([granite(outside, undefined)])).status).toBe(0);
  });

  test("deletion goes on", async () => {
    const { status } = await cluster.kubectl(["delete", "deployment/granite", "-n", namespace]);
    expect(status).toBe(0);
  });
});
