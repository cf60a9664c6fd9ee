import { startHostileCluster, type HostileCluster } from "./hostile-cluster.ts";
import { merge, type Json } from "./builders/json.ts";

const served: readonly { group: string; version: string; kind: string; name: string }[] = [
  { group: "", version: "v1", kind: "Pod", name: "pods" },
  { group: "", version: "v1", kind: "ReplicationController", name: "replicationcontrollers" },
  { group: "apps", version: "v1", kind: "Deployment", name: "deployments" },
  { group: "apps", version: "v1", kind: "ReplicaSet", name: "replicasets" },
  { group: "apps", version: "v1", kind: "StatefulSet", name: "statefulsets" },
  { group: "batch", version: "v1", kind: "Job", name: "jobs" },
  { group: "serving.kserve.io", version: "v1beta1", kind: "InferenceService", name: "inferenceservices" },
  { group: "assaygate.dev", version: "v1alpha1", kind: "EvaluationPolicy", name: "evaluationpolicies" },
  { group: "assaygate.dev", version: "v1alpha1", kind: "EvaluationException", name: "evaluationexceptions" },
];

/** Where webhook configurations lie. */
export const webhookConfigurations = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/** A cluster of workloads, policies and namespaces: what an audit asks of an API server, with its discovery. */
export interface WorkloadCluster extends HostileCluster {
  /** Puts an object where its kind lies. */
  add(...objects: readonly Json[]): void;
}

/** A cluster with the namespace `prod-chat`, which is in production, and these objects. Their names are unique. */
export async function startWorkloadCluster(...objects: readonly Json[]): Promise<WorkloadCluster> {
  const cluster = await startHostileCluster();
  const groups = [...new Set(served.map(({ group }) => group))].filter((group) => group !== "");
  const describe = (group: string) => {
    const { version = "" } = served.find((one) => one.group === group) ?? {};
    return { name: group, versions: [{ version }], preferredVersion: { version } };
  };
  cluster.put("", { metadata: { name: "apis" }, groups: groups.map(describe) });
  for (const group of ["", ...groups]) {
    const { version = "" } = served.find((one) => one.group === group) ?? {};
    const resources = served
      .filter((one) => one.group === group)
      .map(({ kind, name }) => ({ name, kind, namespaced: group !== "assaygate.dev", verbs: ["get", "list"] }));
    cluster.put(group === "" ? "/api" : `/apis/${group}`, { metadata: { name: version }, resources });
  }
  for (const { group, version, name } of served) {
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    // A list of nothing is a list.
    for (const path of [`${base}/${name}`, `${base}/namespaces/prod-chat/${name}`]) {
      cluster.put(path, { metadata: { name: "x" } });
      cluster.remove(path, "x");
    }
  }
  cluster.put(webhookConfigurations, { metadata: { name: "x" } });
  cluster.remove(webhookConfigurations, "x");
  const labels = { "assaygate.dev/environment": "production" };
  cluster.put("/api/v1/namespaces", { metadata: { name: "prod-chat", labels } });
  const add = (...more: readonly Json[]): void => more.forEach((object) => put(cluster, object));
  add(...objects);
  return Object.assign(cluster, { add });
}

function put(cluster: HostileCluster, object: Json): void {
  const { apiVersion, kind, metadata } = object as { apiVersion: string; kind: string; metadata: Json };
  const one = served.find((known) => known.kind === kind);
  if (one === undefined) throw new Error(`no such kind here: ${kind}`);
  const base = one.group === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  cluster.put(`${base}/${one.name}`, object);
  const namespace = metadata["namespace"];
  if (typeof namespace === "string") cluster.put(`${base}/namespaces/${namespace}/${one.name}`, object);
}

/** What a controller makes of an object with a pod template: its replica set, or its pod. */
export function madeFor(owner: Json, apiVersion: string, kind: string, name: string, change: Json = {}): Json {
  const { metadata, spec } = owner as { metadata: Json; spec: Json };
  const template = spec["template"] as Json;
  const of = {
    apiVersion: owner["apiVersion"],
    kind: owner["kind"],
    name: metadata["name"],
    uid: `uid-${String(metadata["name"])}`,
  };
  const ownerReferences = [{ ...of, controller: true }];
  const { labels } = template["metadata"] as Json;
  const about = { name, namespace: metadata["namespace"], uid: `uid-${name}`, labels, ownerReferences };
  const body = kind === "Pod" ? { spec: podOf(template) } : { spec: { replicas: 1, template } };
  return merge({ apiVersion, kind, metadata: about, ...body }, change) as Json;
}

/** With what the API server adds to each pod. */
function podOf(template: Json): Json {
  const spec = template["spec"] as Json;
  const mount = {
    name: "kube-api-access-x",
    mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
    readOnly: true,
  };
  const containers = (spec["containers"] as Json[]).map((one) => ({ ...one, volumeMounts: [mount] }));
  const volumes = [{ name: "kube-api-access-x", projected: { sources: [] } }];
  return { ...spec, containers, volumes, nodeName: "gpu-1", serviceAccountName: "default" };
}
