import { describe, expect, it } from "@jest/globals";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { mergeKinds } from "../../../workload/kinds/kinds.ts";
import type { Workload } from "../../../policies/workload.ts";
import type { Json } from "../../support/builders/json.ts";
import { aContainer, anObject, read } from "../../support/builders/workload.ts";

const granite = "ibm-granite/granite-3.1-8b-instruct";
const hf = { modelFormat: { name: "huggingface" } };
const isvc = (predictor: Json, more: Json = {}) =>
  read(anObject("serving.kserve.io/v1beta1", "InferenceService", { predictor, ...more }));

const llm = (spec: Json) => read(anObject("serving.kserve.io/v1alpha2", "LLMInferenceService", spec));

const rayService = (serveConfigV2: string) =>
  read(anObject("ray.io/v1", "RayService", { serveConfigV2, rayClusterConfig: {} }));
const service = (serveConfigV2: string) => rayService(serveConfigV2).models;
const rayLlm = (config: string) =>
  service(`applications:\n- import_path: ray.serve.llm:build_openai_app\n  args:\n    llm_configs:\n    - ${config}\n`);

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

  it("a model that only the runtime knows is unreadable", () => {
    expect(isvc({ model: { ...hf, runtime: "my-runtime" } }).models).toEqual([
      expect.objectContaining({ field: "spec.predictor.model", unreadable: expect.stringContaining("runtime") }),
    ]);
  });

  it("further adapters may stand in a runtime or a base configuration, not in a custom container", () => {
    const hidden = ({ models }: Workload) => models.map((model) => model.hiddenAdapters);
    expect(hidden(isvc({ model: { ...hf, storageUri: "hf://acme/a" } }))).toEqual([expect.any(String)]);
    expect(hidden(isvc({ containers: [{ name: "kserve-container", args: ["--model", granite] }] }))).toEqual([
      undefined,
    ]);
    expect(hidden(llm({ baseRefs: [{ name: "base" }], model: { uri: "hf://acme/a" } }))).toEqual([expect.any(String)]);
    expect(hidden(llm({ model: { uri: "hf://acme/a" } }))).toEqual([undefined]);
  });

  it.each<[string, string, Json]>([
    ["a model", "--model acme/evil", { name: "acme/evil" }],
    ["adapters", "--lora-modules 'sql=acme/sql'", { name: "acme/a", adapters: ["acme/sql"] }],
    ["an expansion", "--max-model-len 1 $MORE", { unreadable: expect.any(String) }],
    ["a second command", "--max-model-len 1; vllm serve acme/evil", { unreadable: expect.any(String) }],
    ["a quote that is not closed", "--model 'acme/evil", { unreadable: expect.any(String) }],
  ])("additional arguments may name %s", (_what, value, model) => {
    const template = { containers: [{ name: "main", env: [{ name: "VLLM_ADDITIONAL_ARGS", value }] }] };
    expect(llm({ model: { uri: "hf://acme/a" }, template }).models).toContainEqual(expect.objectContaining(model));
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

describe("placeholders of KServe", () => {
  const withArgs = (args: string[], model: Json = { uri: "hf://acme/a", name: "chat" }) =>
    llm({ model, template: { containers: [{ name: "main", command: ["vllm", "serve"], args }] } }).models;

  it.each<[string, string[], (string | undefined)[]]>([
    ["the served name", ["/mnt/models", "--served-model-name", "{{ .Spec.Model.Name }}"], ["acme/a"]],
    ["a name as the model", ["{{.Spec.Model.Name}}"], ["acme/a", "chat"]],
    ["the URI as the model", ["{{ .Spec.Model.URI }}"], ["acme/a"]],
    ["the object's name", ["{{ .ObjectMeta.Name }}"], ["acme/a", "granite"]],
    ["the object's name, in short", ["{{.Name}}"], ["acme/a", "granite"]],
  ])("%s", (_what, args, names) => {
    const models = withArgs(args);
    expect(models.map(({ name }) => name)).toEqual(names);
    expect(models.map(({ unreadable }) => unreadable)).not.toContainEqual(expect.any(String));
  });

  it.each([
    ["one that is not known", "{{ .Spec.Other }}"],
    ["a function", "{{ ChildName .ObjectMeta.Name `-x` }}"],
    ["a condition", "{{ if .Spec.X }}acme/evil{{ end }}"],
    ["one that is not closed", "{{ .Spec.Model.Name"],
  ])("%s may be anything", (_what, text) => {
    expect(withArgs([text])).toContainEqual(expect.objectContaining({ unreadable: expect.any(String) }));
  });

  it("a value that is more than a name may be anything", () => {
    expect(
      withArgs(["{{ .Spec.Model.Name }}"], { uri: "hf://acme/a", name: 'x", "--model", "acme/evil' }),
    ).toContainEqual(expect.objectContaining({ unreadable: expect.any(String) }));
  });

  it("are counted, as many as there are", () => {
    const name = "a".repeat(60_000);
    const args = Array.from({ length: 10 }, () => "{{.Spec.Model.Name}}");
    const template = { containers: [{ name: "main", args }] };
    expect(llm({ model: { uri: "hf://a/b", name }, template }).tooLarge?.message).toContain("expanded");
  });
});

describe("Ray Serve", () => {
  it.each([
    ["broken YAML", "applications: ["],
    ["aliases", "a: &a [x]\nb: *a\napplications: []"],
    ["a config in a file", "applications:\n- args: {llm_configs: [./model.yaml]}"],
  ])("%s is unreadable", (_what, text) => {
    const models = service(text);
    expect(models).toHaveLength(1);
    expect(models[0]?.unreadable).toEqual(expect.any(String));
  });

  it.each([
    ["text", `# ${"x".repeat(300_000)}`],
    ["tags", "!a ".repeat(84_000)],
    [
      "models",
      `applications:\n- args:\n    llm_configs:\n${"    - {model_loading_config: {model_id: a}}\n".repeat(257)}`,
    ],
  ])("too many %s are too much to read", (_what, text) => {
    expect(rayService(text).tooLarge?.message).toMatch(/^more than [0-9]+ /);
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

  it.each([
    ["a model in engine_kwargs", "{model_loading_config: {model_id: acme/a}, engine_kwargs: {model: acme/evil}}"],
    [
      "variables of one model",
      "{model_loading_config: {model_id: acme/a}, runtime_env: {env_vars: {VLLM_MODEL_REDIRECT_PATH: /f}}}",
    ],
  ])("%s is unreadable", (_what, config) => {
    expect(rayLlm(config)[0]?.unreadable).toEqual(expect.any(String));
  });

  it.each([
    ["deployments: [{name: a, ray_actor_options: {runtime_env: {working_dir: 'https://evil.example/x.zip'}}}]", "{}"],
    ["deployments: [{name: a, ray_actor_options: {runtime_env: {env_vars: {PYTHONPATH: /x}}}}]", "{}"],
    ["deployments: [{name: a, ray_actor_options: [x]}]", "{}"],
    ["deployments: [{name: a, user_config: {model: acme/evil}}]", "{}"],
    ["deployments: [{name: a, request_router_config: {request_router_class: 'evil:Router'}}]", "{}"],
    ["deployments: [x]", "{}"],
    ["autoscaling_policy: {policy_function: 'evil:scale'}", "{}"],
    ["name: a", "{ray_actor_options: {runtime_env: {py_modules: ['https://evil.example/x.zip']}}}"],
    ["name: a", "{ray_actor_options: {runtime_env: {env_vars: {VLLM_MODEL_REDIRECT_PATH: /f}}}}"],
    ["name: a", "{autoscaling_config: {policy: {policy_function: 'evil:scale'}}}"],
    ["name: a", "{user_config: {model: acme/evil}}"],
    ["name: a", "{new_option: 1}"],
  ])("code or a model in a deployment's options is unreadable: %s, %s", (application, options) => {
    const config = `{model_loading_config: {model_id: acme/a}, deployment_config: ${options}}`;
    const text = `applications:\n- import_path: ray.serve.llm:build_openai_app\n  ${application}\n  args: {llm_configs: [${config}]}\n`;
    expect(service(text)[0]?.unreadable).toEqual(expect.any(String));
  });

  it.each([
    ["grpc_options: {grpc_servicer_functions: ['evil:add']}", {}],
    [
      "grpc_options: {port: 9000}",
      { ingress_deployment_config: { ray_actor_options: { runtime_env: { pip: ["evil"] } } } },
    ],
  ])("code that all of its applications share is unreadable: %s, %j", (top, more) => {
    const args = { llm_configs: [{ model_loading_config: { model_id: "acme/a" } }], ...more };
    const application = { import_path: "ray.serve.llm:build_openai_app", args };
    const text = `${top}\napplications: ${JSON.stringify([application])}\n`;
    expect(service(text)[0]?.unreadable).toEqual(expect.any(String));
  });

  it("options that only say how many run, and where, hide nothing", () => {
    const options =
      "{num_replicas: auto, max_ongoing_requests: 64, autoscaling_config: {min_replicas: 1, max_replicas: 2, initial_replicas: null}, " +
      "ray_actor_options: {num_cpus: 4, runtime_env: {env_vars: {HF_HUB_ENABLE_HF_TRANSFER: '1'}}}, " +
      "request_router_config: {request_router_class: ray.serve.llm.request_router.PrefixCacheAffinityRouter}}";
    const config = `{model_loading_config: {model_id: acme/a}, accelerator_config: {kind: gpu}, deployment_config: ${options}}`;
    const text =
      "proxy_location: EveryNode\nhttp_options: {port: 8000}\ngrpc_options: {port: 9000, grpc_servicer_functions: []}\n" +
      `applications:\n- {name: a, route_prefix: /, import_path: 'ray.serve.llm:build_openai_app', deployments: [{name: b, num_replicas: 1}], args: {llm_configs: [${config}]}}\n`;
    expect(service(text)).toEqual([expect.objectContaining({ name: "acme/a", unreadable: undefined })]);
  });

  it.each([
    ["is broken", "env_vars: ["],
    ["is no map", "[a]"],
    ["sets what is no text", "env_vars: {A: {b: c}}"],
  ])("a job's runtime environment that %s is unreadable", (_what, runtimeEnvYAML) => {
    const object = anObject("ray.io/v1", "RayJob", { entrypoint: `vllm serve ${granite}`, runtimeEnvYAML });
    expect(read(object).models).toContainEqual(
      expect.objectContaining({ unreadable: "spec.runtimeEnvYAML cannot be read" }),
    );
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
      { name: "ollama://gemma2", version: "2b" },
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

  it.each([
    ["in the variable of a general image", { repository: "nvcr.io/nim/nvidia/llm-nim", tag: "1.12" }],
    ["behind a mirror, too", { repository: "registry.acme/mirror/model-free-nim", tag: "3.0.0" }],
  ])("a NIM says what it loads %s", (_what, image) => {
    const nim = (env: Json[]) => read(anObject("apps.nvidia.com/v1alpha1", "NIMService", { image, env })).models;
    expect(nim([])).toEqual([expect.objectContaining({ unreadable: expect.stringContaining("NIM_MODEL_NAME") })]);
    expect(nim([{ name: "NIM_MODEL_PATH", value: "hf://acme/a" }])).toEqual([
      expect.objectContaining({ name: "acme/a", unreadable: undefined }),
    ]);
  });

  it("a sidecar of a VLLMRuntime may be a server, too", () => {
    const sidecarConfig = { command: ["vllm", "serve", "acme/evil"] };
    const object = anObject("production-stack.vllm.ai/v1alpha1", "VLLMRuntime", {
      model: { modelURL: "acme/a" },
      deploymentConfig: { sidecarConfig },
    });
    expect(read(object).models.map(({ name }) => name)).toEqual(["acme/a", "acme/evil"]);
  });

  it.each([
    ["in the catalogue, with its team", "acme/team/otter-7b", { name: "acme/team/otter-7b" }],
    ["in the catalogue, as a URI", "ngc://acme/team/otter-7b:1.2", { name: "acme/team/otter-7b", version: "1.2" }],
    ["on a volume", "/models/otter", { name: undefined }],
  ])("a NIM's model %s", (_what, value, model) => {
    const object = anObject("apps.nvidia.com/v1alpha1", "NIMService", {
      image: { repository: "nvcr.io/nim/nvidia/llm-nim", tag: "1.15" },
      env: [{ name: "NIM_MODEL_NAME", value }],
    });
    expect(read(object).models).toEqual([expect.objectContaining({ unreadable: undefined, ...model })]);
  });

  it("a model that KubeAI's arguments put in its place must be proved too", () => {
    const object = anObject("kubeai.org/v1", "Model", { url: "hf://acme/a", args: ["--model", "acme/evil"] });
    expect(read(object).models.map(({ name }) => name)).toEqual(["acme/a", "acme/evil"]);
  });

  it("a Rollout of another object's template has its hardware there", () => {
    const object = anObject("argoproj.io/v1alpha1", "Rollout", {
      workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" },
    });
    expect(read(object)).toMatchObject({
      models: [{ unreadable: expect.stringContaining("workloadRef") }],
      hardware: { accelerator: "unknown" },
    });
  });
});

describe("budget", () => {
  const many = <T>(one: T): T[] => Array.from({ length: 513 }, () => one);

  it.each<[string, Json]>([
    ["containers of a pod", anObject("apps/v1", "Deployment", { template: { spec: { containers: many({}) } } })],
    [
      "pods without containers",
      anObject("jobset.x-k8s.io/v1alpha2", "JobSet", {
        replicatedJobs: many({ template: { spec: { template: { spec: {} } } } }),
      }),
    ],
  ])("counts %s", (_what, object) => {
    expect(read(object).tooLarge?.message).toBe("more than 512 containers");
  });

  it("counts models of an object's own fields", () => {
    const storageUris = Array.from({ length: 129 }, (_, at) => ({ uri: `hf://acme/m${at}` }));
    expect(isvc({ storageUris }).tooLarge?.message).toBe("more than 128 models");
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

  it("walk maps, and read a container that stands in a field of its own", () => {
    const graph = mergeKinds(builtinKinds, [
      { group: "acme.example", kind: "Graph", podSpecs: ["spec.parts[*].podSpec"], containers: ["mainContainer"] },
    ]);
    const parts = {
      router: { podSpec: { mainContainer: { command: ["nginx"] } } },
      "odd key!": { podSpec: { mainContainer: { args: ["--model", "acme/a"] }, containers: [aContainer()] } },
    };
    const workload = read(anObject("acme.example/v1", "Graph", { parts }), { kinds: graph });
    expect(workload.models.map(({ container }) => container)).toEqual([
      'spec.parts["odd key!"#1].podSpec.mainContainer',
      'spec.parts["odd key!"#1].podSpec.containers[0]',
    ]);
    expect(workload.hardware.accelerator).toBe("none");
  });

  it("do not walk more of a map than the budget allows", () => {
    const graph = mergeKinds(builtinKinds, [{ group: "acme.example", kind: "Graph", podSpecs: ["spec.parts[*]"] }]);
    const parts = Object.fromEntries(Array.from({ length: 513 }, (_, at) => [`p${at}`, {}]));
    const { tooLarge } = read(anObject("acme.example/v1", "Graph", { parts }), { kinds: graph });
    expect(tooLarge?.message).toBe("more than 512 containers");
  });

  it("are refused with a malformed path", () => {
    expect(() => mergeKinds(builtinKinds, [{ group: "a", kind: "B", templates: ["spec..template"] }])).toThrow(
      "is not a path",
    );
  });
});
