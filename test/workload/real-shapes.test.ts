import { describe, expect, it } from "@jest/globals";
import type { RunningModel } from "../../policies/workload.ts";
import type { Json } from "../support/builders/json.ts";
import { aDeployment, anObject, read } from "../support/builders/workload.ts";

/*
 * Shapes that manifests of public repositories have and that were read wrongly, or not at all though a person can. Each is
 * reduced to the few fields that it is about, with names of our own.
 */

const otter = "acme/otter-7b";
const gpu = { limits: { "nvidia.com/gpu": "1" } };

function modelsIn(container: Json, podSpec?: Json): readonly RunningModel[] {
  return read(aDeployment({ container: { args: undefined, ...container }, ...(podSpec && { podSpec }) })).models;
}

const template = (container: Json): Json => ({ spec: { containers: [{ name: "ray", image: "i", ...container }] } });
const cluster = (worker: Json): Json => ({
  headGroupSpec: { template: template({}) },
  workerGroupSpecs: [{ groupName: "w", template: template(worker) }],
});

const rayService = (serveConfigV2: string, worker: Json = { resources: gpu }) =>
  read(anObject("ray.io/v1", "RayService", { serveConfigV2, rayClusterConfig: cluster(worker) })).models;

const llmApplication = (more: string, path = "ray.serve.llm:build_openai_app") =>
  `applications:\n- name: chat\n  import_path: ${path}\n${more}  args:\n    llm_configs:\n    - model_loading_config: {model_id: chat, model_source: ${otter}}\n`;

describe("Ray", () => {
  it("reads a model from the application that Ray has for language models", () => {
    expect(rayService(llmApplication(""))).toMatchObject([{ name: otter, unreadable: undefined }]);
    const pip = "  runtime_env: {pip: ['runai-model-streamer[s3]>=0.15'], env_vars: {AWS_REGION: x}}\n";
    expect(rayService(llmApplication(pip))).toMatchObject([{ name: otter, unreadable: undefined }]);
  });

  it.each<[what: string, config: string]>([
    ["code of the application's own that is given a name", llmApplication("", "acme.app:build")],
    [
      "code of the application's own that is given a variable",
      `applications:\n- import_path: acme.app:build\n  runtime_env: {env_vars: {MODEL_ID: ${otter}}}\n`,
    ],
    ["another working directory", llmApplication("  runtime_env: {working_dir: 'https://acme.example/a.zip'}\n")],
    ["another image", llmApplication("  runtime_env: {image_uri: acme/ray}\n")],
    ["packages of anybody", llmApplication("  runtime_env: {pip: [otterly]}\n")],
    ["a file of packages", llmApplication("  runtime_env: {pip: ./requirements.txt}\n")],
    ["an environment that is no map", llmApplication("  runtime_env: x\n")],
  ])("names a model and does not believe it: %s", (_, config) => {
    const [model, ...more] = rayService(config);
    expect(model?.unreadable).toEqual(expect.any(String));
    expect(more).toEqual([]);
  });

  const own = "applications:\n- import_path: acme.app:build\n";

  it("does not know what code of the application's own loads, where that reaches an accelerator", () => {
    expect(rayService(own)).toMatchObject([{ name: undefined, gap: "opaque" }]);
    expect(rayService(own, {})).toEqual([]);
    const asking = `${own}  deployments: [{name: d, ray_actor_options: {num_gpus: 0.5}}]\n`;
    expect(rayService(asking, {})).toMatchObject([{ name: undefined, gap: "opaque" }]);
    expect(rayService(`${llmApplication("")}- import_path: acme.app:build\n`)).toHaveLength(2);
  });

  it("does not know what a cluster with accelerators is sent", () => {
    const bare = (worker: Json) => read(anObject("ray.io/v1", "RayCluster", cluster(worker))).models;
    expect(bare({ resources: gpu })).toMatchObject([{ name: undefined, gap: "opaque" }]);
    expect(bare({})).toEqual([]);
  });

  it("does not know what a job's own code loads on a cluster with accelerators", () => {
    const job = (entrypoint: string, worker: Json) =>
      read(anObject("ray.io/v1", "RayJob", { entrypoint, rayClusterSpec: cluster(worker) })).models;
    expect(job("python train.py", { resources: gpu })).toMatchObject([{ name: undefined, gap: "opaque" }]);
    expect(job("python train.py", {})).toEqual([]);
    expect(job("curl http://otter:8000/v1/models", { resources: gpu })).toEqual([]);
    expect(job(`vllm serve ${otter}`, { resources: gpu })).toMatchObject([{ name: otter, unreadable: undefined }]);
  });
});

describe("images that start by their own entry point", () => {
  it("does not take an image's own subcommand for a model", () => {
    const own = { image: "acme/otter:1", args: ["fetch-to-cache", "--profile", "otter-fp8"] };
    expect(modelsIn(own)).toEqual([]);
    expect(modelsIn({ ...own, resources: gpu })).toMatchObject([{ name: undefined, gap: "opaque" }]);
  });

  it("knows that a model server's own image loads a model on a CPU, too", () => {
    const image = (name: string, more: Json = {}) => modelsIn({ image: name, ...more });
    expect(image("ollama/ollama:0.5")).toMatchObject([{ name: undefined, gap: "image" }]);
    expect(image("registry.acme.example:5000/mirror/tensorflow/serving@sha256:00")).toHaveLength(1);
    expect(image("vllm/vllm-openai:v0.11.0", { args: ["--model", otter, "--otterly", "4"] })).toMatchObject([
      { name: undefined, gap: "opaque" },
    ]);
    expect(image("ollama/ollama", { command: ["sh", "-c", "curl http://otter"] })).toEqual([]);
    expect(image("acme/ollama-web")).toEqual([]);
  });

  const nim = (more: Json = {}, podSpec?: Json) =>
    modelsIn({ image: "nvcr.io/nim/acme/otter-7b:1.2.0", ...more }, podSpec);

  it("reads the model of a NIM from its image, as a NIMService does", () => {
    const expected = { name: "nvcr.io/nim/acme/otter-7b", version: "1.2.0", unreadable: undefined };
    expect(nim({ env: [{ name: "NGC_API_KEY", value: "x" }] })).toMatchObject([expected]);
    const cache = { volumeMounts: [{ name: "v", mountPath: "/opt/nim/.cache" }], resources: gpu };
    expect(nim(cache, { volumes: [{ name: "v", emptyDir: {} }] })).toMatchObject([expected]);
  });

  it.each<[what: string, container: Json]>([
    ["a variable that may replace it", { env: [{ name: "NIM_FT_MODEL", value: "/m" }] }],
    ["a variable of a newer version", { env: [{ name: "NIM_OTTER", value: "/m" }] }],
    ["another model's name", { env: [{ name: "NIM_MODEL_NAME", value: "/models/x" }] }],
    ["another model's name that only the cluster knows", { env: [{ name: "NIM_MODEL_NAME", valueFrom: {} }] }],
    ["variables from elsewhere", { envFrom: [{ secretRef: { name: "s" } }] }],
    ["a volume over its programs", { volumeMounts: [{ name: "v", mountPath: "/opt/nim/llm" }] }],
    ["a volume over all of it", { volumeMounts: [{ name: "v", mountPath: "/opt" }] }],
    ["another library", { env: [{ name: "LD_PRELOAD", value: "/tmp/x.so" }] }],
    ["arguments", { args: ["otter"] }],
    ["another registry", { image: "acme.example/nim/acme/otter-7b:1.2.0" }],
    ["an image for any model", { image: "nvcr.io/nim/nvidia/llm-nim:1.2.0" }],
  ])("does not where it has %s", (_, container) => {
    const podSpec = { volumes: [{ name: "v", emptyDir: {} }] };
    for (const more of [{}, { resources: gpu }]) {
      const models = nim({ ...container, ...more }, podSpec);
      const known = models.filter((model) => model.name !== undefined && model.unreadable === undefined);
      expect(known.filter(({ openEnvironment }) => openEnvironment === undefined)).toEqual([]);
    }
  });

  it("accounts for flags that older versions of vLLM had", () => {
    const args = ["--model", otter, "--device=cpu", "--num-scheduler-steps", "8", "--use-v2-block-manager"];
    expect(modelsIn({ args })).toMatchObject([{ name: otter, unreadable: undefined }]);
    expect(modelsIn({ command: ["vllm", "serve", otter, "--worker-use-ray"] })).toMatchObject([
      { name: otter, unreadable: undefined },
    ]);
  });
});

describe("an InferenceService", () => {
  const custom = (container: Json) =>
    read(
      anObject("serving.kserve.io/v1beta1", "InferenceService", {
        predictor: { containers: [{ name: "kserve-container", image: "acme/otter:1", ...container }] },
      }),
    ).models;

  it("has a model, if nothing but its image holds one", () => {
    expect(custom({})).toMatchObject([{ name: undefined, gap: "image" }]);
    expect(custom({ command: ["otter-server"] })).toMatchObject([{ name: undefined, gap: "opaque" }]);
    expect(custom({ args: ["--model", otter] })).toMatchObject([{ name: otter }]);
  });
});

describe("Dynamo's workers", () => {
  it.each([
    ["dynamo.vllm", "--model", ["--migration-limit=3", "--is-prefill-worker", "--connector", "nixl"]],
    ["dynamo.sglang", "--model-path", ["--migration-limit", "3", "--endpoint", "dyn://a.b.generate"]],
  ])("%s", (module, flag, more) => {
    const models = modelsIn({ command: ["python3", "-m", module, flag, otter, ...more], resources: gpu });
    expect(models).toMatchObject([{ name: otter, unreadable: undefined }]);
  });

  it("still refuses what loads something else", () => {
    const command = ["python3", "-m", "dynamo.vllm", "--model", otter, "--omni", "--stage-configs-path", "/a.yaml"];
    expect(modelsIn({ command, resources: gpu })[0]?.unreadable).toContain("--omni");
  });
});

describe("search paths that name themselves", () => {
  const withPath = (value: string, more: Json = {}, podSpec?: Json) =>
    modelsIn(
      { command: ["vllm", "serve", otter], env: [{ name: "LD_LIBRARY_PATH", value }], resources: gpu, ...more },
      podSpec,
    )[0]?.unreadable;

  it("takes a shell's spelling, which nobody expands, for what it is: a folder that is not there", () => {
    expect(withPath("${LD_LIBRARY_PATH}:/usr/local/nvidia/lib64")).toBeUndefined();
    expect(withPath("/usr/local/nvidia/lib64:$LD_LIBRARY_PATH")).toBeUndefined();
  });

  it("does not where somebody may have made it", () => {
    const podSpec = { volumes: [{ name: "v", emptyDir: {} }] };
    const at = (mountPath: string) => ({ volumeMounts: [{ name: "v", mountPath }] });
    expect(withPath("${LD_LIBRARY_PATH}:/usr/lib", at("/app/${LD_LIBRARY_PATH}"), podSpec)).toEqual(expect.any(String));
    expect(withPath("${OTHER}:/usr/lib")).toEqual(expect.any(String));
    expect(withPath("lib:${LD_LIBRARY_PATH}")).toEqual(expect.any(String));
    const download = "hf download acme/lib --local-dir './${LD_LIBRARY_PATH}' && vllm serve acme/otter-7b";
    expect(withPath("${LD_LIBRARY_PATH}:/usr/lib", { command: ["bash", "-c", download] })).toEqual(expect.any(String));
    const moved = "cd /data && vllm serve acme/otter-7b";
    expect(
      withPath("${LD_LIBRARY_PATH}:/usr/lib", { command: ["bash", "-c", moved], ...at("/data") }, podSpec),
    ).toEqual(expect.any(String));
  });
});

describe("vLLM's script for several nodes", () => {
  it.each(["/vllm-workspace/examples/online_serving", "/workspace/vllm/examples/online_serving"])("in %s", (folder) => {
    const script = `bash ${folder}/multi-node-serving.sh leader --ray_cluster_size=2; vllm serve ${otter}`;
    const [model] = modelsIn({ command: ["sh", "-c", script], resources: gpu });
    expect(model).toMatchObject({ name: otter, unreadable: undefined });
  });
});

describe("KAITO", () => {
  it("does not take an annotation of the autoscaler for one of the weights", () => {
    const set = (key: string) =>
      read(
        anObject(
          "kaito.sh/v1alpha1",
          "InferenceSet",
          { template: { resource: { instanceType: "x" }, inference: { preset: { name: "otter-7b" } } } },
          { annotations: { [key]: "10" } },
        ),
      ).models;
    expect(set("scaledobject.kaito.sh/threshold")).toHaveLength(1);
    expect(set("weights.kaito.sh/threshold")).toHaveLength(2);
  });
});
