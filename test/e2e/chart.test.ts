import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { chart, manifestsIn, only, render, root, template, type Manifest } from "../deploy/chart.ts";
import { deployment, podSpec, secret, webhooks } from "../deploy/shapes.ts";
import { clusterComponents, startCluster, type Cluster } from "../support/cluster/cluster.ts";
import { componentPath, describeWith } from "../support/components.ts";

/*
 * A real API server takes what the chart and the plain manifests say. Groups of other projects (cert-manager, the
 * Prometheus operator) it does not know, so their objects are left out.
 */

/** Each test starts helm and kubectl several times. Holds for hooks, too. */
jest.setTimeout(120_000);

const namespace = "assaygate-system";
const account = `system:serviceaccount:${namespace}:assaygate`;
const foreign = /^(?:cert-manager[.]io|monitoring[.]coreos[.]com)\//;
const native = (manifests: readonly Manifest[]): Manifest[] =>
  manifests.filter(({ apiVersion }) => !foreign.test(apiVersion));

interface Ran {
  readonly status: number;
  readonly text: string;
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, ...env }, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, text: stdout + stderr });
    });
  });
}

describeWith([...clusterComponents, "helm"], "on a real API server", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startCluster({ controllers: false });
    await cluster.admin(["apply", "--server-side", "-k", join(root, "deploy/kustomize/namespace")]);
  });
  afterAll(() => cluster.stop());

  const helm = (...args: string[]): Promise<Ran> =>
    run(componentPath("helm"), [...args, "--namespace", namespace], { KUBECONFIG: cluster.kubeconfig });
  const dryRun = ["apply", "--server-side", "--dry-run=server", "-f", "-"];

  it.each([
    ["defaults", []],
    ["first step", ["webhooks.enabled=false"]],
    ["cert-manager", ["certificates.mode=certManager"]],
    ["openshift", ["certificates.mode=openshift"]],
    ["own secret", ["certificates.mode=secret", "certificates.secret.name=mine", "certificates.secret.caBundle="]],
    [
      "everything",
      ["metrics.dashboard.enabled=true", 'policies.files={"a.yaml":"a"}', "registry.credentialsSecret=pull"],
    ],
  ])("takes the chart: %s", async (name, values) => {
    const bundle = Buffer.from(cluster.ca).toString("base64");
    const settings = values.map((value) => (value.endsWith("caBundle=") ? value + bundle : value));
    const manifests = native(render(...settings));
    const { status, stdout, stderr } = await cluster.kubectl(dryRun, { stdin: manifests.map(toDocument).join("") });
    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(manifests.length);
  });

  it.each(["base", "cert-manager", "openshift", "overlays/without-webhooks"])(
    "takes the plain manifests: deploy/kustomize/%s",
    async (folder) => {
      const text = await cluster.admin(["kustomize", join(root, "deploy/kustomize", folder)]);
      const stdin = native(manifestsIn(text)).map(toDocument).join("");
      const { status, stderr } = await cluster.kubectl(dryRun, { stdin });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    },
  );

  describe("installed by Helm", () => {
    beforeAll(async () => {
      const { status, text } = await helm("install", "assaygate", chart);
      if (status !== 0) throw new Error(text);
    });

    it("has pods that PodSecurity restricted admits, as the API server judges", async () => {
      const { spec: pod } = only(render(), "Deployment", deployment).spec.template;
      const create = (spec: unknown): ReturnType<Cluster["kubectl"]> =>
        cluster.kubectl(["create", "--dry-run=server", "-f", "-"], {
          stdin: toDocument({ apiVersion: "v1", kind: "Pod", metadata: { name: "gate", namespace }, spec }),
        });
      expect(await create(pod)).toMatchObject({ status: 0 });
      const { securityContext: _, ...lax } = pod;
      expect((await create(lax)).stderr).toContain("violates PodSecurity");
    });

    it("has pods that PodSecurity restricted admits with the ids that OpenShift gives", async () => {
      const found = template([], undefined, ["--api-versions", "security.openshift.io/v1"]);
      const { spec } = only(manifestsIn(found.text), "Deployment", deployment).spec.template;
      const given = { runAsUser: 1_000_640_000, fsGroup: 1_000_640_000, ...spec.securityContext };
      expect(given).toMatchObject({ runAsUser: 1_000_640_000, fsGroup: 1_000_640_000 });
      const taken = { ...spec, securityContext: given };
      const stdin = toDocument({ apiVersion: "v1", kind: "Pod", metadata: { name: "gate", namespace }, spec: taken });
      expect(await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], { stdin })).toMatchObject({ status: 0 });
    });

    it("keeps the authority and the certificate over an upgrade", async () => {
      const value = Buffer.from(cluster.ca).toString("base64");
      const patch = (resource: string, type: string, body: unknown): Promise<string> =>
        cluster.admin(["-n", namespace, "patch", resource, `--type=${type}`, "-p", JSON.stringify(body)]);
      const path = "/webhooks/0/clientConfig/caBundle";
      await patch("validatingwebhookconfiguration/assaygate", "json", [{ op: "add", path, value }]);
      await patch("secret/assaygate-tls", "merge", { data: { "tls.crt": value } });

      expect(await helm("upgrade", "assaygate", chart, "--set", "replicas=3")).toMatchObject({ status: 0 });

      const upgraded = only([await read("validatingwebhookconfiguration")], "ValidatingWebhookConfiguration", webhooks);
      expect(upgraded.webhooks[0]?.clientConfig).toMatchObject({ caBundle: value });
      const kept = only([await read("secret", "assaygate-tls")], "Secret", secret, "assaygate-tls");
      expect(kept.data).toEqual({ "tls.crt": value });
    });

    describe("where somebody else adds to the namespace selectors, as AKS does", () => {
      const expression = { key: "control-plane", operator: "DoesNotExist" };
      const selectors = async (): Promise<unknown[]> =>
        only([await read("validatingwebhookconfiguration")], "ValidatingWebhookConfiguration", webhooks)
          .webhooks.filter(({ name }) => name !== "policy.assaygate.dev")
          .map(({ namespaceSelector }) => namespaceSelector?.matchExpressions?.slice(1));
      const upgrade = (...args: string[]): Promise<Ran> => helm("upgrade", "assaygate", chart, ...args);

      beforeAll(async () => {
        const path = (at: number): string => `/webhooks/${at}/namespaceSelector/matchExpressions/-`;
        const patch = JSON.stringify([0, 2].map((at) => ({ op: "add", path: path(at), value: expression })));
        const how = ["--type=json", "--field-manager=enforcer", "-p", patch];
        await cluster.admin(["patch", "validatingwebhookconfiguration/assaygate", ...how]);
      });

      it("an upgrade leaves it there", async () => {
        expect(await upgrade("--set", "replicas=2")).toMatchObject({ status: 0 });
        expect(await selectors()).toEqual([[expression], [expression]]);
      });

      it("is a conflict where the key is not one that is kept", async () => {
        const { status, text } = await upgrade("--set-json", "webhooks.keptSelectorKeys=[]");
        expect({ status, text }).toEqual({ status: 1, text: expect.stringContaining('conflicts with "enforcer"') });
      });

      it("and a change of our own is settled by --force-conflicts", async () => {
        const change = ["--set-json", 'webhooks.excludedNamespaces=["kube-system","cni"]'];
        expect(await upgrade(...change)).toMatchObject({ status: 1 });
        expect(await upgrade(...change, "--force-conflicts")).toMatchObject({ status: 0 });
        expect(await selectors()).toEqual([[expression], [expression]]);
      });
    });

    it("leaves to the gate who holds its Leases", async () => {
      const patch = JSON.stringify({ spec: { holderIdentity: "gate-1", leaseDurationSeconds: 15 } });
      await cluster.admin(["-n", namespace, "patch", "lease/assaygate", "--type=merge", "-p", patch]);
      expect(await helm("upgrade", "assaygate", chart)).toMatchObject({ status: 0 });
      expect(await read("lease")).toMatchObject({ spec: { holderIdentity: "gate-1", leaseDurationSeconds: 15 } });
    });

    const everywhere = "";
    it.each([
      ["list", "secrets", everywhere],
      ["get", "secrets/other", namespace],
      ["create", "secrets", namespace],
      ["create", "leases.coordination.k8s.io", namespace],
      ["list", "pods", everywhere],
      ["get", "deployments.apps", everywhere],
      ["delete", "validatingwebhookconfigurations.admissionregistration.k8s.io/assaygate", everywhere],
      ["patch", "validatingwebhookconfigurations.admissionregistration.k8s.io/other", everywhere],
      ["update", "evaluationpolicies.assaygate.dev", everywhere],
      ["create", "evaluationexceptions.assaygate.dev", everywhere],
      ["update", "namespaces", everywhere],
      ["create", "clusterrolebindings.rbac.authorization.k8s.io", everywhere],
    ])("does not let the gate %s %s", async (verb, resource, where) => {
      expect(await allows(verb, resource, where)).toBe(false);
    });

    it.each([
      ["watch", "evaluationpolicies.assaygate.dev", everywhere],
      ["list", "evaluationexceptions.assaygate.dev", everywhere],
      ["patch", "evaluationpolicies/status.assaygate.dev", everywhere],
      ["watch", "namespaces", everywhere],
      ["patch", "validatingwebhookconfigurations.admissionregistration.k8s.io/assaygate", everywhere],
      ["update", "secrets/assaygate-tls", namespace],
      ["update", "leases.coordination.k8s.io/assaygate-certificates", namespace],
      ["get", "resourceclaims.resource.k8s.io", "prod-chat"],
    ])("lets the gate %s %s", async (verb, resource, where) => {
      expect(await allows(verb, resource, where)).toBe(true);
    });

    describe("its uninstall hook", () => {
      let hooks: readonly Manifest[];
      beforeAll(async () => {
        hooks = manifestsIn((await helm("get", "hooks", "assaygate")).text);
      });

      afterAll(async () => {
        const rights = hooks.filter(({ kind }) => kind !== "Job");
        await cluster.admin(["delete", "-f", "-"], { stdin: rights.map(toDocument).join("") });
      });

      const job = z.object({ spec: z.object({ template: z.object({ spec: podSpec }) }) });
      const command = z.object({ command: z.tuple([z.literal("/nodejs/bin/node")], z.string()) });

      /** What the Job's container runs, here, with a token of this account. */
      async function runHook(user: string): Promise<Ran> {
        const [container] = only(hooks, "Job", job, "assaygate-uninstall").spec.template.spec.containers;
        const [, ...args] = command.parse(container).command;
        const token = join(cluster.folder, `${user}.token`);
        await writeFile(token, await cluster.admin(["-n", namespace, "create", "token", user]));
        await writeFile(join(cluster.folder, "ca.pem"), cluster.ca);
        const { hostname, port } = new URL(cluster.url);
        return run(process.execPath, args, {
          KUBERNETES_SERVICE_HOST: hostname,
          KUBERNETES_SERVICE_PORT: port,
          NAME: "assaygate",
          TOKEN_FILE: token,
          NODE_EXTRA_CA_CERTS: join(cluster.folder, "ca.pem"),
        });
      }

      it("runs before anything is removed, in a pod that PodSecurity restricted admits", async () => {
        for (const { metadata } of hooks) expect(metadata.annotations?.["helm.sh/hook"]).toBe("pre-delete");
        const stdin = hooks.map(toDocument).join("");
        expect(
          await cluster.kubectl(["apply", "--dry-run=server", "--warnings-as-errors", "-f", "-"], { stdin }),
        ).toMatchObject({
          status: 0,
        });
      });

      it("deletes the webhook configuration with its own account, and says so when it may not", async () => {
        const rights = hooks.filter(({ kind }) => kind !== "Job");
        await cluster.admin(["apply", "-f", "-"], { stdin: rights.map(toDocument).join("") });

        const refused = await runHook("assaygate");
        expect(refused).toMatchObject({ status: 1 });
        expect(refused.text).toContain("HTTP 403");

        expect(await runHook("assaygate-uninstall")).toMatchObject({ status: 0 });
        expect(await cluster.get("validatingwebhookconfiguration/assaygate")).toBeUndefined();
        expect(await runHook("assaygate-uninstall")).toMatchObject({ status: 0 });
      });
    });

    it("is removed by Helm, Leases and all, but for the custom resource definitions", async () => {
      const definitions = render().filter(({ kind }) => kind === "CustomResourceDefinition");
      expect(await helm("uninstall", "assaygate", "--no-hooks")).toMatchObject({ status: 0 });
      expect(await cluster.get("deployment/assaygate", namespace)).toBeUndefined();
      for (const { metadata } of definitions) expect(await cluster.get(`crd/${metadata.name}`)).toBeDefined();
      const kinds = (await cluster.admin(["api-resources", "--verbs=list,delete", "-o", "name"])).trim().split("\n");
      const apart = /^(?:customresourcedefinitions[.]|namespaces$|events)/;
      const listed = kinds.filter((kind) => !apart.test(kind)).join();
      const ours = ["-A", "-l", "app.kubernetes.io/part-of=assaygate", "--ignore-not-found", "-o", "name"];
      expect(await cluster.admin(["get", listed, ...ours])).toBe("");
      expect(await cluster.admin(["-n", namespace, "get", "leases,secrets", "-o", "name"])).toBe("");
    });
  });

  /** Asks for `resource[/subresource][.group][/name]`; the API server needs not know the resource. */
  async function allows(verb: string, target: string, where: string): Promise<boolean> {
    const [, resource, subresource, group, name] =
      /^([a-z]+)(?:[/](status)(?=[.]))?(?:[.]([a-z0-9.]+))?(?:[/](.+))?$/.exec(target) ?? [];
    const resourceAttributes = { verb, group, resource, subresource, name, namespace: where };
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: account, groups: ["system:serviceaccounts", "system:authenticated"], resourceAttributes },
    };
    const stdin = toDocument(review);
    const answer = await cluster.admin(["create", "-f", "-", "-o", "jsonpath={.status.allowed}"], { stdin });
    return answer === "true";
  }

  async function read(kind: string, name = "assaygate"): Promise<Manifest> {
    const [found] = manifestsIn(await cluster.admin(["-n", namespace, "get", `${kind}/${name}`, "-o", "yaml"]));
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  }
});

function toDocument(object: object): string {
  return `---\n${JSON.stringify(object)}\n`;
}
