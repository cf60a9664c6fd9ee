import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import * as z from "zod";
import { generated } from "../../scripts/generated.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { configSchema } from "../../config/config.ts";
import { describeWith } from "../support/components.ts";
import { chart, helm, kubeVersions, lint, manifestsIn, only, render, template, type Manifest } from "./chart.ts";
import { choices } from "./choices.ts";
import { restrictedViolations } from "./pod-security.ts";
import { configMap, deployment, role, secret, service, webhooks } from "./shapes.ts";

/** What tests read of a container's variables. */
const environment = z.object({ env: z.array(z.object({ name: z.string(), value: z.string().optional() })) });
const digest = `sha256:${"a".repeat(64)}`;

describeWith(["helm"], "the Helm chart", () => {
  describe.each(Object.entries(choices))("%s", (_, values) => {
    it("passes lint", () => expect(lint(...values)).toMatchObject({ status: 0 }));

    it.each(kubeVersions)("is rendered for Kubernetes %s", (version) => {
      const { status, text } = template(values, version);
      expect({ status, text: status === 0 ? "" : text }).toEqual({ status: 0, text: "" });
      expect(manifestsIn(text)).not.toHaveLength(0);
    });

    it("has no object twice, and labels on each", () => {
      const manifests = render(...values);
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(names).toEqual([...new Set(names)]);
      for (const { kind, metadata } of manifests)
        expect({ kind, part: metadata.labels?.["app.kubernetes.io/part-of"] }).toEqual({ kind, part: "assaygate" });
    });

    it("has pods that PodSecurity restricted admits, with a root file system that cannot be written", () => {
      const { template: pod } = only(render(...values), "Deployment", deployment).spec;
      expect(restrictedViolations(pod.spec)).toEqual([]);
      expect(pod.spec.containers.map((each) => each.securityContext.readOnlyRootFilesystem)).toEqual([true]);
    });

    it("has a configuration that the gate takes", () => {
      const { data } = only(render(...values), "ConfigMap", configMap);
      expect(configSchema.safeParse(parse(data["config.yaml"] ?? "")).error?.issues ?? []).toEqual([]);
    });

    it("asks for no more rights than it has a reason for", () => expect(excessiveRules(render(...values))).toEqual([]));
  });

  it.each([
    ["an unknown value", ["replica=3"], "replica"],
    ["no replica", ["replicas=0"], "replicas"],
    ["a mode that is none", ["certificates.mode=magic"], "mode"],
    ["a digest that is none", ["image.digest=latest"], "digest"],
    ["a timeout above the API server's", ["webhooks.gate.timeoutSeconds=31"], "timeoutSeconds"],
    ["judging kube-system", ["webhooks.excludedNamespaces=[]"], "excludedNamespaces"],
    [
      "a setting of the gate that it does not have",
      ['config={"noMtach":"Deny"}'],
      "additional properties 'noMtach' not",
    ],
    ["a proxy with a login", ["https_proxy=http://u:p@proxy:3128"], "https_proxy"],
    ["a proxy with a path", ["http_proxy=http://proxy:3128/x"], "http_proxy"],
    ["an empty key of the authorities", ["registry.caBundle.key="], "key"],
    ["a proxy of the gate with a login", ["config.proxy.https=http://u:p@proxy:3128"], "config/proxy/https"],
    ["a page that is none", ["config.explainUrl=wiki"], "explainUrl"],
    ["an audit that never ends", ["audit.enabled=true", "config.audit.objectsPerSecond=0"], "objectsPerSecond"],
    ["an audit without a pause", ["audit.enabled=true", "config.audit.intervalMs=10"], "intervalMs"],
    ["an audit that is no flag", ["audit.enabled=sometimes"], "/audit/enabled"],
    ["Events that are no flag", ["events.enabled=few"], "/events/enabled"],
    ["a setting of the gate that is wrong", ["config.noMatch=Maybe"], "value must be one of 'Admit', 'Deny'"],
    ["a setting in a list that is wrong", ['config={"registries":[{"url":"https://a"}]}'], "missing property 'host'"],
    ["a port that nothing can follow", ["config.listen.port=0"], "config.listen.port: 0 takes any free port"],
    ["one port for two", ["config.health.port=8443"], "give them different numbers"],
    [
      "an address that nothing reaches",
      ["config.health.host=127.0.0.1"],
      "config.health.host: nothing outside the pod",
    ],
    ["a Service's port that is none", ["service.port=70000"], "/service/port"],
    ["a type of Service that is none", ["service.type=ExternalName"], "/service/type"],
    ["a family that is none", ['service.ipFamilies=["IPv5"]'], "/service/ipFamilies/0"],
    ["a probe's unknown key", ['readinessProbe={"httpGet":{}}'], "additional properties 'httpGet' not allowed"],
    ["a probe that never asks", ["livenessProbe.periodSeconds=0"], "/livenessProbe/periodSeconds"],
    ["a strategy that is none", ["updateStrategy.type=Slowly"], "/updateStrategy/type"],
    ["a share that is none", ["updateStrategy.rollingUpdate.maxSurge=half"], "/updateStrategy/rollingUpdate/maxSurge"],
    ["an id that is none", ["podSecurityContext.runAsUser=nobody"], "/podSecurityContext/runAsUser"],
    ["a flag that is none", ["containerSecurityContext.readOnlyRootFilesystem=often"], "/readOnlyRootFilesystem"],
    ["a DNS policy that is none", ["dnsPolicy=Fast"], "/dnsPolicy"],
    ["arguments that are no list", ["extraArgs=--verbose"], "/extraArgs"],
    ["variables that are no list", ['extraEnvFrom={"a":"b"}'], "/extraEnvFrom"],
    ["containers that are no list", ["extraContainers=a"], "/extraContainers"],
    ["objects that are no list", ["extraObjects=a"], "/extraObjects"],
    ["labels that are no text", ['commonLabels={"a":1}'], "/commonLabels/a"],
    ["a name that is none", ["namespaceOverride=Not A Name"], "/namespaceOverride"],
    ["fewer replicas at most than at least", ['autoscaling={"enabled":true,"maxReplicas":1}'], "give at least as many"],
    ["an account that is not made and not named", ["serviceAccount.create=false"], "serviceAccount.name is needed"],
    ["less time to end than reviews need", ["terminationGracePeriodSeconds=10"], "reviews under way need 30"],
    [
      "more heap than the memory limit has room for",
      ["maxHeapMiB=600"],
      "maxHeapMiB: 600 MiB of heap leave too little",
    ],
    ["a heap that is too small", ["maxHeapMiB=63"], "/maxHeapMiB"],
    ["a memory limit that is too small", ["resources.limits.memory=95Mi"], "give at least 96Mi"],
    ["a memory limit that is none", ["resources.limits.memory=768MB"], "768MB is not a quantity"],
    ["a memory limit with two units", ["resources.limits.memory=1e3Mi"], "1e3Mi is not a quantity"],
    [
      "more heap than a limit in thousandths has room for",
      ["resources.limits.memory=201326592000m", "maxHeapMiB=512"],
      "give at most 128",
    ],
    ["an interval that is none", ["metrics.serviceMonitor.interval=often"], "/metrics/serviceMonitor/interval"],
    ["a pull secret without a name", ["global.imagePullSecrets=[{}]"], "/global/imagePullSecrets/0"],
    ["a registry that is none", ["image.registry=a@b"], "/image/registry"],
    [
      "mode secret without its name",
      ["certificates.mode=secret", "certificates.secret.caBundle=Y2E="],
      "certificates.secret.name is needed",
    ],
    [
      "mode secret without an authority",
      ["certificates.mode=secret", "certificates.secret.name=mine"],
      "certificates.secret.caBundle is needed",
    ],
  ])("refuses %s", (_, values, word) => {
    const { status, text } = template(values);
    expect(status).not.toBe(0);
    expect(text).toContain(word);
  });

  it("refuses a Kubernetes that is too old", () => expect(template([], "1.29.0").text).toContain("kubeVersion"));

  it.each([
    [[], "ghcr.io/assaygate/assaygate:0.1.0"],
    [["image.registry=localhost:5000"], "localhost:5000/assaygate/assaygate:0.1.0"],
    [["image.registry=own", "global.imageRegistry=all"], "own/assaygate/assaygate:0.1.0"],
    [["global.imageRegistry=all", "image.repository=acme/gate"], "all/acme/gate:0.1.0"],
    [["image.tag=1.2.3"], "ghcr.io/assaygate/assaygate:1.2.3"],
    [["image.tag=1.2.3", `image.digest=${digest}`], `ghcr.io/assaygate/assaygate@${digest}`],
  ])("with %j it runs %s", (values, image) => {
    const { template: pod } = only(render(...values), "Deployment", deployment).spec;
    expect(pod.spec.containers.map((container) => container.image)).toEqual([image]);
  });

  describe("the Deployment", () => {
    const { spec } = only(render(), "Deployment", deployment);

    it("replaces a pod only when the next is ready", () => {
      expect(spec).toMatchObject({
        replicas: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      });
    });

    it("is probed on the health port, for what each probe is about", () => {
      const [container] = spec.template.spec.containers;
      expect(container).toMatchObject({
        startupProbe: { httpGet: { path: "/livez", port: "health" } },
        livenessProbe: { httpGet: { path: "/livez", port: "health" } },
        readinessProbe: { httpGet: { path: "/readyz", port: "health" } },
        ports: [
          { name: "webhook", containerPort: 8443 },
          { name: "health", containerPort: 8080 },
        ],
      });
    });

    it("has ports, targets and scrapes that follow the configuration", () => {
      const manifests = render(...(choices["other ports"] ?? []), "service.port=8443");
      const pod = only(manifests, "Deployment", deployment).spec.template;
      expect(pod.spec.containers[0]?.ports.map(({ name, containerPort }) => [name, containerPort])).toEqual([
        ["webhook", 9443],
        ["health", 9080],
        ["metrics", 9090],
      ]);
      expect(pod.metadata.annotations).toMatchObject({ "prometheus.io/port": "9090" });
      expect(JSON.stringify(only(manifests, "PodMonitor", z.looseObject({})))).toContain('"port":"metrics"');
      expect(JSON.stringify(only(manifests, "NetworkPolicy", z.looseObject({})))).toContain('"port":"metrics"');
      const [gate] = only(manifests, "ValidatingWebhookConfiguration", webhooks).webhooks;
      expect(gate?.clientConfig).toMatchObject({ service: { port: 8443 } });
    });

    it.each([
      ["on OpenShift, whatever makes the certificate", [], ["--api-versions", "security.openshift.io/v1"]],
      ["with certificates of OpenShift", ["certificates.mode=openshift"], []],
      ["where they are null", ["podSecurityContext.runAsUser=null"], []],
    ])("leaves out its user id %s", (_, values, more) => {
      const found = only(manifestsIn(template(values, undefined, more).text), "Deployment", deployment);
      expect(found.spec.template.spec.securityContext).toMatchObject({ runAsNonRoot: true });
      expect(found.spec.template.spec.securityContext.runAsUser).toBeUndefined();
    });

    it("leaves the number of replicas to the autoscaler where there is one", () => {
      const found = render("autoscaling.enabled=true").find(({ kind }) => kind === "Deployment");
      expect(found?.["spec"]).not.toHaveProperty("replicas");
    });

    it.each([
      [[], 5 + 5 + 10],
      [['config={"drainMs":12001}', "webhooks.gate.timeoutSeconds=30", "preStopSeconds=9"], 9 + 13 + 30],
    ])("with %j it has more than %d seconds to end", (values, seconds) => {
      const { template: pod } = only(render(...values), "Deployment", deployment).spec;
      expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds);
    });

    it.each([
      [[], 512],
      [["resources.limits.memory=384Mi"], 256],
      [["resources.limits.memory=1.5Gi"], 1024],
      [["resources.limits.memory=600M"], 381],
      [['resources={"limits":{"memory":805306368}}'], 512],
      [['resources={"limits":{"memory":"201326592000m"}}'], 128],
      [['resources={"limits":{"memory":"201326592e0"}}'], 128],
      [['resources={"limits":{"memory":"0.2e9"}}'], 127],
      [['resources={"limits":{"memory":"+192Mi"}}'], 128],
      [['resources={"limits":{"memory":"0.001Ti"}}'], 699],
      [["resources.limits=null"], 512],
      [["maxHeapMiB=576"], 576],
    ])("with %j Node's heap is at most %d MiB, which fits the memory limit", (values, heapMiB) => {
      const { env } = environment.parse(
        only(render(...values), "Deployment", deployment).spec.template.spec.containers[0],
      );
      const options = env.find(({ name }) => name === "NODE_OPTIONS");
      expect(options?.value).toBe(`--max-old-space-size=${heapMiB}`);
    });

    it("is made anew when the configuration changes, and not when policies do", () => {
      const checksum = (...values: string[]): string | undefined =>
        only(render(...values), "Deployment", deployment).spec.template.metadata.annotations["checksum/config"];
      expect(checksum('config={"noMatch":"Deny"}')).not.toBe(checksum());
      const files = (text: string): string => `policies.files={"a.yaml":"${text}"}`;
      expect(checksum(files("a"))).toBe(checksum(files("b")));
    });

    // The scheduler ignores, for every soft constraint, the nodes that lack the label of any one of them.
    it("spreads over nodes by a constraint of its own, and over zones besides", () => {
      const pod = spec.template.spec;
      expect(pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey)).toEqual(["kubernetes.io/hostname"]);
      const [preferred] = pod.affinity?.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      expect(preferred?.podAffinityTerm.topologyKey).toBe("topology.kubernetes.io/zone");
    });
  });

  it("lets nodes be drained, even of a gate that is not ready", () => {
    const shape = z.object({ spec: z.object({ maxUnavailable: z.number(), unhealthyPodEvictionPolicy: z.string() }) });
    expect(only(render(), "PodDisruptionBudget", shape).spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    });
  });

  describe("the webhook configuration", () => {
    const named = (name: string, ...values: string[]): z.output<typeof webhooks>["webhooks"][number] => {
      const found = only(render(...values), "ValidatingWebhookConfiguration", webhooks).webhooks.find(
        (each) => each.name === name,
      );
      if (found === undefined) throw new Error(`no webhook ${name}`);
      return found;
    };

    it("sends every kind that the gate reads, for CREATE and UPDATE, and nothing else", () => {
      const { rules } = named("gate.assaygate.dev");
      const listed = rules.flatMap(({ apiGroups, resources }) =>
        apiGroups.flatMap((group) => resources.map((resource) => `${resource}.${group}`)),
      );
      const known = [...builtinKinds.values()].map(({ group, kind }) => `${kind.toLowerCase()}s.${group}`);
      expect(listed.toSorted()).toEqual([...known, "pods/ephemeralcontainers."].toSorted());
      for (const { operations, apiVersions } of rules)
        expect({ operations, apiVersions }).toEqual({ operations: ["CREATE", "UPDATE"], apiVersions: ["*"] });
    });

    // The first policy has to pass while no gate is ready; a bad one is refused when it is loaded.
    it.each([
      ["gate.assaygate.dev", "Fail", "NoneOnDryRun"],
      ["policy.assaygate.dev", "Ignore", "None"],
      ["guard.assaygate.dev", "Fail", "None"],
    ])(
      "%s: %s, no side effects of a dry run, and reads nothing that requesters write",
      (name, failurePolicy, sideEffects) => {
        const webhook = named(name);
        expect(webhook).toMatchObject({
          admissionReviewVersions: ["v1"],
          failurePolicy,
          matchPolicy: "Equivalent",
          sideEffects,
        });
        expect(webhook.timeoutSeconds).toBeLessThanOrEqual(10);
        expect(Object.keys(webhook)).not.toContain("objectSelector");
        expect(Object.keys(webhook).includes("matchConditions")).toBe(name === "guard.assaygate.dev");
      },
    );

    it("has no side effects at all without Events", () => {
      expect(named("gate.assaygate.dev", "events.enabled=false")).toMatchObject({ sideEffects: "None" });
    });

    it("asks the guard about requests that touch a guarded label, whichever way they take", () => {
      const guard = named("guard.assaygate.dev");
      expect(guard.rules.flatMap(({ resources }) => resources)).toEqual([
        "namespaces",
        "namespaces/status",
        "namespaces/finalize",
      ]);
      const conditions = (...values: string[]): string =>
        JSON.stringify(z.looseObject({}).parse(named("guard.assaygate.dev", ...values))["matchConditions"]);
      expect(conditions()).toContain(String.raw`[\"assaygate.dev/environment\",\"assaygate.dev/exclude\"].exists(`);
      expect(conditions('config.guard.labels=["tier"]')).toContain(String.raw`[\"tier\"].exists(`);
      expect(conditions('config.guard.labels=["*/tier"]')).toBeUndefined();
    });

    it.each([
      [[], ["kube-system", "kube-public", "kube-node-lease", "assaygate-system"]],
      [
        ["certificates.mode=certManager"],
        ["kube-system", "kube-public", "kube-node-lease", "assaygate-system", "cert-manager"],
      ],
      [['webhooks.excludedNamespaces=["kube-system","cni"]'], ["kube-system", "cni", "assaygate-system"]],
      [
        [
          'webhooks.gate.namespaceSelector={"matchLabels":{"a":"b"},"matchExpressions":[{"key":"c","operator":"Exists"}]}',
        ],
        ["kube-system", "kube-public", "kube-node-lease", "assaygate-system"],
      ],
    ])("with %j it never asks about %j", (values, names) => {
      for (const webhook of ["gate.assaygate.dev", "guard.assaygate.dev"]) {
        expect(named(webhook, ...values).namespaceSelector?.matchExpressions?.[0]).toEqual({
          key: "kubernetes.io/metadata.name",
          operator: "NotIn",
          values: names,
        });
      }
    });

    it("never stands in the way of deleting policies", () => {
      expect(named("policy.assaygate.dev").rules.flatMap(({ operations }) => operations)).toEqual(["CREATE", "UPDATE"]);
    });

    it.each(["selfManaged", "certManager", "openshift"])("in mode %s leaves the authority to others", (mode) => {
      const { clientConfig } = named("gate.assaygate.dev", `certificates.mode=${mode}`);
      expect(clientConfig).toEqual({
        service: { namespace: "assaygate-system", name: "assaygate", path: "/validate", port: 443 },
      });
    });

    it("leads to the Service's port for reviews", () => {
      expect(only(render(), "Service", service).spec.ports).toContainEqual(
        expect.objectContaining({ port: 443, targetPort: "webhook" }),
      );
    });

    it.each([
      ["certManager", { "cert-manager.io/inject-ca-from": "assaygate-system/assaygate" }],
      ["openshift", { "service.beta.openshift.io/inject-cabundle": "true" }],
    ])("in mode %s says who puts the authority there", (mode, annotations) => {
      const found = only(render(`certificates.mode=${mode}`), "ValidatingWebhookConfiguration", webhooks);
      expect(found.metadata.annotations).toEqual({ ...annotations, "admissions.enforcer/disabled": "true" });
    });
  });

  it("makes the gate's Secret without data, so that no upgrade takes the certificate away", () => {
    const found = only(render(), "Secret", secret, "assaygate-tls");
    expect([found.data, found.stringData]).toEqual([undefined, undefined]);
  });

  it("keeps the custom resource definitions when it is removed", () => {
    const definitions = render().filter(({ kind }) => kind === "CustomResourceDefinition");
    const made = Object.keys(generated).filter((path) => path.startsWith("deploy/crds/"));
    expect(definitions.map(({ metadata }) => `deploy/crds/${metadata.name}.yaml`).toSorted()).toEqual(made.toSorted());
    for (const { metadata } of definitions) expect(metadata.annotations).toEqual({ "helm.sh/resource-policy": "keep" });
  });

  it.each([
    [[], ["assaygate", "assaygate-certificates"]],
    [["audit.enabled=true"], ["assaygate", "assaygate-certificates", "assaygate-audit"]],
  ])("with %j makes the gate's Leases %j, so that they go with it", (values, leases) => {
    const names = render(...values).flatMap(({ kind, metadata }) => (kind === "Lease" ? [metadata.name] : []));
    expect(names).toEqual(leases);
    const own = only(render(...values), "Role", role);
    expect(
      own.rules.flatMap(({ resources, resourceNames }) => (resources.includes("leases") ? resourceNames : [])),
    ).toEqual(leases);
  });

  describe("the rights of the gate in the cluster", () => {
    const rightsOn = (group: string, ...values: string[]): string[] =>
      only(render(...values), "ClusterRole", role, "assaygate").rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.includes(group) ? resources.map((resource) => `${resource}: ${verbs.join()}`) : [],
      );

    it("are to write Events, unless there are none", () => {
      expect(rightsOn("events.k8s.io")).toEqual(["events: create,patch"]);
      expect(rightsOn("events.k8s.io", "events.enabled=false")).toEqual([]);
      expect(rightsOn("events.k8s.io", "config.cluster.events=false")).toEqual([]);
    });

    it("are none on workloads or reports without an audit", () => {
      expect(["apps", "batch", "openreports.io", "wgpolicyk8s.io"].flatMap((group) => rightsOn(group))).toEqual([]);
    });

    it.each([["audit.enabled=true"], ['config={"audit":{}}']])(
      "with %s are to list what it judges, and to report",
      (value) => {
        const groups = [...new Set([...builtinKinds.values()].map(({ group }) => group))];
        const listed = groups
          .flatMap((group) => rightsOn(group, value))
          .filter((right) => !/^(?:namespaces|events)/.test(right));
        expect(listed).toHaveLength(builtinKinds.size);
        expect(listed.filter((right) => !right.endsWith(": list"))).toEqual([]);
        expect(rightsOn("openreports.io", value)).toEqual(["reports: get,create,patch"]);
        expect(rightsOn("wgpolicyk8s.io", value)).toEqual(["policyreports: get,create,patch"]);
      },
    );

    it("are to write no reports where there are none, and to list kinds that the configuration adds", () => {
      const rules =
        '[{"apiGroups":["acme.example"],"resources":["chats","chats/scale"],"apiVersions":["*"],"operations":["CREATE"]}]';
      const values = ["audit.enabled=true", 'config={"audit":{"reports":false}}', `webhooks.gate.extraRules=${rules}`];
      expect(rightsOn("openreports.io", ...values)).toEqual([]);
      expect(rightsOn("acme.example", ...values)).toEqual(["chats: list"]);
    });

    it("are for the audit of the namespaces that the webhook does not leave out", () => {
      const { data } = only(
        render("audit.enabled=true", 'webhooks.excludedNamespaces=["kube-system","cni"]'),
        "ConfigMap",
        configMap,
      );
      const { audit } = configSchema.parse(parse(data["config.yaml"] ?? ""));
      expect(audit?.excludedNamespaces).toEqual(["kube-system", "cni", "assaygate-system"]);
    });
  });

  it("never renders the uninstall hook where Helm does not talk to a cluster", () => {
    const { status, text } = helm("template", "assaygate", chart, "--kube-version", kubeVersions[1]);
    expect({ status, hooks: text.match(/helm[.]sh\/hook/g) }).toEqual({ status: 0, hooks: null });
  });

  it("gives policy writers no place in the roles edit and admin", () => {
    const editor = only(render(), "ClusterRole", role, "assaygate-policy-editor");
    expect(Object.keys(editor.metadata.labels).filter((label) => label.includes("aggregate-to"))).toEqual([]);
  });
});

/** Rules that reach further than the gate's duties; each would need a very good reason. */
function excessiveRules(manifests: readonly Manifest[]): unknown[] {
  const roles = manifests
    .filter(({ kind }) => kind === "ClusterRole" || kind === "Role")
    .map((each) => role.parse(each));
  return roles.flatMap(({ kind, metadata, rules }) =>
    rules.filter(({ apiGroups, resources, verbs, resourceNames = [] }) => {
      const isNamed = resourceNames.length > 0;
      const writes = verbs.some((verb) => !["get", "list", "watch"].includes(verb));
      const isOurs = apiGroups.every((group) => group === "assaygate.dev");
      const isEditor = metadata.name === "assaygate-policy-editor";
      return (
        [...apiGroups, ...resources, ...verbs].some((word) => word.includes("*")) ||
        verbs.some((verb) => ["escalate", "bind", "impersonate", "deletecollection"].includes(verb)) ||
        (resources.includes("secrets") && !(kind === "Role" && isNamed && !verbs.includes("list"))) ||
        (writes &&
          !isNamed &&
          !tells(apiGroups, resources, verbs) &&
          !(isOurs && (isEditor || resources.every((one) => one.endsWith("/status")))))
      );
    }),
  );
}

/** Events and reports: what the gate says of objects, in objects of their own. It reads no Event, and deletes nothing. */
function tells(apiGroups: readonly string[], resources: readonly string[], verbs: readonly string[]): boolean {
  const rights: Readonly<Record<string, readonly string[]>> = {
    "events.k8s.io/events": ["create", "patch"],
    "openreports.io/reports": ["get", "create", "patch"],
    "wgpolicyk8s.io/policyreports": ["get", "create", "patch"],
  };
  const allowed = rights[`${apiGroups.join()}/${resources.join()}`] ?? [];
  return verbs.every((verb) => allowed.includes(verb));
}
