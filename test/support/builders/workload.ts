import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import type { KindTable } from "../../../workload/kinds/kinds.ts";
import { readWorkload, type WorkloadInput } from "../../../workload/read.ts";
import { getFields, getText } from "../../../workload/shape.ts";
import type { StringMap, Workload } from "../../../policies/workload.ts";
import { merge, type Json } from "./json.ts";

/** A Deployment of one vLLM server: the smallest that a policy would admit. `container` and `podSpec` change one thing. */
export function aDeployment(
  change: { container?: Json; podSpec?: Json; metadata?: Json; template?: Json; spec?: Json } = {},
): Json {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "granite", namespace: "prod-chat", ...change.metadata },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "granite" } },
      template: {
        metadata: { labels: { app: "granite" }, ...change.template },
        spec: { ...change.podSpec, containers: change.podSpec?.["containers"] ?? [aContainer(change.container)] },
      },
      ...change.spec,
    },
  };
}

/**
 * The same as strict policies would admit it, on H100 nodes and with a reference to its evaluation; `change` is merged into
 * it (RFC 7386).
 */
export function deployment(reference: string | undefined, change: Json = {}): Json {
  const evaluation = reference === undefined ? {} : { "assaygate.dev/evaluation": reference };
  const base = aDeployment({
    metadata: { annotations: { "assaygate.dev/model-version": "3.1.0", ...evaluation } },
    spec: { replicas: 2 },
    podSpec: { nodeSelector: { "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" } },
    container: {
      name: "vllm",
      args: ["--model", "ibm-granite/granite-3.1-8b-instruct", "--max-model-len", "8192"],
      resources: { limits: { "nvidia.com/gpu": "1" } },
    },
  });
  return merge(base, change) as Json;
}

/** The container of {@link aDeployment}. */
export function aContainer(change: Json = {}): Json {
  return {
    name: "server",
    image: "vllm/vllm-openai:v0.11.0",
    args: ["--model", "ibm-granite/granite-3.1-8b-instruct"],
    ...change,
  };
}

/** Any other object: apiVersion, kind, spec. */
export function anObject(apiVersion: string, kind: string, spec: unknown, metadata: Json = {}): Json {
  return { apiVersion, kind, metadata: { name: "granite", namespace: "prod-chat", ...metadata }, spec };
}

/** Labels of the namespace. */
export const productionLabels: StringMap = { "assaygate.dev/environment": "production" };

/** Reads an object as the gate does, taking group, version and kind from the object. */
export function read(object: Json, given: Partial<WorkloadInput> & { kinds?: KindTable } = {}): Workload {
  return readWorkload({ ...inputFor(object), ...given });
}

/** What the gate knows when it reads an object. */
export function inputFor(object: Json): WorkloadInput {
  const [group, version] = splitApiVersion(String(object["apiVersion"]));
  const metadata = getFields(object, "metadata", "") ?? {};
  const name = getText(metadata, "name", "metadata") ?? "";
  const namespace = getText(metadata, "namespace", "metadata") ?? "";
  return {
    object,
    group,
    version,
    kind: String(object["kind"]),
    namespace,
    name,
    namespaceLabels: productionLabels,
    kinds: builtinKinds,
  };
}

function splitApiVersion(apiVersion: string): [string, string] {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}
