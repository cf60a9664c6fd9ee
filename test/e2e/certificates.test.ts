import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse, stringify } from "yaml";
import { readBundle } from "../../certs/bundle.ts";
import { listServiceNames } from "../../certs/service-names.ts";
import { manifestOf, type ClusterClient } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { Collector, createProgram } from "../cli/program.ts";
import type { Json } from "../support/artifacts.ts";
import { startBalancer, type Balancer } from "./balancer.ts";
import { startLoad } from "./load.ts";
import { evidence, granite, policyFor, startGateWithEvidence } from "./scene.ts";

const service = "assaygate";
const secret = "assaygate-tls";
const lease = "assaygate-certificates";

/** What a gate with self-managed certificates needs, and nothing else. docs/install.md says the same. */
function rules(system: string, configuration: string): readonly object[] {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1" };
  const subjects = [{ kind: "ServiceAccount", name: service, namespace: system }];
  const bind = (kind: string, name: string): object => ({
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
    subjects,
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: service, namespace: system } },
    {
      ...role,
      kind: "Role",
      metadata: { name: service, namespace: system },
      rules: [
        { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
        { apiGroups: [""], resources: ["secrets"], resourceNames: [secret], verbs: ["get", "update"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [lease], verbs: ["get", "update"] },
      ],
    },
    { ...role, kind: "RoleBinding", metadata: { name: service, namespace: system }, ...bind("Role", service) },
    {
      ...role,
      kind: "ClusterRole",
      metadata: { name: configuration },
      rules: [
        {
          apiGroups: ["admissionregistration.k8s.io"],
          resources: ["validatingwebhookconfigurations"],
          resourceNames: [configuration],
          verbs: ["get", "patch"],
        },
      ],
    },
    { ...role, kind: "ClusterRoleBinding", metadata: { name: configuration }, ...bind("ClusterRole", configuration) },
  ];
}

/** A namespace for the gates and one for workloads, a Service that leads to the gates, and a webhook that has no caBundle yet. */
class Scene {
  readonly cluster = sharedCluster();
  readonly system = uniqueName("system");
  readonly namespace = uniqueName("prod");
  readonly configuration = uniqueName("assaygate");
  readonly gates: GateProcess[] = [];
  #balancer: Balancer | undefined;
  #kubeconfig = "";

  async prepare(): Promise<void> {
    const { cluster, system, namespace, configuration } = this;
    await cluster.createNamespace(system);
    await cluster.createNamespace(namespace);
    this.#balancer = await startBalancer();
    const { port } = this.#balancer;
    const webhook = {
      name: "gate.assaygate.dev",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      timeoutSeconds: 10,
      // The name in the certificate is the Service's, whatever address it leads to.
      clientConfig: { service: { name: service, namespace: system, port, path: "/validate" } },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
      rules: [{ apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"], operations: ["CREATE"] }],
    };
    const objects = [
      ...rules(system, configuration),
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: service, namespace: system },
        spec: { type: "ExternalName", externalName: "localhost", ports: [{ port }] },
      },
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingWebhookConfiguration",
        metadata: { name: configuration },
        webhooks: [webhook, { ...webhook, name: "second.assaygate.dev" }],
      },
    ];
    await cluster.admin(["create", "-f", "-"], { stdin: manifestOf(objects) });
    this.#kubeconfig = await this.#tokenKubeconfig();
  }

  async dispose(): Promise<void> {
    await this.cluster.admin(["delete", "validatingwebhookconfiguration", this.configuration, "--ignore-not-found"]);
    await Promise.all(this.gates.map((gate) => gate.kill()));
    await this.#balancer?.[Symbol.asyncDispose]();
  }

  /** As the gate's own pod would be: by the token of its service account. */
  async #tokenKubeconfig(): Promise<string> {
    const token = await this.cluster.admin(["create", "token", service, "-n", this.system, "--duration=1h"]);
    const config = parse(await readFile(this.cluster.kubeconfig, "utf8")) as Json;
    const file = join(await mkdtemp(join(tmpdir(), "assaygate-token-")), "kubeconfig");
    await writeFile(file, stringify({ ...config, users: [{ name: "test", user: { token: token.trim() } }] }));
    return file;
  }

  async startGate(times: Json = {}): Promise<GateProcess> {
    const gate = await startGateWithEvidence(
      { "policy.yaml": policyFor(this.namespace) },
      {
        tls: {
          selfManaged: {
            namespace: this.system,
            service,
            secret,
            lease,
            webhookConfigurations: [this.configuration],
            kubeconfig: this.#kubeconfig,
            intervalMs: 300,
            settleMs: 1_500,
            ...times,
          },
        },
      },
    );
    this.gates.push(gate);
    return gate;
  }

  route(...gates: readonly GateProcess[]): void {
    this.#balancer?.route(gates.map(({ url }) => url));
  }

  get port(): number {
    return this.#balancer?.port ?? 0;
  }

  /** The caBundles in force, PEM. */
  async bundles(): Promise<string[]> {
    const found = await this.cluster.get(`validatingwebhookconfiguration/${this.configuration}`);
    const { webhooks = [] } = (found ?? {}) as { webhooks?: { clientConfig: { caBundle?: string } }[] };
    return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? "", "base64").toString());
  }

  /** What the Secret holds. */
  async stored(): Promise<Readonly<Record<string, string>>> {
    const found = (await this.cluster.get(`secret/${secret}`, this.system)) as
      { data?: Record<string, string> } | undefined;
    const entries = Object.entries(found?.data ?? {});
    return Object.fromEntries(entries.map(([name, value]) => [name, Buffer.from(value, "base64").toString()]));
  }

  async leader(): Promise<string> {
    const found = await this.cluster.get(`lease/${lease}`, this.system);
    const holder = found?.spec?.["holderIdentity"];
    return typeof holder === "string" ? holder : "";
  }
}

/** What a gate says of itself. */
async function readyz({ healthUrl }: GateProcess): Promise<{ status: number; body: string }> {
  const response = await fetch(`${healthUrl}/readyz`);
  return { status: response.status, body: await response.text() };
}

const isPublished = async (scene: Scene): Promise<boolean> => {
  const bundles = await scene.bundles();
  const { "ca.crt": authority = "none" } = await scene.stored();
  return bundles.length === 2 && bundles.every((bundle) => bundle.includes(authority.trim()));
};

describeOnCluster("certificates from nothing, with two replicas", () => {
  let scene: Scene;
  let cluster: ClusterClient;

  beforeAll(async () => {
    scene = new Scene();
    cluster = scene.cluster;
    await scene.prepare();
    scene.route(...(await Promise.all([scene.startGate(), scene.startGate()])));
    await eventually("the authority is published", () => isPublished(scene));
  });
  afterAll(() => scene?.dispose());

  test("the API server trusts the gate by its Service's name: one rejected, one admitted", async () => {
    await eventually("the API server has the caBundle", async () => {
      const { stderr } = await cluster.apply([granite(scene.namespace, undefined, { metadata: { name: "probe" } })]);
      return stderr.includes("EVIDENCE_MISSING");
    });
    const rejected = await cluster.apply([granite(scene.namespace, undefined)]);
    expect(rejected.stderr).toMatch(/admission webhook "\w+\.assaygate\.dev" denied the request: .*EVIDENCE_MISSING/);
    const admitted = await cluster.apply([granite(scene.namespace, evidence.good)]);
    expect(admitted).toMatchObject({ status: 0, stdout: "deployment.apps/granite created\n" });
  });

  test("both replicas present the one certificate that is stored, which names the Service", async () => {
    const stored = new X509Certificate((await scene.stored())["tls.crt"] ?? "");
    const presented = await Promise.all(scene.gates.map(({ url }) => presentedAt(Number(new URL(url).port))));
    expect(presented).toEqual([stored.fingerprint256, stored.fingerprint256]);
    for (const name of listServiceNames(service, scene.system)) expect(stored.checkHost(name)).toBe(name);
  });

  test("a caBundle that somebody removes comes back", async () => {
    const path = "/webhooks/0/clientConfig/caBundle";
    const patch = JSON.stringify([{ op: "remove", path }]);
    const target = `validatingwebhookconfiguration/${scene.configuration}`;
    expect(await cluster.kubectl(["patch", target, "--type=json", "-p", patch])).toMatchObject({ status: 0 });
    await eventually("the caBundle is back", () => isPublished(scene));
  });

  test("a role that lacks a rule is told at /readyz in the API server's words, and the gate goes on", async () => {
    const target = ["clusterrolebinding", scene.configuration];
    const { apiVersion, kind, metadata, ...rest } = (await cluster.get(target.join("/"))) ?? { metadata: { name: "" } };
    await cluster.admin(["delete", ...target]);
    const told = /certificate problem: .*\(403\): .*validatingwebhookconfigurations\.\S* "\S+" is forbidden/;
    await eventually("somebody tells of it", async () => {
      const answers = await Promise.all(scene.gates.map(readyz));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      return answers.some(({ body }) => told.test(body));
    });
    const binding = { apiVersion, kind, metadata: { name: metadata.name }, ...rest };
    await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([binding]) });
    await eventually("nobody tells of it any more", async () =>
      (await Promise.all(scene.gates.map(readyz))).every(({ body }) => body === "ok\n"),
    );
  });

  test("when the leader is killed, the other one takes over within the lease's time and repairs what it finds", async () => {
    const before = await scene.leader();
    const logs = await Promise.all(scene.gates.map((gate) => gate.log()));
    const index = logs.findIndex((log) => log.some(({ msg }) => msg === "elected to look after the certificates"));
    const [leader] = scene.gates.splice(index, 1);
    const [survivor] = scene.gates;
    if (survivor === undefined) throw new Error("no gate is left");
    scene.route(survivor);
    const startMs = performance.now();
    await leader?.kill();
    await cluster.admin(["delete", "secret", secret, "-n", scene.system]);
    await eventually("another one leads", async () => ![before, ""].includes(await scene.leader()), {
      deadlineMs: 40_000,
    });
    // 15 s of silence, counted from when it was last seen to renew, and one more try.
    expect(performance.now() - startMs).toBeLessThan(25_000);
    await eventually(
      "a new Secret is published",
      async () => "tls.crt" in (await scene.stored()) && (await isPublished(scene)),
    );
    const { stderr } = await cluster.apply([granite(scene.namespace, undefined, { metadata: { name: "third" } })]);
    expect(stderr).toContain("EVIDENCE_MISSING");
  }, 90_000);

  test("`certs show` and `certs rotate` work on the Secret of a running gate", async () => {
    const program = await createProgram();
    const out = new Collector();
    const now = (): Date => new Date();
    const env = { KUBECONFIG: cluster.kubeconfig };
    const where = ["--secret", `${scene.system}/${secret}`];
    const shown = await program.runWith({ env, now }, "certs", "show", ...where, "--webhook", scene.configuration);
    expect(shown).toMatchObject({ code: 0, err: "" });
    const old = (await scene.stored())["ca.crt"];
    const rotated = await program.runWith({ env, now, out }, "certs", "rotate", ...where);
    expect(rotated.code).toBe(0);
    await eventually("the new authority signed what is stored", async () => {
      const { "ca.crt": authority = "", "tls.crt": leaf = "" } = await scene.stored();
      return authority !== old && new X509Certificate(leaf).verify(new X509Certificate(authority).publicKey);
    });
    const trusted = readBundle((await scene.bundles())[0] ?? "").entries.map(({ pem }) => pem);
    expect(trusted).toEqual(expect.arrayContaining([old?.trim(), (await scene.stored())["ca.crt"]?.trim()]));
    await program.remove();
  }, 60_000);

  test("`certs inject` sets the caBundle by hand", async () => {
    const program = await createProgram();
    const env = { KUBECONFIG: cluster.kubeconfig };
    for (const gate of scene.gates) await gate.stop();
    await program.run("certs", "make", "--dns", "gate.example.com", "--out", "c");
    const inject = ["certs", "inject", "--webhook", scene.configuration, "--ca", "c/ca-bundle.crt"];
    const first = await program.runWith({ env }, ...inject);
    expect(first).toMatchObject({ code: 0, out: `${scene.configuration}: caBundle set in 2 webhooks\n` });
    const made = await readFile(join(program.folder, "c", "ca.crt"), "utf8");
    expect(await scene.bundles()).toEqual([made, made]);
    expect((await program.runWith({ env }, ...inject)).out).toContain("unchanged");
    const none = await program.runWith({ env }, "certs", "inject", "--webhook", "no-such", "--ca", "c/ca.crt");
    expect(none).toMatchObject({ code: 2, err: "assaygate: there is no ValidatingWebhookConfiguration no-such\n" });
    await program.remove();
  });
});

describeOnCluster("certificates that rotate under load (T77)", () => {
  let scene: Scene;
  const day = 86_400;
  // Long enough for a busy machine to renew in time, short enough to see a whole life.
  const times = { validDays: 20 / day, renewBeforeDays: 10 / day, authorityValidDays: 45 / day };

  beforeAll(async () => {
    scene = new Scene();
    await scene.prepare();
    scene.route(...(await Promise.all([scene.startGate(times), scene.startGate(times)])));
    await eventually("the authority is published", () => isPublished(scene));
    await eventually("reviews arrive", async () => {
      const { stderr } = await scene.cluster.apply([granite(scene.namespace, undefined)]);
      return stderr.includes("EVIDENCE_MISSING");
    });
  });
  afterAll(() => scene?.dispose());

  test("serving certificate and authority are exchanged: no handshake and no review fails", async () => {
    const first = (await scene.stored())["ca.crt"] ?? "";
    const over = { yes: false };
    const failures: string[] = [];
    const leaves = new Set<string>();
    let handshakes = 0;
    let bundle = (await scene.bundles())[0] ?? "";
    const reviews = await startLoad(scene.cluster, scene.namespace, [granite(scene.namespace, undefined)], 1, {
      perSecond: 20,
    });
    const watching = untilOver(over, 50, async () => void (bundle = (await scene.bundles())[0] ?? ""));
    const shaking = untilOver(over, 20, async () => {
      // As a client that has not heard of the newest caBundle: what it goes by was read before the connection was made.
      const trusted = bundle;
      const result = await handshake(scene, trusted);
      handshakes += 1;
      if (result.startsWith("failed")) failures.push(`${new Date().toISOString()} ${result}`);
      else leaves.add(result);
    });
    try {
      await eventually(
        "the first authority is forgotten",
        async () => {
          const { "ca.crt": authority = "", "previous-ca.crt": previous } = await scene.stored();
          const known = [authority, previous, bundle].some((text) => text?.includes(first.trim()));
          return !known || failures.length > 20;
        },
        { deadlineMs: 110_000 },
      );
    } finally {
      over.yes = true;
      await Promise.all([watching, shaking, reviews.over()]);
    }
    const unjudged = reviews.answers.filter(({ body }) => !body.includes("EVIDENCE_MISSING"));
    expect([...failures, ...unjudged]).toEqual([]);
    expect(leaves.size).toBeGreaterThanOrEqual(3);
    expect([handshakes > 500, reviews.count() > 50]).toEqual([true, true]);
    expect(bundle).not.toContain(first.trim());
  }, 150_000);
});

/** Again and again, and leaves the processor to the others in between. */
async function untilOver(over: { readonly yes: boolean }, pauseMs: number, act: () => Promise<void>): Promise<void> {
  while (!over.yes) {
    await act();
    await pause(pauseMs);
  }
}

/** The fingerprint of what is presented at a port, trusted or not. */
function presentedAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** One new connection as the API server makes it; gives the fingerprint, or `failed` and why. */
function handshake({ port, system }: Scene, ca: string): Promise<string> {
  return new Promise((resolve) => {
    const servername = `${service}.${system}.svc`;
    const socket = connect({ host: "127.0.0.1", port, ca, servername }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "failed: no certificate");
      socket.destroy();
    });
    socket.on("error", (error) => resolve(`failed: ${error.message}`));
  });
}
