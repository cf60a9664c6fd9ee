import { anObject, deep, fill, fillMap, fillText, shapesOf, type Shape } from "./shape.ts";
import type { Json } from "../artifacts.ts";
import type { Kind } from "../../../workload/kinds/kinds.ts";

const inference = (predictor: unknown): Json =>
  anObject("serving.kserve.io/v1beta1", "InferenceService", { predictor });
const llm = (spec: unknown): Json => anObject("serving.kserve.io/v1alpha1", "LLMInferenceService", spec);
const rayService = (text: string): Json =>
  anObject("ray.io/v1", "RayService", { serveConfigV2: text, rayClusterConfig: {} });
const rayJob = (spec: unknown): Json => anObject("ray.io/v1", "RayJob", spec);
/** Below the limit on embedded text, so that it is read and not only measured. */
const limitBytes = 63 * 1024;
const yaml =
  (make: (at: number) => string, before = "", after = "") =>
  (bytes: number): Json =>
    rayService(before + fillText(Math.min(bytes, limitBytes) - before.length - after.length, make) + after);

/** Fields of other operators' objects, and text within them. */
export const kindShapes = shapesOf("kind", {
  "YAML of tags, unbounded": (bytes) => rayService(fillText(bytes, () => "!a ")),
  "YAML of tags": yaml(() => "!a "),
  "YAML, nested lists": yaml(() => "["),
  "YAML, nested maps": yaml(() => "{a: "),
  "YAML, dashes": yaml(() => "- "),
  "YAML, indented": (bytes) =>
    rayService(fillText(Math.min(bytes, limitBytes / 8), (at) => `${" ".repeat(Math.min(at, 300))}a:\n`)),
  "YAML, anchors": yaml((at) => `a${at}: &a${at} [x]\n`),
  "YAML, aliases that double": yaml((at) => `a${at}: &a${at} [*a${at - 1}, *a${at - 1}]\n`, "a: &a-1 [x]\n"),
  "YAML, keys": yaml((at) => `a${at}: 1\n`),
  "YAML, one key many times": yaml(() => "a: 1\n"),
  "YAML, merges": yaml((at) => `a${at}: {<<: {a: 1}}\n`),
  "YAML, quotes": yaml(() => `'a' `),
  "YAML, double quotes with escapes": yaml(() => String.raw`\n\x41`, 'a: "', '"'),
  "YAML, block text": yaml(() => "  a\n", "a: |\n"),
  "YAML, folded text": yaml(() => "  a\n\n", "a: >\n"),
  "YAML, plain over many lines": yaml(() => "  a\n", "a: b\n"),
  "YAML, comments": yaml(() => "#a\n"),
  "YAML, documents": yaml(() => "---\n"),
  "YAML, numbers": yaml(() => "1_0,", "a: [", "]"),
  "YAML, question marks": yaml(() => "? "),
  "YAML, spaces": yaml(() => " "),
  "YAML, carriage returns": yaml(() => "a: 1\r\n"),
  "JSON in serveConfigV2": (bytes) =>
    rayService(JSON.stringify({ applications: fill(Math.min(bytes, 30_000), () => ({})) })),
  applications: yaml(
    (at) => `- args: {llm_configs: [{model_loading_config: {model_id: m${at}}}]}\n`,
    "applications:\n",
  ),
  "RayJob, runtimeEnvYAML": (bytes) =>
    rayJob({
      entrypoint: "vllm serve m",
      runtimeEnvYAML: `env_vars:\n${fillText(Math.min(bytes, limitBytes - 12), (at) => `  A${at}: "x"\n`)}`,
    }),
  "RayJob, entrypoint": (bytes) => rayJob({ entrypoint: fillText(Math.min(bytes, 95 * 1024), () => "$(a) ") }),
  "RayCluster, groups": (bytes) =>
    anObject("ray.io/v1", "RayCluster", {
      workerGroupSpecs: fill(bytes, (at) => ({ template: { spec: { containers: [{ name: `c${at}` }] } } })),
    }),
  "JobSet, jobs": (bytes) =>
    anObject("jobset.x-k8s.io/v1alpha2", "JobSet", {
      replicatedJobs: fill(bytes, (at) => ({
        template: { spec: { template: { metadata: { labels: { a: `${at}` } }, spec: { containers: [] } } } },
      })),
    }),
  "JobSet, jobs with evidence": (bytes) =>
    anObject("jobset.x-k8s.io/v1alpha2", "JobSet", {
      replicatedJobs: fill(bytes, (at) => ({
        template: {
          spec: { template: { metadata: { annotations: { "assaygate.dev/evaluation": `quay.io/a/b@sha256:${at}` } } } },
        },
      })),
    }),
  "JobSet, empty jobs": (bytes) =>
    anObject("jobset.x-k8s.io/v1alpha2", "JobSet", { replicatedJobs: fill(bytes, () => ({})) }),
  "InferenceService, storageUris and containers": (bytes) =>
    inference({
      storageUris: fill(bytes / 2, (at) => ({ uri: `hf://acme/m${at}` })),
      containers: fill(bytes / 2, (at) => ({ name: `c${at}` })),
    }),
  "InferenceService, as many of both as may be": (bytes) =>
    inference({
      storageUris: fill(Math.min(bytes / 2, 120 * 24), (at) => ({ uri: `hf://acme/m${at}` })),
      containers: fill(Math.min(bytes / 2, 480 * 60), (at) => ({ name: `c${at}`, args: ["--model", `/mnt/${at}`] })),
    }),
  "InferenceService, canaries": (bytes) =>
    anObject("serving.kserve.io/v1beta1", "InferenceService", {
      canary: fill(bytes, (at) => ({ predictor: { model: { storageUri: `hf://acme/m${at}` } } })),
    }),
  "InferenceService, STORAGE_URI many times": (bytes) =>
    inference({
      containers: [{ name: "c", env: fill(bytes, (at) => ({ name: "STORAGE_URI", value: `hf://a/${at}` })) }],
    }),
  "InferenceService, huge storageUri": (bytes) =>
    inference({ model: { storageUri: `s3://${fillText(bytes, () => "a/..")}` } }),
  "LLMInferenceService, adapters": (bytes) =>
    llm({
      model: { uri: "hf://a/m", lora: { adapters: fill(bytes, (at) => ({ name: `a${at}`, uri: `hf://a/${at}` })) } },
    }),
  "LLMInferenceService, adapters within adapters": (bytes) => llm({ model: withAdapters(4, bytes / 4) }),
  "LLMInferenceService, deep adapters": (bytes) => llm({ model: deep("adapters", bytes) }),
  "LLMInferenceService, baseRefs": (bytes) => llm({ baseRefs: fill(bytes, (at) => ({ name: `b${at}` })) }),
  "KubeAI, adapters": (bytes) =>
    anObject("kubeai.org/v1", "Model", {
      url: "hf://a/m",
      adapters: fill(bytes, (at) => ({ name: `a${at}`, url: `hf://a/${at}` })),
    }),
  "KubeAI, args and a map of variables": (bytes) =>
    anObject("kubeai.org/v1", "Model", {
      url: "hf://a/m",
      args: fill(bytes / 2, (at) => `--a${at}=b`),
      env: fillMap(
        bytes / 2,
        (at) => `A${at}`,
        (at) => `v${at}`,
      ),
    }),
  "KubeAI, jsonPatches": (bytes) =>
    anObject("kubeai.org/v1", "Model", { url: "hf://a/m", jsonPatches: fill(bytes, (at) => ({ path: `/${at}` })) }),
  "ModelBooster, deep values": (bytes) =>
    anObject("workload.serving.volcano.sh/v1alpha1", "ModelBooster", {
      backend: { modelURI: "hf://a/m", workers: [{ image: "i", config: { overrides: deep("maps", bytes) } }] },
    }),
  "ModelBooster, many deep values": (bytes) =>
    anObject("workload.serving.volcano.sh/v1alpha1", "ModelBooster", {
      backend: {
        modelURI: "hf://a/m",
        workers: [
          {
            image: "i",
            config: fillMap(
              bytes / 700,
              (at) => `f${at}`,
              () => deep("maps", 18_000),
            ),
          },
        ],
      },
    }),
  "NIMService, image": (bytes) =>
    anObject("apps.nvidia.com/v1alpha1", "NIMService", {
      image: { repository: fillText(bytes / 2, () => "a/"), tag: fillText(bytes / 2, () => "b:") },
    }),
  "VLLMRuntime, extraArgs": (bytes) =>
    anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", {
      model: { modelURL: "a/m" },
      vllmConfig: { extraArgs: fill(bytes, (at) => `--x${at}`) },
    }),
  "VLLMRuntime, nodeSelectorTerms": (bytes) =>
    anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", {
      model: { modelURL: "a/m" },
      deploymentConfig: {
        nodeSelectorTerms: fill(bytes, (at) => ({
          matchExpressions: [{ key: `k${at}`, operator: "In", values: ["a"] }],
        })),
      },
    }),
  "Seldon, huge storageUri": (bytes) =>
    anObject("mlops.seldon.io/v1alpha1", "Model", { storageUri: `gs://${fillText(bytes, () => "a@:")}` }),
});

/** Pods with many containers, in every place where a kind has pods. */
export function everyKind(kinds: Iterable<Kind>): Shape[] {
  return [...kinds].map((kind) => ({
    name: `kind: ${kind.kind}.${kind.group}, containers everywhere`,
    make: (bytes) => ({ object: ofKind(kind, bytes) }),
  }));
}

function withAdapters(depth: number, bytes: number): Json {
  if (depth === 0) return { uri: "hf://a/m" };
  const adapters = fill(bytes, (at) => (at === 0 ? { name: "first" } : { name: `a${at}` }));
  return { uri: "hf://a/m", lora: { adapters: [withAdapters(depth - 1, bytes), ...adapters] } };
}

function ofKind(kind: Kind, bytes: number): Json {
  const object = anObject(kind.group === "" ? "v1" : `${kind.group}/v1`, kind.kind, {});
  const templates = kind.templates.filter(({ steps }) => steps.length > 0);
  const places = templates.length + kind.podSpecs.length + (templates.length < kind.templates.length ? 1 : 0);
  const spec = (): Json => ({
    containers: fill(bytes / Math.max(places, 1), (at) => ({ name: `c${at}`, args: [`--model=acme/m${at}`] })),
  });
  if (templates.length < kind.templates.length) Object.assign(object, { spec: spec() });
  for (const { text } of templates) put(object, text.split("."), { spec: spec() });
  for (const { path } of kind.podSpecs) put(object, path.text.split("."), spec());
  return object;
}

function put(parent: Record<string, unknown>, [step = "", ...rest]: readonly string[], value: Json): void {
  const key = step.replace("[*]", "");
  const isList = step.endsWith("[*]");
  const found = parent[key] as Record<string, unknown> | Record<string, unknown>[] | undefined;
  const child = (Array.isArray(found) ? found[0] : found) ?? {};
  parent[key] = isList ? [child] : child;
  if (rest.length === 0) Object.assign(child, value);
  else put(child, rest, value);
}
