import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parseAllDocuments, stringify } from "yaml";
import { exception, inAnHour } from "../support/builders/exception.ts";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { manifestOf } from "../support/cluster/client.ts";
import type { Cluster } from "../support/cluster/cluster.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate } from "../support/cluster/register-gate.ts";
import { describeOnCluster, startOwnCluster, temporaryFolder } from "../support/cluster/suite.ts";
import { sendReviews } from "../support/many-reviews.ts";
import { findProcess, readMemory } from "../support/process-figures.ts";
import { evidence, granite, startGateWithEvidence } from "./scene.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): Promise<string> => readFile(join(root, path), "utf8");

/** By the namespace's label, which the gate must look up. */
const production: Json = { environment: ["SameAsWorkload"], hardwareClass: ["SameAsWorkload"], maxAge: "30d" };
const namespaceLabels = { "assaygate.dev/environment": "production" };

/** What the chart gives Node besides the flags of the image. */
const asInPod = { NODE_OPTIONS: "--max-old-space-size=512" };

describeOnCluster("custom resources", () => {
  const namespace = "prod-chat";
  let cluster: Cluster;
  let gate: GateProcess;

  beforeAll(async () => {
    cluster = await startOwnCluster({ controllers: false });
    await cluster.admin(["apply", "-f", join(root, "deploy/crds")]);
    await cluster.admin(["wait", "--for=condition=Established", "--timeout=30s", ...definitions()]);
    await cluster.createNamespace(namespace, namespaceLabels);
    await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([policy(production)]) });
    gate = await startGateWithEvidence({}, { cluster: { kubeconfig: await asServiceAccount(cluster) } }, asInPod);
    await registerGate(cluster, gate, [namespace]);
    await registerPolicyWebhooks(cluster, gate);
  });
  afterAll(async () => {
    await gate?.stop();
    await cluster?.stop();
  });

  const deploy = (reference: string | undefined, name = "granite", at = namespace): ReturnType<Cluster["apply"]> =>
    cluster.apply([granite(at, reference, { metadata: { name } })], {});
  const ready = async (resource: string): Promise<string> => {
    const path = '{.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].reason}';
    return cluster.admin(["get", resource, "-o", `jsonpath=${path}`]);
  };
  const readyz = async (): Promise<string> => (await fetch(`${gate.healthUrl}/readyz`)).text();

  test("the library's policies are accepted", async () => {
    const folder = join(root, "policies/library");
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml") && !name.endsWith(".test.yaml"));
    expect(files.length).toBeGreaterThan(4);
    const given = files.flatMap((name) => ["-f", join(folder, name)]);
    const { status, stdout } = await cluster.kubectl(["apply", "--dry-run=server", ...given]);
    expect(status).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(files.length);
  });

  test("a policy decides, with the labels of the namespace", async () => {
    expect(await deploy(undefined)).toMatchObject({ status: 1, stderr: expect.stringContaining("EVIDENCE_MISSING") });
    const elsewhere = await deploy(evidence.ofStaging);
    expect(elsewhere).toMatchObject({ status: 1, stderr: expect.stringContaining("ENVIRONMENT_MISMATCH") });
    expect(await deploy(evidence.good)).toMatchObject({ status: 0 });
  });

  test("following the cluster takes no more memory than the chart asks for, idle and after many reviews", async () => {
    const pid = findProcess(join(gate.folder, "config.yaml"));
    const idle = readMemory(pid);
    await sendReviews(gate, 10_000, (at) => granite(namespace, evidence.good, { metadata: { name: `model-${at}` } }));
    const after = readMemory(pid);
    for (const [when, { rssMiB, anonymousMiB }] of Object.entries({ idle, after }))
      process.stdout.write(`${when}: ${Math.round(rssMiB)} MiB resident, ${Math.round(anonymousMiB)} anonymous\n`);
    expect(after.anonymousMiB).toBeLessThan(256);
  });

  test("kubectl shows what became of it, under its short name", async () => {
    await eventually("the condition", async () => (await ready("evalpol/production-llm")) === "True InForce");
    const { stdout } = await cluster.kubectl(["get", "evalpol"]);
    expect(stdout).toMatch(/^NAME +MODE +READY +REASON +AGE\nproduction-llm +Enforce +True +InForce/);
  });

  test.each<[string, Json, string]>([
    ["what a rule between fields forbids", policy({ model: { name: "Any", version: "Any" } }), "asks for nothing"],
    ["an empty list", policy({ environment: [] }), "should have at least 1 items"],
    ["a requirement twice", policy({}, { require: [{ name: "a" }, { name: "a" }] }), "Duplicate value"],
  ])("the API server itself refuses %s", async (_, object, words) => {
    const { status, stderr } = await cluster.apply([{ ...object, metadata: { name: "refused" } }]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(words) });
  });

  test("the gate refuses an unknown key, in lint's words", async () => {
    const { status, stderr } = await cluster.apply([policy({ maxage: "30d" }, {}, "typo")]);
    expect(status).toBe(1);
    expect(stderr).toContain("spec.require[0].maxage: unknown key maxage: did you mean maxAge?");
  });

  test("the gate warns of what lint warns of", async () => {
    const { status, stderr } = await cluster.apply([hourLong({ policies: ["production-lm"] }, "odd")]);
    expect(status).toBe(0);
    expect(stderr).toContain("no policy is named production-lm: did you mean production-llm?");
    expect((await cluster.kubectl(["delete", "evalex", "odd"])).status).toBe(0);
  });

  test("an exception counts at once, and so does its end", async () => {
    const name = "excused";
    expect(await deploy(evidence.ofStaging, name)).toMatchObject({ status: 1 });
    expect(await cluster.apply([hourLong({}, "launch", name)])).toMatchObject({ status: 0 });
    await eventually("the exception", async () => (await ready("evalex/launch")) === "True InForce");
    const { status, stderr } = await deploy(evidence.ofStaging, name);
    expect(status).toBe(0);
    expect(stderr).toContain("Warning: assaygate: admitted by exception launch");
    const events = await cluster.auditEvents();
    expect(JSON.stringify(events)).toContain('"gate.assaygate.dev/exceptions":"launch"');
    await cluster.kubectl(["delete", "evalex", "launch"]);
    await cluster.admin(["delete", "deployment", name, "-n", namespace]);
    await eventually("its end", async () => (await deploy(evidence.ofStaging, name)).status === 1);
  });

  test("an exception for the year 9999 does nothing, and says so (T51)", async () => {
    const name = "for-ever";
    const forEver = hourLong({ expiresAt: "9999-12-31T23:59:59Z" }, "for-ever", name);
    await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([forEver]) });
    await eventually("the condition", async () => (await ready("evalex/for-ever")) === "False TooFarAhead");
    expect(await deploy(evidence.ofStaging, name)).toMatchObject({ status: 1 });
    await cluster.admin(["delete", "evalex", "for-ever"]);
  });

  test("two exceptions that cover one requirement each never add up (T51)", async () => {
    const name = "twice";
    const fast = policy(
      production,
      {
        require: [
          { name: "safety", ...production },
          { name: "speed", ...production },
        ],
      },
      "fast",
    );
    const halves = ["safety", "speed"].map((requirement) =>
      hourLong({ policies: ["fast"], requirements: [requirement] }, `half-${requirement}`, name),
    );
    await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([fast, ...halves]) });
    await eventually("the conditions", async () => (await ready("evalex/half-speed")) === "True InForce");
    const { status, stderr } = await deploy(evidence.ofStaging, name);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("ENVIRONMENT_MISMATCH") });
    await cluster.admin(["delete", "evalpol/fast", "evalex/half-safety", "evalex/half-speed"]);
    await eventually("the gate is content", async () => (await readyz()) === "ok\n");
  });

  describe("hardware that stands in a resource claim", () => {
    const template = (name: string, at: string, deviceClassName: string): Json => ({
      apiVersion: "resource.k8s.io/v1",
      kind: "ResourceClaimTemplate",
      metadata: { name, namespace: at },
      spec: { spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName } }] } } },
    });
    const isWhole = (product: string): string =>
      ["type", "productName"]
        .map((key, at) => `device.attributes["gpu.nvidia.com"].${key} == "${["gpu", product][at] ?? ""}"`)
        .join(" && ");
    const deviceClass = (name: string, product: string): Json => ({
      apiVersion: "resource.k8s.io/v1",
      kind: "DeviceClass",
      metadata: { name },
      spec: { selectors: [{ cel: { expression: isWhole(product) } }] },
    });
    const claiming = (name: string, resourceClaimTemplateName: string): ReturnType<Cluster["apply"]> => {
      const { spec } = granite(namespace, evidence.good) as { spec: { template: { spec: { containers: [Json] } } } };
      const [container] = spec.template.spec.containers;
      const claims = {
        nodeSelector: null,
        resourceClaims: [{ name: "gpu", resourceClaimTemplateName }],
        containers: [{ ...container, resources: { claims: [{ name: "gpu" }] } }],
      };
      return cluster.apply([
        granite(namespace, evidence.good, { metadata: { name }, spec: { template: { spec: claims } } }),
      ]);
    };

    beforeAll(async () => {
      await cluster.createNamespace("elsewhere");
      const objects = [
        deviceClass("h100", "NVIDIA H100 80GB HBM3"),
        deviceClass("a100", "NVIDIA A100-SXM4-80GB"),
        template("one-h100", namespace, "h100"),
        template("one-a100", namespace, "a100"),
        template("of-others", "elsewhere", "h100"),
      ];
      await cluster.admin(["create", "-f", "-"], { stdin: manifestOf(objects) });
    });

    test("evaluated on the same: admitted", async () => {
      expect(await claiming("claims-h100", "one-h100")).toMatchObject({ status: 0, stderr: "" });
    });

    test("evaluated on another: rejected", async () => {
      const { status, stderr } = await claiming("claims-a100", "one-a100");
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("HARDWARE_CLASS_MISMATCH") });
    });

    test("a claim of another namespace is not looked at: rejected (T60)", async () => {
      const { status, stderr } = await claiming("claims-others", "of-others");
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("hardware is unknown") });
    });
  });

  test("a broken policy that slipped in leaves the last good set in force (T76)", async () => {
    await cluster.admin(["delete", "validatingwebhookconfiguration", "assaygate-policies"]);
    await eventually(
      "nobody validates",
      async () => (await cluster.apply([policy({ maxage: "1d" }, {}, "broken")])).status === 0,
    );
    await eventually("the condition", async () => (await ready("evalpol/broken")) === "False Invalid");
    expect(await ready("evalpol/production-llm")).toBe("True InForce");
    expect(await readyz()).toContain(
      "policy problem: EvaluationPolicy/broken: spec.require[0].maxage: unknown key maxage",
    );
    expect(await deploy(undefined, "still-judged")).toMatchObject({ status: 1 });
    const { stdout } = await cluster.kubectl(["get", "evalpol", "broken"]);
    expect(stdout).toMatch(/broken +Enforce +False +Invalid/);
    expect((await cluster.kubectl(["delete", "evalpol", "broken"])).status).toBe(0);
    await eventually("the gate is content", async () => (await readyz()) === "ok\n");
  });

  test("a namespace and what is in it may be made in one go", async () => {
    const namespaces = ["new-1", "new-2", "new-3"];
    const objects = namespaces.flatMap((name) => [
      { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: namespaceLabels } },
      granite(name, evidence.good),
    ]);
    await registerGateFor(namespaces);
    const { status, stderr } = await cluster.apply(objects);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("what is written after the API server was killed and started again counts, too", async () => {
    const name = "after-restart";
    await cluster.restartApiServer();
    expect(await deploy(evidence.ofStaging, name)).toMatchObject({ status: 1 });
    await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([hourLong({}, "relaunch", name)]) });
    await eventually("the exception", async () => (await deploy(evidence.ofStaging, name)).status === 0);
    await eventually("the condition", async () => (await ready("evalex/relaunch")) === "True InForce");
    await eventually("the gate is content", async () => (await readyz()) === "ok\n");
  }, 90_000);

  /** The webhook's selector lists the namespaces of the suite. */
  async function registerGateFor(namespaces: readonly string[]): Promise<void> {
    const patch = [
      { op: "add", path: "/webhooks/0/namespaceSelector/matchExpressions/1/values", value: [namespace, ...namespaces] },
    ];
    const name = `assaygate-${namespace}`;
    await cluster.admin(["patch", "validatingwebhookconfiguration", name, "--type=json", "-p", JSON.stringify(patch)]);
  }

  describe("the guard of namespace labels (T50)", () => {
    const jane = { as: "jane@example.com" };
    const label = (value: string, ...more: string[]): string[] => [
      "label",
      "namespace",
      namespace,
      `assaygate.dev/environment${value}`,
      "--overwrite",
      ...more,
    ];

    test("keeps a namespace's editor from changing them, whichever way", async () => {
      await cluster.admin([
        "create",
        "clusterrole",
        "namespaces",
        "--verb=*",
        "--resource=namespaces,namespaces/status,namespaces/finalize",
      ]);
      await cluster.admin([
        "create",
        "clusterrolebinding",
        "namespaces",
        "--clusterrole=namespaces",
        "--user=jane@example.com",
      ]);
      const words = "metadata.labels[assaygate.dev/environment]: may only be";
      await eventually("the right", async () => (await cluster.kubectl(["get", "namespaces"], jane)).status === 0);
      for (const args of [
        label("=development"),
        label("-"),
        patch("--type=merge", { metadata: { labels: { "assaygate.dev/environment": "development" } } }),
        patch("--subresource=status", { metadata: { labels: { "assaygate.dev/environment": "development" } } }),
        patch("--type=json", [{ op: "remove", path: "/metadata/labels/assaygate.dev~1environment" }]),
      ]) {
        const { status, stderr } = await cluster.kubectl(args, jane);
        expect({ args, status, stderr }).toEqual({ args, status: 1, stderr: expect.stringContaining(words) });
      }
      const made = manifestOf([
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "janes", labels: namespaceLabels } },
      ]);
      expect(await cluster.kubectl(["create", "-f", "-"], { ...jane, stdin: made })).toMatchObject({ status: 1 });
      expect((await cluster.get(`namespace/${namespace}`))?.metadata.labels).toMatchObject(namespaceLabels);
    });

    test("lets the admin change them", async () => {
      expect(await cluster.kubectl(label("=staging"))).toMatchObject({ status: 0 });
      await eventually("the change counts", async () => (await deploy(evidence.ofStaging, "in-staging")).status === 0);
      expect(await cluster.kubectl(label("=production"))).toMatchObject({ status: 0 });
    });

    test("stops no other work on namespaces while the gate is down", async () => {
      await gate.kill();
      expect(await cluster.kubectl(["label", "namespace", namespace, "team=a"], jane)).toMatchObject({ status: 0 });
      expect(await cluster.kubectl(label("=development"), jane)).toMatchObject({ status: 1 });
      expect(await cluster.kubectl(["create", "namespace", "plain"], jane)).toMatchObject({ status: 0 });
      expect(await cluster.kubectl(["delete", "namespace", "plain", "--wait=false"], jane)).toMatchObject({
        status: 0,
      });
    });

    function patch(how: string, body: unknown): string[] {
      return ["patch", "namespace", namespace, how, "-p", JSON.stringify(body)];
    }
  });
});

function definitions(): string[] {
  return ["crd/evaluationpolicies.assaygate.dev", "crd/evaluationexceptions.assaygate.dev"];
}

function hourLong(spec: Json, name: string, workload = "granite"): Json {
  const scope = { namespace: "prod-chat", kind: "Deployment", name: workload };
  return exception({ scope, expiresAt: inAnHour(), ...spec }, name);
}

/** A kubeconfig for a service account with the rights of docs/examples/cluster-role.yaml, and no others. */
async function asServiceAccount(cluster: Cluster): Promise<string> {
  const namespace = "assaygate-system";
  await cluster.createNamespace(namespace);
  await cluster.admin(["create", "serviceaccount", "assaygate", "-n", namespace]);
  await cluster.admin(["apply", "-f", join(root, "docs/examples/cluster-role.yaml")]);
  const account = `--serviceaccount=${namespace}:assaygate`;
  await cluster.admin(["create", "clusterrolebinding", "assaygate", "--clusterrole=assaygate", account]);
  await cluster.admin(["create", "rolebinding", "assaygate", "--role=assaygate", account, "-n", namespace]);
  const token = (await cluster.admin(["create", "token", "assaygate", "-n", namespace])).trim();
  const file = join(await temporaryFolder("kubeconfig"), "kubeconfig");
  const authority = Buffer.from(cluster.ca).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: cluster.url, "certificate-authority-data": authority } }],
    users: [{ name: "gate", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "gate", namespace } }],
    "current-context": "test",
  };
  await writeFile(file, stringify(config));
  return file;
}

/** As docs/examples/policy-webhooks.yaml does it, by the gate's URL. Resolves when the API server asks. */
async function registerPolicyWebhooks(cluster: Cluster, gate: GateProcess): Promise<void> {
  const documents = parseAllDocuments(await read("docs/examples/policy-webhooks.yaml")).map(
    (document) =>
      document.toJS() as {
        readonly webhooks: readonly { readonly clientConfig: { readonly service: { readonly path: string } } }[];
      },
  );
  const caBundle = Buffer.from(gate.ca).toString("base64");
  const configurations = documents.map(({ webhooks, ...rest }) => ({
    ...rest,
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { url: `${gate.url}${webhook.clientConfig.service.path}`, caBundle },
    })),
  }));
  await cluster.admin(["create", "-f", "-"], { stdin: manifestOf(configurations) });
  const probe = manifestOf([policy({ probe: true }, {}, "probe")]);
  await eventually("policies are validated", async () => {
    const { stderr } = await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], { stdin: probe });
    return stderr.includes("unknown key probe");
  });
  const labelled = { metadata: { name: "probe", labels: namespaceLabels }, apiVersion: "v1", kind: "Namespace" };
  await eventually("namespaces are guarded", async () => {
    const options = { stdin: manifestOf([labelled]), as: "nobody", groups: ["system:authenticated"] };
    await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], options);
    const asAdmin = await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], { stdin: options.stdin });
    return asAdmin.status === 0 && (await gate.log()).some(({ path }) => path === "/guard");
  });
}
