import { describe, expect, it } from "@jest/globals";
import { builtinKinds } from "../../../webhook/admission/workload/builtin-kinds.ts";
import { mergeKinds } from "../../../webhook/admission/workload/kinds.ts";
import type { Workload } from "../../../policies/workload.ts";
import { anObject, type Json, read } from "../../support/workloads.ts";
import { examples } from "../../support/workload-examples.ts";

/** What an example must be read as: models by name, version, digest and adapters; hardware; paths of metadata. */
interface Facts {
  readonly models: readonly Json[];
  readonly hardware?: Partial<Workload["hardware"]>;
  readonly metadata?: readonly string[];
}

const granite = "ibm-granite/granite-3.1-8b-instruct";
const h100: Partial<Workload["hardware"]> = { accelerator: "requested", classes: ["nvidia-h100"] };
const templated = ["metadata", "spec.template.metadata"];

const expected: Record<string, Facts> = {
  Pod: {
    models: [{ name: granite, field: "spec.containers[0].args" }],
    hardware: { ...h100, field: "spec.nodeSelector[nvidia.com/gpu.product]" },
    metadata: ["metadata"],
  },
  ReplicationController: { models: [{ name: granite }], hardware: h100, metadata: templated },
  "ReplicaSet.apps": { models: [{ name: granite }], hardware: h100, metadata: templated },
  "Deployment.apps": { models: [{ name: granite, version: "main" }], hardware: h100, metadata: templated },
  "StatefulSet.apps": { models: [{ name: granite }], hardware: h100, metadata: templated },
  "DaemonSet.apps": { models: [{ name: granite }], hardware: h100, metadata: templated },
  "Job.batch": { models: [{ name: granite }], hardware: h100, metadata: templated },
  "CronJob.batch": {
    models: [{ name: granite }],
    hardware: h100,
    metadata: ["metadata", "spec.jobTemplate.spec.template.metadata"],
  },
  "LeaderWorkerSet.leaderworkerset.x-k8s.io": {
    models: [
      {
        name: "meta-llama/Llama-3.1-405B-Instruct",
        container: "spec.leaderWorkerTemplate.leaderTemplate.spec.containers[0]",
      },
    ],
    hardware: h100,
    metadata: ["metadata", "spec.leaderWorkerTemplate.leaderTemplate.metadata"],
  },
  "JobSet.jobset.x-k8s.io": {
    models: [{ name: granite, container: "spec.replicatedJobs[1].template.spec.template.spec.containers[0]" }],
    hardware: h100,
  },
  "Service.serving.knative.dev": { models: [{ name: granite }], hardware: h100, metadata: templated },
  "Rollout.argoproj.io": { models: [{ name: granite }], hardware: h100, metadata: templated },
  "RayCluster.ray.io": { models: [], hardware: { accelerator: "requested", classes: ["nvidia-h100"] } },
  "RayService.ray.io": {
    models: [
      { name: "Qwen/Qwen2.5-7B-Instruct", version: "r1", quantization: "awq", field: "spec.serveConfigV2" },
      { name: undefined, unreadable: undefined },
    ],
    hardware: { accelerator: "requested", classes: ["nvidia-l4"] },
  },
  "RayJob.ray.io": { models: [{ name: granite, field: "spec.entrypoint" }], hardware: h100 },
  "InferenceService.serving.kserve.io": {
    models: [
      {
        name: granite,
        version: "v2",
        quantization: "fp8",
        adapters: ["sql"],
        field: "spec.predictor.model.storageUri",
        container: "spec.predictor.model",
      },
    ],
    hardware: h100,
    metadata: ["metadata", "spec.predictor"],
  },
  "LLMInferenceService.serving.kserve.io": {
    models: [
      {
        name: "meta-llama/Llama-3.1-8B-Instruct",
        adapters: ["acme/sql-lora", "style"],
        field: "spec.model.uri",
        container: "spec.template.containers[0]",
      },
    ],
    hardware: h100,
    metadata: ["metadata", "spec", "spec.prefill"],
  },
  "Model.mlops.seldon.io": {
    models: [{ name: undefined, unreadable: undefined, field: "spec.storageUri" }],
    hardware: { accelerator: "unknown", classes: [] },
  },
  "NIMService.apps.nvidia.com": {
    models: [{ name: "nvcr.io/nim/meta/llama-3.1-8b-instruct", version: "1.3.3", field: "spec.image" }],
    hardware: { ...h100, field: "spec.nodeSelector[nvidia.com/gpu.product]" },
    metadata: ["metadata", "spec"],
  },
  "Model.kubeai.org": {
    models: [
      {
        name: "meta-llama/Llama-3.1-8B-Instruct",
        version: "a1",
        quantization: "fp8",
        adapters: ["acme/sql-lora"],
        field: "spec.url",
        container: "spec",
      },
    ],
    hardware: { accelerator: "unknown", classes: [] },
  },
  "VLLMRuntime.production-stack.vllm.ai": {
    models: [
      { name: "meta-llama/Llama-3.1-8B", version: "a1", field: "spec.model.modelURL", container: "spec.vllmConfig" },
    ],
    hardware: { accelerator: "requested", classes: ["nvidia-h100"] },
  },
};

const hf = { modelFormat: { name: "huggingface" } };
const isvc = (predictor: Json, more: Json = {}) =>
  read(anObject("serving.kserve.io/v1beta1", "InferenceService", { predictor, ...more }));

const llm = (spec: Json) => read(anObject("serving.kserve.io/v1alpha2", "LLMInferenceService", spec));

const service = (serveConfigV2: string) =>
  read(anObject("ray.io/v1", "RayService", { serveConfigV2, rayClusterConfig: {} })).models;
const rayLlm = (config: string) => service(`applications:\n- args:\n    llm_configs:\n    - ${config}\n`);

describe("every kind has a realistic example", () => {
  it("and an expectation", () => {
    expect(Object.keys(examples).toSorted()).toEqual([...builtinKinds.keys()].toSorted());
    expect(Object.keys(expected).toSorted()).toEqual([...builtinKinds.keys()].toSorted());
  });

  it.each(Object.entries(expected))("%s", (key, { models, hardware, metadata }) => {
    const workload = read(examples[key] ?? {});
    expect(workload.models).toHaveLength(models.length);
    models.forEach((model, at) => expect(workload.models[at]).toMatchObject({ unreadable: undefined, ...model }));
    if (hardware) expect(workload.hardware).toMatchObject(hardware);
    if (metadata) expect(workload.metadata.map(({ path }) => path)).toEqual(metadata);
  });
});

describe("KServe", () => {
  it.each<[string, Json, Json[]]>([
    [
      "a native OCI model",
      { model: { ...hf, storageUri: "oci+native://quay.io/acme/granite:3.1" } },
      [{ name: "quay.io/acme/granite", version: "3.1" }],
    ],
    ["a bucket is a place", { model: { ...hf, storageUri: "s3://models/granite" } }, [{ name: undefined }]],
    [
      "a secret-backed bucket is a place",
      { model: { ...hf, storage: { key: "k", path: "granite" } } },
      [{ name: undefined, field: "spec.predictor.model.storage" }],
    ],
    [
      "a model that arguments name",
      { model: { ...hf, args: [`--model_id=${granite}`, "--model_name=chat"] } },
      [{ name: granite, container: "spec.predictor.model" }],
    ],
    [
      "a model that only the runtime knows",
      { model: { ...hf, runtime: "my-runtime" } },
      [{ name: undefined, field: "spec.predictor.model" }],
    ],
    [
      "a legacy framework",
      { sklearn: { storageUri: "hf://acme/iris" } },
      [{ name: "acme/iris", field: "spec.predictor.sklearn.storageUri" }],
    ],
    [
      "several URIs",
      { storageUris: [{ uri: "hf://acme/a" }, { uri: "hf://acme/b", mountPath: "/b" }], model: hf },
      [{ name: "acme/a" }, { name: "acme/b" }],
    ],
    [
      "STORAGE_URI of a custom container",
      { containers: [{ name: "kserve-container", image: "x", env: [{ name: "STORAGE_URI", value: "hf://acme/a" }] }] },
      [{ name: "acme/a" }],
    ],
    [
      "a custom container's own server",
      { containers: [{ name: "kserve-container", args: ["--model", granite] }] },
      [{ name: granite }],
    ],
    [
      "a mounted path is the URI's model",
      { model: { ...hf, storageUri: "hf://acme/a", args: ["--model=/mnt/models"] } },
      [{ name: "acme/a" }],
    ],
    [
      "another hub id is another model",
      { model: { ...hf, storageUri: "hf://acme/a", args: ["--model=acme/b"] } },
      [{ name: "acme/a" }, { name: "acme/b" }],
    ],
  ])("%s", (_what, predictor, models) => {
    const found = isvc(predictor).models;
    expect(found).toHaveLength(models.length);
    models.forEach((model, at) => expect(found[at]).toMatchObject({ unreadable: undefined, ...model }));
  });

  it("a canary runs another model", () => {
    const canary = [{ predictor: { model: { ...hf, storageUri: "hf://acme/b" } }, trafficPercent: 10 }];
    expect(isvc({ model: { ...hf, storageUri: "hf://acme/a" } }, { canary }).models.map(({ name }) => name)).toEqual([
      "acme/a",
      "acme/b",
    ]);
  });

  it("a container's hazard concerns the URI's model", () => {
    const env = [{ name: "VLLM_ALLOW_RUNTIME_LORA_UPDATING", value: "true" }];
    expect(isvc({ model: { ...hf, storageUri: "hf://acme/a", env } }).models[0]?.unreadable).toEqual(
      expect.any(String),
    );
  });

  it("a runtime may bring an accelerator, a custom container may not", () => {
    expect(isvc({ model: hf }).hardware.accelerator).toBe("unknown");
    expect(isvc({ containers: [{ name: "kserve-container" }] }).hardware.accelerator).toBe("none");
  });

  it("a base configuration may bring the model", () => {
    expect(llm({ baseRefs: [{ name: "base" }] }).models[0]?.unreadable).toContain("baseRefs");
    expect(llm({ baseRefs: [{ name: "base" }], model: { uri: "hf://acme/a" } }).models[0]).toMatchObject({
      name: "acme/a",
      unreadable: undefined,
    });
  });
});

describe("Ray Serve", () => {
  it.each([
    ["broken YAML", "applications: ["],
    ["aliases", "a: &a [x]\nb: *a\napplications: []"],
    ["a config in a file", "applications:\n- args: {llm_configs: [./model.yaml]}"],
    ["too much text", `# ${"x".repeat(300_000)}`],
    [
      "too many models",
      `applications:\n- args:\n    llm_configs:\n${"    - {model_loading_config: {model_id: a}}\n".repeat(65)}`,
    ],
  ])("%s is unreadable", (_what, text) => {
    const models = service(text);
    expect(models).toHaveLength(1);
    expect(models[0]?.unreadable).toEqual(expect.any(String));
  });

  it.each<[string, string, Json]>([
    ["the id alone", "{model_loading_config: {model_id: acme/a}}", { name: "acme/a" }],
    ["the source, not the alias", "{model_loading_config: {model_id: chat, model_source: acme/a}}", { name: "acme/a" }],
    ["a bucket", "{model_loading_config: {model_id: chat, model_source: {bucket_uri: s3://b/a}}}", { name: undefined }],
  ])("%s", (_what, config, expectedModel) => {
    expect(rayLlm(config)).toEqual([expect.objectContaining({ unreadable: undefined, ...expectedModel })]);
  });

  it("runtime adapters are unreadable", () => {
    const [model] = rayLlm(
      "{model_loading_config: {model_id: acme/a}, lora_config: {dynamic_lora_loading_path: s3://b/l}}",
    );
    expect(model?.unreadable).toEqual(expect.any(String));
  });

  it("an application's variables name a model", () => {
    expect(service("applications:\n- runtime_env: {env_vars: {MODEL_ID: acme/a}}")[0]).toMatchObject({
      name: "acme/a",
    });
  });
});

describe("other operators", () => {
  it.each<[string, Json, Json]>([
    [
      "a NIM that is told its model",
      anObject("apps.nvidia.com/v1alpha1", "NIMService", {
        image: { repository: "nvcr.io/nim/nvidia/llm-nim", tag: "1.15" },
        env: [{ name: "NIM_MODEL_NAME", value: "hf://acme/a" }],
      }),
      { name: "acme/a", field: "spec.env[NIM_MODEL_NAME]" },
    ],
    [
      "a NIM by digest",
      anObject("apps.nvidia.com/v1alpha1", "NIMService", {
        image: { repository: "nvcr.io/nim/a", tag: `1@sha256:${"a".repeat(64)}` },
      }),
      { name: "nvcr.io/nim/a", digest: `sha256:${"a".repeat(64)}`, version: undefined },
    ],
    [
      "Ollama on KubeAI",
      anObject("kubeai.org/v1", "Model", { engine: "OLlama", url: "ollama://gemma2:2b" }),
      { name: "gemma2", version: "2b" },
    ],
  ])("%s", (_what, object, model) => {
    expect(read(object).models).toEqual([expect.objectContaining({ unreadable: undefined, ...model })]);
  });

  it.each<[string, Json]>([
    [
      "NIM adapters",
      anObject("apps.nvidia.com/v1alpha1", "NIMService", {
        image: { repository: "nvcr.io/nim/a", tag: "1" },
        env: [{ name: "NIM_PEFT_SOURCE", value: "/l" }],
      }),
    ],
    [
      "KubeAI patches",
      anObject("kubeai.org/v1", "Model", {
        url: "hf://acme/a",
        jsonPatches: [{ op: "add", path: "/spec/x", value: {} }],
      }),
    ],
    [
      "adapters of a VLLMRuntime",
      anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", { model: { modelURL: "acme/a", enableLoRA: true } }),
    ],
  ])("%s are unreadable", (_what, object) => {
    expect(read(object).models[0]?.unreadable).toEqual(expect.any(String));
  });

  it("a model that KubeAI's arguments put in its place must be proved too", () => {
    const object = anObject("kubeai.org/v1", "Model", { url: "hf://acme/a", args: ["--model", "acme/evil"] });
    expect(read(object).models.map(({ name }) => name)).toEqual(["acme/a", "acme/evil"]);
  });

  it("a Rollout of another object's template has its hardware there", () => {
    const object = anObject("argoproj.io/v1alpha1", "Rollout", {
      workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
    });
    expect(read(object)).toMatchObject({ models: [], hardware: { accelerator: "unknown" } });
  });
});

describe("kinds of the gate's config", () => {
  const kinds = mergeKinds(builtinKinds, [
    { group: "acme.example", kind: "Chat", templates: ["spec.parts[*].template"], models: ["spec.base.uri"] },
    { group: "acme.example", kind: "Remote", models: ["spec.models[*]"] },
  ]);

  it("hold pods and models where it says", () => {
    const template = {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", args: ["--model", "acme/b"] }] },
    };
    const workload = read(
      anObject("acme.example/v1", "Chat", { base: { uri: "hf://acme/a" }, parts: [{ template }] }),
      { kinds },
    );
    expect(workload.models.map(({ name, field }) => [name, field])).toEqual([
      ["acme/a", "spec.base.uri"],
      ["acme/b", "spec.parts[0].template.spec.containers[0].args"],
    ]);
    expect(workload.metadata.map(({ path }) => path)).toEqual(["metadata", "spec.parts[0].template.metadata"]);
    expect(workload.hardware.accelerator).toBe("none");
  });

  it("without pods have their hardware elsewhere", () => {
    const workload = read(anObject("acme.example/v1", "Remote", { models: ["acme/a", "acme/b"] }), { kinds });
    expect(workload.models).toHaveLength(2);
    expect(workload.hardware.accelerator).toBe("unknown");
  });

  it("are refused with a malformed path", () => {
    expect(() => mergeKinds(builtinKinds, [{ group: "a", kind: "B", templates: ["spec..template"] }])).toThrow(
      "is not a path",
    );
  });
});
