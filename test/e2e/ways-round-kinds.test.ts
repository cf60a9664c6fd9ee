import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Json } from "../support/artifacts.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { goldenWorkloads } from "../support/workload-examples.ts";
import { definitionNames, kindDefinitions } from "./kind-definitions.ts";
import { evidence, granite, makeEditor, policyFor, startGateWithEvidence } from "./scene.ts";

describeOnCluster("making something other than a Deployment (T45)", () => {
  const namespace = uniqueName("prod");
  const jane = { as: "jane@example.com" };
  let cluster: ClusterClient;
  let gate: GateProcess;
  let registration: Registration;

  beforeAll(async () => {
    cluster = sharedCluster();
    await cluster.admin(["apply", "-f", "-"], {
      stdin: JSON.stringify({ apiVersion: "v1", kind: "List", items: kindDefinitions }),
    });
    await cluster.admin(["wait", "--for=condition=Established", ...definitionNames]);
    await cluster.createNamespace(namespace);
    await makeEditor(cluster, jane.as, namespace);
    await letEditKinds(cluster, jane.as, namespace);
    // From before the gate, for what kubectl makes of it.
    await cluster.admin(["create", "-f", "-"], {
      stdin: JSON.stringify(inNamespace("CronJob.batch", { name: "nightly" })),
    });
    gate = await startGateWithEvidence({ "policy.yaml": policyFor(namespace) });
    registration = await registerGate(cluster, gate, [namespace]);
  });
  afterAll(async () => {
    await registration?.[Symbol.asyncDispose]();
    await gate?.stop();
  });

  function inNamespace(name: string, metadata: Json = {}): Json {
    const object = goldenWorkloads.get(name) ?? {};
    // As most of them have none; where one has, it is another test's.
    return { ...object, metadata: { ...(object["metadata"] as Json), annotations: {}, ...metadata, namespace } };
  }

  // What kubectl debug adds is a subresource of its own: no Pod can be made with it.
  const manifests = [...goldenWorkloads.keys()].filter((name) => name !== "Pod--ephemeral-container");

  test.each(manifests)("%s without evidence: rejected", async (name) => {
    const { status, stderr } = await cluster.apply([inNamespace(name)], jane);
    expect(status).toBe(1);
    expect(stderr.split("\n")[0]).toMatch(/denied by for-prod-[0-9a-f]+\/safety: EVIDENCE_MISSING/);
  });

  describe("kinds that hold a pod template, with evidence", () => {
    const { template, selector } = granite(namespace, undefined)["spec"] as { template: Json; selector: Json };
    const annotations = { "assaygate.dev/evaluation": evidence.good, "assaygate.dev/model-version": "3.1.0" };
    test.each<[string, string, Json]>([
      ["apps/v1", "StatefulSet", { serviceName: "granite", selector, template }],
      [
        "batch/v1",
        "Job",
        { template: { ...template, spec: { ...(template["spec"] as Json), restartPolicy: "Never" } } },
      ],
      [
        "leaderworkerset.x-k8s.io/v1",
        "LeaderWorkerSet",
        { replicas: 1, leaderWorkerTemplate: { size: 2, workerTemplate: template } },
      ],
      ["argoproj.io/v1alpha1", "Rollout", { replicas: 1, selector, template, strategy: { canary: {} } }],
      ["serving.knative.dev/v1", "Service", { template }],
    ])("%s %s: admitted", async (apiVersion, kind, spec) => {
      const metadata = { name: "granite", namespace, annotations };
      const { status, stdout, stderr } = await cluster.apply([{ apiVersion, kind, metadata, spec }], jane);
      expect({ status, stderr, stdout }).toEqual({
        status: 0,
        stderr: "",
        stdout: expect.stringContaining("granite created"),
      });
    });

    test("the scale of a custom kind can be changed: it holds no template", async () => {
      const args = ["scale", "rollouts.argoproj.io/granite", "-n", namespace, "--replicas=3"];
      const { status, stdout } = await cluster.kubectl(args, jane);
      expect({ status, stdout }).toEqual({ status: 0, stdout: "rollout.argoproj.io/granite scaled\n" });
    });

    test("another model in it: rejected", async () => {
      const patch = [
        { op: "replace", path: "/spec/template/spec/containers/0/args", value: ["--model", "acme/never-evaluated"] },
      ];
      const args = [
        "patch",
        "rollouts.argoproj.io/granite",
        "-n",
        namespace,
        "--type=json",
        "-p",
        JSON.stringify(patch),
      ];
      const { status, stderr } = await cluster.kubectl(args, jane);
      expect(status).toBe(1);
      expect(stderr).toContain("MODEL_NAME_MISMATCH");
    });
  });

  test("an older version of a custom kind: judged the same (T48)", async () => {
    const object = {
      ...inNamespace("LLMInferenceService.serving.kserve.io"),
      apiVersion: "serving.kserve.io/v1alpha1",
    };
    const { status, stderr } = await cluster.apply([object], jane);
    expect(status).toBe(1);
    expect(stderr).toContain("EVIDENCE_MISSING");
  });

  test("what cannot be read is unknown: rejected, whatever is declared", async () => {
    const annotations = {
      "assaygate.dev/evaluation": evidence.good,
      "assaygate.dev/model-name": "ibm-granite/granite-3.1-8b-instruct",
      "assaygate.dev/model-version": "3.1.0",
    };
    for (const name of [
      "Deployment.apps--secret-model",
      "Rollout.argoproj.io--workload-ref",
      "LLMInferenceService.serving.kserve.io--base-refs",
      "RayService.ray.io--config-file",
    ]) {
      const { status, stderr } = await cluster.apply([inNamespace(name, { annotations })], jane);
      expect([name, status]).toEqual([name, 1]);
      expect(stderr).toContain("MODEL_UNKNOWN");
    }
  });

  test("a Job that kubectl makes of a CronJob from before the gate: rejected, though it names its owner (T44)", async () => {
    const { status, stderr } = await cluster.kubectl(
      ["create", "job", "now", "--from=cronjob/nightly", "-n", namespace],
      jane,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("EVIDENCE_MISSING");
  });

  test("a ReplicaSet with a Deployment made up as its owner: rejected (T44)", async () => {
    const owner = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "granite",
      uid: "11111111-2222-3333-4444-555555555555",
      controller: true,
    };
    const { status, stderr } = await cluster.apply(
      [inNamespace("ReplicaSet.apps", { name: "forged", ownerReferences: [owner] })],
      jane,
    );
    expect(status).toBe(1);
    expect(stderr).toContain("EVIDENCE_MISSING");
  });

  test("the same by the account that controls Deployments: let through", async () => {
    const owner = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "granite",
      uid: "11111111-2222-3333-4444-555555555555",
      controller: true,
    };
    const controller = { as: "system:serviceaccount:kube-system:deployment-controller" };
    const object = inNamespace("ReplicaSet.apps", { name: "by-the-controller", ownerReferences: [owner] });
    const { status } = await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], {
      ...controller,
      stdin: JSON.stringify(object),
    });
    expect(status).toBe(0);
    await eventually("its record", async () =>
      (await gate.log()).some(
        (entry) => entry["basis"] === "delegated" && JSON.stringify(entry).includes("by-the-controller"),
      ),
    );
  });
});

/** ClusterRole edit knows no custom kinds. */
async function letEditKinds(cluster: ClusterClient, user: string, namespace: string): Promise<void> {
  const groups = [...new Set(kindDefinitions.map(({ spec }) => (spec as { group: string }).group))];
  const rules = [{ apiGroups: groups, resources: ["*"], verbs: ["*"] }];
  const role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "kinds", namespace },
    rules,
  };
  await cluster.admin(["create", "-f", "-"], { stdin: JSON.stringify(role) });
  await cluster.admin(["create", "rolebinding", "kinds", "--role=kinds", `--user=${user}`, "-n", namespace]);
}
