import { describe, expect, it } from "@jest/globals";
import { withValue } from "../../support/with-value.ts";
import { goldenWorkloads } from "../../support/workload-examples.ts";
import type { Json } from "../../support/builders/json.ts";
import { read } from "../../support/builders/workload.ts";

function example(name: string) {
  const object = goldenWorkloads.get(name);
  if (object === undefined) throw new Error(`no golden workload ${name}`);
  return object;
}

describe("a field that may change what is loaded, and that is not understood, makes a model unknown", () => {
  it.each<[string, string, unknown]>([
    [
      "InferenceService.serving.kserve.io",
      "spec.predictor.model.volumeMounts",
      [{ name: "v", mountPath: "/mnt/models/adapters" }],
    ],
    ["Model.kubeai.org", "spec.files", [{ path: "/x", content: "x" }]],
    [
      "RayService.ray.io",
      "spec.rayClusterConfig.headGroupSpec.rayStartParams",
      { "num-cpus": "0; vllm serve mallory/stoat" },
    ],
    [
      "RayService.ray.io",
      "spec.rayClusterConfig.headGroupSpec.rayStartParams",
      { "num-cpus": { toString: "no function" } },
    ],
    [
      "RayService.ray.io",
      "spec.serveConfigV2",
      "applications: [{name: a, import_path: 'ray.serve.llm:build_openai_app', runtime_env: {env_vars: {A: {toString: x}}}, args: {llm_configs: [{model_loading_config: {model_id: a/b}}]}}]",
    ],
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_FT_MODEL", value: "/w" }]],
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_CUSTOM_MODEL", value: "/w" }]],
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_PASSTHROUGH_ARGS", value: "--model /w" }]],
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_SOMETHING_NEW", value: "1" }]],
    ["NIMPipeline.apps.nvidia.com", "spec.services.0.spec.env", [{ name: "NIM_FT_MODEL", value: "/w" }]],
    ["NIMPipeline.apps.nvidia.com", "spec.services.1.dependencies.0.envName", "NIM_MODEL_NAME"],
    ["NIMPipeline.apps.nvidia.com", "spec.services.1.dependencies.0.envName", "HF_ENDPOINT"],
    ["DynamoGraphDeployment.nvidia.com--services", "spec.services.decode.checkpoint", { enabled: true }],
    ["DynamoGraphDeployment.nvidia.com", "spec.components.1.experimental", { checkpoint: { enabled: true } }],
    ["Workspace.kaito.sh", "inference.config", "arguments"],
    ["Workspace.kaito.sh", "inference.preset.presetOptions", { image: "registry.acme.example/private:1" }],
    ["Workspace.kaito.sh", "inference.preset.accessMode", "private"],
    ["Workspace.kaito.sh", "metadata.annotations.kaito|sh/use-local-weights", "true"],
    ["Workspace.kaito.sh", "metadata.annotations.inference|kaito|sh/static-model-mirror", "true"],
    ["InferenceSet.kaito.sh", "spec.template.metadata", { annotations: { "kaito.sh/use-local-weights": "true" } }],
    ["InferenceSet.kaito.sh", "spec.template.inference.config", "arguments"],
    ["RAGEngine.kaito.sh", "spec.embedding.local.image", "registry.acme.example/embedding:1"],
    ["RoleBasedGroup.workloads.x-k8s.io", "spec.roles.1.leaderWorkerPattern.workerTemplatePatch", { spec: {} }],
    ["RoleBasedGroup.workloads.x-k8s.io", "spec.roles.1.engineRuntimes", [{ profileName: "p" }]],
    ["RoleBasedGroup.workloads.x-k8s.io", "spec.roles.0.standalonePattern.templateRef", { name: "t", patch: { a: 1 } }],
    ["ModelServing.workload.serving.volcano.sh", "spec.plugins", [{ name: "demo-pod-tweaks", type: "BuiltIn" }]],
    ["ModelBooster.workload.serving.volcano.sh", "spec.backend.workers.0.config", ["--model", "acme/evil"]],
    ["SeldonDeployment.machinelearning.seldon.io", "spec.predictors.0.graph.children.0.parameters", []],
    ["Model.mlops.seldon.io", "spec.llm", { modelRef: "llama" }],
    ["Model.mlops.seldon.io", "spec.preloaded", true],
    ["Model.mlops.seldon.io", "spec.parameters", [{ name: "model_uri", value: "gs://m/evil" }]],
    ["LLMInferenceService.serving.kserve.io", "spec.storageInitializer", { enabled: false }],
    ["RayService.ray.io", "spec.serveConfigV2", "applications: !a []"],
  ])("%s: %s", (name, path, value) => {
    expect(read(example(name)).models.map(({ unreadable }) => unreadable)).not.toContainEqual(expect.any(String));
    expect(read(withValue(example(name), path, value)).models).toContainEqual(
      expect.objectContaining({ unreadable: expect.any(String) }),
    );
  });

  it.each<[string, string, unknown]>([
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_LOG_LEVEL", value: "INFO" }]],
    ["NIMService.apps.nvidia.com", "spec.env", [{ name: "NIM_MAX_MODEL_LEN", value: "8192" }]],
    ["NIMPipeline.apps.nvidia.com", "spec.services.1.dependencies.0.envName", "LLM_ENDPOINT"],
    ["Workspace.kaito.sh", "metadata.annotations.kaito|sh/runtime", "vllm"],
    ["RoleBasedGroup.workloads.x-k8s.io", "spec.roles.1.leaderWorkerPattern.workerTemplatePatch", {}],
    ["LLMInferenceService.serving.kserve.io", "spec.storageInitializer", { enabled: true }],
  ])("%s: %s may be what it is", (name, path, value) => {
    expect(read(withValue(example(name), path, value)).models).toEqual(read(example(name)).models);
  });

  it.each([
    ["ModelAdapter.model.aibrix.ai"],
    ["Playground.inference.llmaz.io"],
    ["Service.inference.llmaz.io"],
    ["InferenceService.ome.io"],
    ["TrainJob.trainer.kubeflow.org"],
    ["BentoDeployment.serving.yatai.ai"],
  ])("%s: another object says what is loaded", (name) => {
    expect(read(example(name)).models).toContainEqual(expect.objectContaining({ unreadable: expect.any(String) }));
  });

  it("a graph that is too deep is not followed", () => {
    let graph: object = { name: "deep", implementation: "SKLEARN_SERVER", modelUri: "gs://m/evil" };
    for (let depth = 0; depth < 40; depth += 1) graph = { name: "unit", children: [graph] };
    const name = "SeldonDeployment.machinelearning.seldon.io";
    expect(read(withValue(example(name), "spec.predictors.0.graph", graph)).models).toContainEqual(
      expect.objectContaining({ unreadable: "the graph is too deep to follow" }),
    );
  });
});

describe("a container that another field describes is read", () => {
  const evil = { command: ["vllm", "serve", "acme/evil"] };
  const named = { name: "evil", ...evil };
  it.each<[string, string, unknown]>([
    ["NIMService.apps.nvidia.com", "spec.sidecarContainers", [named]],
    ["NIMService.apps.nvidia.com", "spec.initContainers", [named]],
    ["NIMPipeline.apps.nvidia.com", "spec.services.1.spec.sidecarContainers.0", named],
    ["LLMInferenceService.serving.kserve.io", "spec.router.scheduler.template", { containers: [named] }],
    ["DynamoGraphDeployment.nvidia.com--services", "spec.services.Frontend.extraPodSpec.containers", [named]],
    ["DynamoGraphDeployment.nvidia.com--services", "spec.services.Frontend.extraPodSpec.initContainers", [named]],
    ["DynamoGraphDeployment.nvidia.com--services", "spec.services.decode.frontendSidecar", evil],
    ["DynamoGraphDeployment.nvidia.com", "spec.components.0.podTemplate.spec.initContainers", [named]],
    [
      "DynamoGraphDeployment.nvidia.com",
      "spec.components.1.roles",
      [{ name: "worker", podTemplate: { spec: { containers: [named] } } }],
    ],
    ["Workspace.kaito.sh--template", "inference.template.spec.initContainers", [named]],
    ["RoleBasedGroup.workloads.x-k8s.io", "spec.roleTemplates", [{ template: { spec: { containers: [named] } } }]],
    [
      "RoleBasedGroup.workloads.x-k8s.io",
      "spec.roles.0.customComponentsPattern",
      { components: [{ template: { spec: { containers: [named] } } }] },
    ],
    ["Service.inference.llmaz.io", "spec.workloadTemplate.leaderTemplate", { spec: { containers: [named] } }],
    ["InferenceService.ome.io", "spec.decoder", { worker: { runner: evil } }],
    ["InferenceService.ome.io", "spec.engine.containers", [named]],
    ["TrainJob.trainer.kubeflow.org", "spec.trainer.command", evil.command],
    ["SeldonDeployment.machinelearning.seldon.io", "spec.predictors.0.explainer", { containerSpec: evil }],
    ["BentoDeployment.serving.yatai.ai", "spec.extraPodSpec", { containers: [named] }],
    ["BentoDeployment.serving.yatai.ai", "spec.runners.0.extraPodSpec.containers", [named]],
    ["VLLMRuntime.production-stack.vllm.ai", "spec.deploymentConfig.sidecarConfig", evil],
  ])("%s: %s", (name, path, value) => {
    const names = (object: Json) => read(object).models.map((model) => model.name);
    expect(names(example(name))).not.toContain("acme/evil");
    expect(names(withValue(example(name), path, value))).toContain("acme/evil");
  });

  it("with the variables that all services share", () => {
    const name = "DynamoGraphDeployment.nvidia.com--services";
    const object = withValue(example(name), "spec.envs.0.value", "acme/evil");
    expect(read(object).models.map((model) => model.name)).toEqual(["acme/evil"]);
    const own = withValue(object, "spec.services.decode.envs", [{ name: "MODEL", value: "acme/other" }]);
    expect(read(own).models.map((model) => model.name)).toEqual(["acme/other"]);
  });

  it("with the variables that all components share", () => {
    const name = "DynamoGraphDeployment.nvidia.com";
    const shared = withValue(example(name), "spec.env", [{ name: "MODEL", value: "acme/evil" }]);
    const object = withValue(shared, "spec.components.1.podTemplate.spec.containers.0.args", ["--model", "$(MODEL)"]);
    expect(read(object).models.map((model) => model.name)).toEqual(["acme/evil"]);
  });
});

describe("an annotation that KServe fetches a model for", () => {
  const key = "internal|serving|kserve|io/storage-initializer-sourceuri";
  it.each([
    ["Pod", `metadata.annotations.${key}`],
    ["Deployment.apps", `spec.template.metadata.annotations.${key}`],
    ["InferenceService.serving.kserve.io", `spec.predictor.annotations.${key}`],
  ])("%s: its model must be proved, too", (name, path) => {
    const before = read(example(name)).models;
    const { models } = read(withValue(example(name), path, "hf://acme/other"));
    expect(models).toHaveLength(before.length + 1);
    expect(models).toContainEqual(expect.objectContaining({ name: "acme/other" }));
  });

  it("tells no container's model", () => {
    const object = withValue(
      withValue(example("Pod"), "spec.containers", [{ name: "c", args: ["--model", "/mnt/models"] }]),
      `metadata.annotations.${key}`,
      "hf://acme/good",
    );
    expect(read(object).models.map((model) => model.name)).toEqual(["acme/good", undefined]);
  });
});
