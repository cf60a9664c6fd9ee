import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ClusterClient } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { evidence, granite, makeEditor, policyFor, startGateWithEvidence } from "./scene.ts";

describeOnCluster("a user applies a Deployment", () => {
  const enforced = uniqueName("prod");
  const warned = uniqueName("trial");
  const outside = uniqueName("outside");
  const jane = { as: "jane@example.com" };
  let cluster: ClusterClient;
  let gate: GateProcess;
  let registration: Registration;

  beforeAll(async () => {
    cluster = sharedCluster();
    for (const namespace of [enforced, warned, outside]) {
      await cluster.createNamespace(namespace);
      await makeEditor(cluster, jane.as, namespace);
    }
    gate = await startGateWithEvidence({
      "enforced.yaml": policyFor(enforced),
      "warned.yaml": policyFor(warned, { mode: "Warn" }),
    });
    registration = await registerGate(cluster, gate, [enforced, warned]);
  });
  afterAll(async () => {
    await registration?.[Symbol.asyncDispose]();
    await gate?.stop();
  });

  test("evaluated for production: admitted", async () => {
    const { status, stdout, stderr } = await cluster.apply([granite(enforced, evidence.good)], jane);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "deployment.apps/granite created\n", stderr: "" });
  });

  test("the same again: unchanged", async () => {
    const { status, stdout } = await cluster.apply([granite(enforced, evidence.good)], jane);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/granite unchanged\n" });
  });

  test("without the annotation: rejected", async () => {
    const second = granite(enforced, undefined, { metadata: { name: "second" } });
    const { status, stderr } = await cluster.apply([second], jane);
    expect(status).toBe(1);
    expect(stderr.split("\n")[0]).toMatch(
      new RegExp(
        `^Error from server \\(Forbidden\\): error when creating "STDIN": admission webhook "gate.assaygate.dev" denied ` +
          `the request: assaygate: Deployment ${enforced}/second denied by for-${enforced}/safety: EVIDENCE_MISSING: `,
      ),
    );
    expect(stderr).toContain("explain: assaygate explain EVIDENCE_MISSING");
    expect(await cluster.get("deployment/second", enforced)).toBeUndefined();
  });

  test("evaluated for another environment: rejected", async () => {
    const second = granite(enforced, evidence.ofStaging, { metadata: { name: "second" } });
    const { status, stderr } = await cluster.apply([second], jane);
    expect(status).toBe(1);
    expect(stderr).toContain(`denied by for-${enforced}/safety: ENVIRONMENT_MISMATCH: `);
    expect(stderr).toContain("staging");
  });

  test("an update that takes the annotation away: rejected, and the object stays as it was", async () => {
    const args = ["annotate", "deployment/granite", "-n", enforced, "assaygate.dev/evaluation-"];
    const { status, stderr } = await cluster.kubectl(args, jane);
    expect(status).toBe(1);
    expect(stderr).toContain("EVIDENCE_MISSING");
    const stored = await cluster.get("deployment/granite", enforced);
    expect(stored?.metadata.annotations).toHaveProperty(["assaygate.dev/evaluation"], evidence.good);
  });

  test("mode Warn: admitted, with the warning", async () => {
    const { status, stdout, stderr } = await cluster.apply([granite(warned, undefined)], jane);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/granite created\n" });
    expect(stderr).toMatch(/^Warning: .*EVIDENCE_MISSING/);
  });

  test("a namespace that the gate is not registered for: never asked", async () => {
    const { status, stderr } = await cluster.apply([granite(outside, undefined)], jane);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("a dry run: judged, and nothing is stored", async () => {
    const args = ["apply", "--dry-run=server", "-f", "-"];
    const third = { metadata: { name: "third" } };
    const rejected = await cluster.kubectl(args, {
      ...jane,
      stdin: JSON.stringify(granite(enforced, undefined, third)),
    });
    expect(rejected.status).toBe(1);
    expect(rejected.stderr).toContain("EVIDENCE_MISSING");
    const admitted = await cluster.kubectl(args, {
      ...jane,
      stdin: JSON.stringify(granite(enforced, evidence.good, third)),
    });
    expect(admitted.stdout).toBe("deployment.apps/third created (server dry run)\n");
    expect(await cluster.get("deployment/third", enforced)).toBeUndefined();
    // The gate answers before it writes its record.
    const records = await eventually("two records", async () => {
      const found = (await gate.log()).filter((entry) => JSON.stringify(entry).includes('"third"'));
      return found.length === 2 && found;
    });
    expect(records.map(({ dryRun }) => dryRun)).toEqual([true, true]);
  });

  test("the cluster's audit log holds the decision", async () => {
    const { status } = await cluster.apply([granite(enforced, undefined, { metadata: { name: "audited" } })], jane);
    expect(status).toBe(1);
    const event = await eventually("the audit event", async () =>
      (await cluster.auditEvents()).find(({ objectRef }) => objectRef?.name === "audited"),
    );
    expect(event).toMatchObject({
      impersonatedUser: { username: jane.as },
      responseStatus: { code: 403 },
      annotations: { "gate.assaygate.dev/decision": "deny", "gate.assaygate.dev/reasons": "EVIDENCE_MISSING" },
    });
  });

  test("deletion: the gate is not asked", async () => {
    const { status, stdout } = await cluster.kubectl(["delete", "deployment/granite", "-n", enforced], jane);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^deployment.apps "granite" deleted/),
    });
  });
});
