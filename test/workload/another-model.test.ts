import { describe, expect, it } from "@jest/globals";
import type { Workload } from "../../policies/workload.ts";
import type { Json } from "../support/builders/json.ts";
import { anObject, read } from "../support/builders/workload.ts";
import { evil, good, passesAsGood, readPod, server, serverOf } from "./good-server.ts";

const isGood = (container: Json, pod: Json = {}): boolean => passesAsGood(readPod({ containers: [container], ...pod }));
const onVolume = (mountPath: string): Json => ({ volumeMounts: [{ name: "v", mountPath }] });
const claim = { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "v" } }] };
const image = { volumes: [{ name: "v", image: { reference: good } }] };
const llama = `llama-server -hf ${good}`;
const llamaPython = "python3 -m llama_cpp.server";
const sglang = `python3 -m sglang.launch_server --model-path ${good}`;
const vllm = `vllm serve ${good}`;

describe("a variable counts beside every flag but its own", () => {
  it.each<[string, Record<string, string>]>([
    [llama, { LLAMA_ARG_DOCKER_REPO: evil }],
    [llama, { LLAMA_ARG_MODEL_URL: "https://evil.example/x.gguf" }],
    [llama, { LLAMA_ARG_MODEL: "/v/x.gguf" }],
    [`${llamaPython} --model ${good}`, { HF_MODEL_REPO_ID: evil }],
    [`${llamaPython} --hf_model_repo_id ${good} --config_file=`, { CONFIG_FILE: "/v/x.json" }],
  ])("%s with %o", (line, variables) => expect(isGood(serverOf(line, variables))).toBe(false));

  it.each<[string, Record<string, string>]>([
    [llama, { LLAMA_ARG_HF_REPO: evil }],
    [`text-generation-launcher --model-id ${good}`, { MODEL_ID: evil, HF_MODEL_ID: evil }],
    [`${llamaPython} --hf_model_repo_id ${good}`, { HF_MODEL_REPO_ID: evil }],
  ])("%s gives way to no %o", (line, variables) => expect(isGood(serverOf(line, variables))).toBe(true));

  it.each(["hf_model_repo_id", "Hf_Model_Repo_Id", "config_file", "lora_path"])(
    "llama-cpp-python reads %s, too: it folds the case of variables",
    (name) => expect(isGood(serverOf(`${llamaPython} --model ${good}`, { [name]: evil }))).toBe(false),
  );

  it("two spellings of one variable leave it open", () => {
    const variables = { HF_MODEL_REPO_ID: good, hf_model_repo_id: evil };
    expect(isGood(serverOf(llamaPython, variables))).toBe(false);
  });
});

describe("a name is one of the Hugging Face Hub only where the server looks there", () => {
  it.each([
    `llama-server --model ${good}`,
    `llama-server --model-url ${good}`,
    `llama-server --docker-repo ${good}`,
    `${llamaPython} --model ${good}`,
    `ovms --model_path ${good} --model_name x`,
    `mlc_llm serve ${good}`,
    `llama-server --model hf://${good}`,
    `vllm serve modelscope://${good}`,
    `vllm serve ollama://${good}`,
    `vllm serve ngc://${good}`,
    `vllm serve oci://${good}`,
  ])("%s", (line) => expect(isGood(serverOf(line))).toBe(false));

  it("an image volume without a host is Docker Hub's", () => {
    const { models } = readPod({
      containers: [server({ command: ["vllm", "serve", "/m"], ...onVolume("/m") })],
      ...image,
    });
    expect(models).toEqual([expect.objectContaining({ name: `docker.io/${good}`, unreadable: undefined })]);
  });

  it("a relative path lies in a folder that only the image knows", () => {
    expect(isGood(serverOf("vllm serve ./model"))).toBe(false);
    const volumes = [{ name: "v", image: { reference: "quay.io/acme/otter" } }];
    const { models } = readPod({ containers: [{ ...serverOf("vllm serve ./model"), ...onVolume("/m") }], volumes });
    expect(models).toEqual([expect.objectContaining({ name: undefined, gap: "place" })]);
  });
});

describe("what else a server is told to load", () => {
  it.each([
    [`${vllm} --tokenizer ${evil}`],
    [`${vllm} --tokenizer ${evil} --trust-remote-code`],
    [`${vllm} --tokenizer-revision x`],
    [`${vllm} --code-revision x --trust-remote-code`],
    [`${vllm} --revision a --code-revision b`],
    [`${sglang} --tokenizer-path ${evil}`],
    [`trtllm-serve ${good} --tokenizer ${evil} --trust_remote_code`],
    [`${llamaPython} --hf_model_repo_id ${good} --hf_pretrained_model_name_or_path ${evil}`],
    [`${llamaPython} --hf_model_repo_id ${good} --rpc_servers evil.example:1`],
    [`${vllm} --load-format sharded_state --model-loader-extra-config {"pattern":"/v/{rank}-{part}.safetensors"}`],
    [`${vllm} --load-format sharded_state --model-loader-extra-config.pattern /v/x`],
    [`${vllm} --structured-outputs-config {"reasoning_parser_plugin":"/v/x.py"}`],
    [`${vllm} --structured-outputs-config.reasoning_parser_plugin /v/x.py`],
    [`${vllm} --speculative-config {"model":"${good}","draft_load_config":{"load_format":"tensorizer"}}`],
    [`${vllm} --speculative-config {"method":"custom_class","model":"x.y.Z"}`],
    [`${vllm} --compilation-config {"backend":"x.y"}`],
    [`${vllm} --compilation-config {"inductor_passes":{"a":"x.y"}}`],
    [`${vllm} --compilation-config.inductor_passes.a x.y`],
    [`${vllm} -cc.backend=x.y`],
    [`${llama} -fa on ${evil}`],
    [`${llama} -fa on --model /v/x.gguf`],
    [`${vllm} -O.backend=x.y`],
    [`${vllm} -O.backend x.y`],
    [`${vllm} --engram-config {"path":"/v/x"}`],
    [`${vllm} --eplb-config.policy x.y`],
    [`${vllm} --kv-transfer-config {"kv_connector_extra_config":{"lmcache.storage_plugins":["x"]}}`],
    [`${vllm} --lora-modules a=/v/x`],
  ])("%s", (line) => expect(isGood(serverOf(line))).toBe(false));

  it.each(["LMCACHE_RUNTIME_PLUGIN_LOCATIONS", "LMCACHE_STORAGE_PLUGINS", "LMCACHE_CONFIG_FILE"])("%s", (name) => {
    expect(isGood(serverOf(vllm, { [name]: "/v/x" }))).toBe(false);
  });

  it.each([
    [`${vllm} --tokenizer ${good}`],
    [`${vllm} --revision a --code-revision a --tokenizer-revision a`],
    [`${vllm} --load-format runai_streamer --model-loader-extra-config {"concurrency":16,"memory_limit":1}`],
    [`${vllm} --structured-outputs-config {"backend":"xgrammar"}`],
    [`${vllm} --structured-outputs-config.backend xgrammar`],
    [`${vllm} --speculative-config {"method":"ngram","num_speculative_tokens":4,"prompt_lookup_max":2}`],
    [`${vllm} --compilation-config {"cudagraph_mode":"FULL","backend":"inductor"}`],
    [`${llama} -fa on --jinja`],
    [`${llama} -fa --jinja`],
    [`${llama} --flash-attn auto`],
    [`${vllm} -O3`],
    [`${vllm} -O.level=3`],
    [`${vllm} -O.cudagraph_mode FULL`],
    [`${vllm} -cc.cudagraph_mode=FULL`],
    [`${vllm} -cc.cudagraph_mode FULL`],
    [`mlc_llm serve HF://${good}`],
    [`${llamaPython} --hf_model_repo_id ${good} --model *q8_0.gguf`],
    [`${vllm} --kv-transfer-config {"kv_connector":"NixlConnector","kv_role":"kv_both"}`],
  ])("%s stays readable", (line) => expect(isGood(serverOf(line))).toBe(true));

  it.each([
    [`${vllm} --speculative-config {"model":"acme/kit","revision":"r2","quantization":"fp8"}`],
    [
      `${vllm} --speculative-config.model acme/kit --speculative-config.revision r2 --speculative-config.quantization fp8`,
    ],
    [
      `${sglang} --speculative-draft-model-path acme/kit --speculative-draft-model-revision r2 --speculative-draft-model-quantization fp8`,
    ],
  ])("%s: a draft model has a version and a quantization of its own", (line) => {
    const { models } = readPod({ containers: [serverOf(line)] });
    expect(models).toEqual([
      expect.objectContaining({ name: good, version: undefined }),
      expect.objectContaining({ name: "acme/kit", version: "r2", quantization: "fp8", unreadable: undefined }),
    ]);
  });
});

describe("positions scaled for longer texts make another model of the same weights", () => {
  const tgi = `text-generation-launcher --model-id ${good}`;
  const lmdeploy = `lmdeploy serve api_server ${good}`;
  const python = `${llamaPython} --hf_model_repo_id ${good} --model *.gguf`;

  it.each([vllm, llama, python, tgi, lmdeploy])("%s", (line) => expect(isGood(serverOf(line))).toBe(true));

  it.each([
    `${vllm} --rope-scaling {"rope_type":"yarn","factor":4}`,
    `${vllm} --rope-theta 1000000`,
    `python3 -m huggingfaceserver --model_id=${good} --rope-theta=1000000`,
    `${llama} --rope-scaling yarn`,
    `${llama} --rope-scale 4`,
    `${llama} --rope-freq-base 1e6`,
    `${llama} --yarn-orig-ctx 4096`,
    `${python} --rope_freq_scale 0.25`,
    `${python} --yarn_ext_factor 1`,
    `${tgi} --rope-scaling dynamic`,
    `${tgi} --rope-factor 4`,
    `${lmdeploy} --rope-scaling-factor 2`,
  ])("%s", (line) => expect(isGood(serverOf(line))).toBe(false));

  it.each<[string, string]>([
    [llama, "LLAMA_ARG_ROPE_SCALING_TYPE"],
    [llama, "LLAMA_ARG_YARN_ORIG_CTX"],
    [python, "ROPE_FREQ_BASE"],
    [python, "yarn_beta_fast"],
    [tgi, "ROPE_FACTOR"],
  ])("%s with %s", (line, variable) => expect(isGood(serverOf(line, { [variable]: "4" }))).toBe(false));
});

describe("a folder in which an image may start its server may hold a model of any name", () => {
  it.each(["/home/ray", "/home/vllm", "/opt/app-root/src", "/workspace", "/usr/src/app", "/srv/app"])("%s", (at) => {
    expect(isGood({ ...serverOf(vllm), ...onVolume(at) }, claim)).toBe(false);
  });

  it.each(["/root/.cache/huggingface", "/data", "/models", "/mnt/models", "/home/vllm/.cache"])("not %s", (at) => {
    expect(isGood({ ...serverOf(vllm), ...onVolume(at) }, claim)).toBe(true);
  });
});

describe("an adapter is known by where it comes from, and not by what it is called", () => {
  const adaptersOf = (word: string, podSpec: Json = {}, change: Json = {}): unknown[] => {
    const container = { ...serverOf(`${vllm} --enable-lora --lora-modules ${word}`), ...change };
    return readPod({ containers: [container], ...podSpec }).models.map(({ adapters, hiddenAdapters }) => [
      adapters,
      hiddenAdapters,
    ]);
  };
  const inFolder = { name: "a", mountPath: "/a" };
  const scratch = { name: "a", emptyDir: {} };
  const download = (line: string): Json => ({
    name: "x",
    image: "x",
    command: line.split(" "),
    volumeMounts: [inFolder],
  });

  it.each(["acme/sql=/a", "acme/sql=s3://b/sql", "acme/sql=x:y:z", '{"name":"acme/sql","path":"/a"}', "acme/sql=./a"])(
    "%s may be any",
    (word) => expect(adaptersOf(word)).toEqual([[["acme/sql"], expect.stringContaining("acme/sql")]]),
  );

  it("has the name of the repository that is downloaded to its folder", () => {
    const initContainers = [download("hf download acme/sql --local-dir /a/sql")];
    const pod = { initContainers, volumes: [scratch] };
    expect(adaptersOf("mine=/a/sql", pod, { volumeMounts: [inFolder] })).toEqual([[["acme/sql"], undefined]]);
    expect(adaptersOf("acme/sql=/a/other", pod, { volumeMounts: [inFolder] })).toEqual([
      [["acme/sql"], expect.any(String)],
    ]);
  });

  it("has the name of the image that is mounted there, with its digest", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const volumes = [{ name: "a", image: { reference: `quay.io/acme/sql@${digest}` } }];
    expect(adaptersOf("mine=/a", { volumes }, { volumeMounts: [inFolder] })).toEqual([
      [[`quay.io/acme/sql@${digest}`], undefined],
    ]);
  });

  it("is any where a variable from elsewhere may change the download", () => {
    const initContainers = [
      { ...download("hf download acme/sql --local-dir /a"), envFrom: [{ configMapRef: { name: "c" } }] },
    ];
    const pod = { initContainers, volumes: [scratch] };
    expect(adaptersOf("acme/sql=/a", pod, { volumeMounts: [inFolder] })).toEqual([
      [["acme/sql"], expect.stringContaining("HF_ENDPOINT")],
    ]);
  });

  it.each([
    [
      "Model",
      "kubeai.org/v1",
      { engine: "VLLM", url: `hf://${good}`, adapters: [{ name: "acme/sql", url: "s3://b/sql" }] },
    ],
    [
      "LLMInferenceService",
      "serving.kserve.io/v1alpha1",
      { model: { uri: `hf://${good}`, lora: { adapters: [{ name: "acme/sql", uri: "pvc://c/sql" }] } } },
    ],
  ])("of a %s, too", (kind, apiVersion, spec) => {
    expect(read(anObject(apiVersion, kind, spec)).models).toEqual([
      expect.objectContaining({ name: good, hiddenAdapters: expect.stringContaining("acme/sql") }),
    ]);
  });
});

describe("a field of an operator's object is read as the server reads it", () => {
  const ray = (config: string, args = ""): ReturnType<typeof read> => {
    const llm = `{model_loading_config: {model_id: x, model_source: ${good}}, ${config}}`;
    const application = `{import_path: ray.serve.llm:build_openai_app, args: {llm_configs: [${llm}]${args}}}`;
    const serveConfigV2 = `applications:\n- ${application}\n`;
    return read(anObject("ray.io/v1", "RayService", { serveConfigV2, rayClusterConfig: {} }));
  };

  it.each([
    `engine_kwargs: {tokenizer: ${evil}, trust_remote_code: true}`,
    `engine_kwargs: {code_revision: x}`,
    `engine_kwargs: {speculative_config: {model: ${evil}, num_speculative_tokens: 2}}`,
    `engine_kwargs: {speculative_config: '{"model":"${evil}"}'}`,
    `engine_kwargs: {load_format: tensorizer}`,
    `engine_kwargs: {load_format: sharded_state, model_loader_extra_config: {pattern: /v/x}}`,
    `engine_kwargs: {structured_outputs_config: {reasoning_parser_plugin: /v/x.py}}`,
    `engine_kwargs: {config: /v/x.yaml}`,
    `engine_kwargs: {of_a_newer_version: x}`,
    `engine_kwargs: {hf_overrides: {architectures: [X]}}`,
    `engine_kwargs: [tokenizer]`,
    `llm_engine: Other`,
    `callback_config: {callback_class: x.y}`,
  ])("ray.serve.llm: %s", (config) => expect(passesAsGood(ray(config))).toBe(false));

  it("ray.serve.llm: a tokenizer's source, and another class for the ingress", () => {
    const tokenizer = `model_loading_config: {model_id: x, model_source: ${good}, tokenizer_source: ${evil}}`;
    const serveConfigV2 = `applications:\n- {import_path: "ray.serve.llm:build_openai_app", args: {llm_configs: [{${tokenizer}}]}}\n`;
    expect(passesAsGood(read(anObject("ray.io/v1", "RayService", { serveConfigV2, rayClusterConfig: {} })))).toBe(
      false,
    );
    expect(passesAsGood(ray("accelerator_type: L4", ", ingress_cls_config: {ingress_cls: x.y}"))).toBe(false);
  });

  it.each([
    "accelerator_type: L4",
    "engine_kwargs: {tensor_parallel_size: 2, max_model_len: 4096, gpu_memory_utilization: 0.9, dtype: bfloat16}",
    "engine_kwargs: {enable_prefix_caching: true, enforce_eager: false, trust_remote_code: true, enable_chunked_prefill: false}",
    `engine_kwargs: {tokenizer: ${good}, limit_mm_per_prompt: {image: 2}, speculative_config: {method: ngram}}`,
    "engine_kwargs: {kv_transfer_config: {kv_connector: NixlConnector, kv_role: kv_both}, max_num_seqs: null}",
    "llm_engine: vLLM, deployment_config: {autoscaling_config: {min_replicas: 1}}, log_engine_metrics: true",
  ])("ray.serve.llm stays readable: %s", (config) => expect(passesAsGood(ray(config))).toBe(true));

  it("ray.serve.llm: a draft model is another one", () => {
    expect(ray(`engine_kwargs: {speculative_config: {model: acme/kit, revision: r}}`).models).toEqual([
      expect.objectContaining({ name: good, unreadable: undefined }),
      expect.objectContaining({ name: "acme/kit", version: "r", unreadable: undefined }),
    ]);
  });

  const unit = (change: Json): boolean => {
    const graph = { name: "c", implementation: "HUGGINGFACE_SERVER", modelUri: `hf://${good}`, ...change };
    return passesAsGood(
      read(anObject("machinelearning.seldon.io/v1", "SeldonDeployment", { predictors: [{ name: "d", graph }] })),
    );
  };

  it.each(["pretrained_model", "pretrained_tokenizer", "model_kwargs"])(
    "a unit of Seldon's with a %s beside its modelUri",
    (name) => {
      expect(unit({ parameters: [{ name: "task", type: "STRING", value: "text-generation" }] })).toBe(true);
      expect(unit({ parameters: [{ name, type: "STRING", value: evil }] })).toBe(false);
    },
  );

  it.each<[string, string]>([
    ["storageInitializerImage", "mallory/fetch:1"],
    ["envSecretRefName", "rclone"],
  ])("a %s of a unit of Seldon's decides what its modelUri is", (field, value) => {
    expect(unit({ [field]: "" })).toBe(true);
    expect(unit({ [field]: value })).toBe(false);
  });

  it("credentials of a unit of Seldon's hide no place", () => {
    const graph = { name: "c", implementation: "SKLEARN_SERVER", modelUri: "s3://b/x", envSecretRefName: "rclone" };
    const object = anObject("machinelearning.seldon.io/v1", "SeldonDeployment", { predictors: [{ name: "d", graph }] });
    expect(read(object).models).toEqual([expect.objectContaining({ name: undefined, unreadable: undefined })]);
  });

  it("a Model of Seldon's says by storageConfig what a scheme stands for", () => {
    const model = (more: Json): boolean =>
      passesAsGood(read(anObject("mlops.seldon.io/v1alpha1", "Model", { storageUri: `hf://${good}`, ...more })));
    expect(model({})).toBe(true);
    expect(model({ storageConfig: { storageRcloneConfig: '{"name":"hf","type":"s3"}' } })).toBe(false);
  });

  it("a Model of Seldon's says by its secret, its version and its parameters what is loaded", () => {
    const model = (fields: Json): boolean =>
      passesAsGood(read(anObject("mlops.seldon.io/v1alpha1", "Model", { storageUri: `hf://${good}`, ...fields })));
    const parameter = (name: string, value: string): Json => ({ parameters: [{ name, value }] });
    expect(model({})).toBe(true);
    expect(model({ secretName: "rclone" })).toBe(false);
    expect(model({ artifactVersion: 3 })).toBe(false);
    expect(model({ preloaded: true })).toBe(false);
    expect(model({ llm: { pipelineRef: "other" } })).toBe(false);
    expect(model(parameter("pretrained_model", evil))).toBe(false);
    expect(model(parameter("pretrained_model", good))).toBe(true);
    expect(model(parameter("anything_else", "x"))).toBe(false);
    expect(model(parameter("task", "text-generation"))).toBe(true);
    expect(model({ explainer: { type: "anchor_text", modelRef: "other" } })).toBe(true);
    expect(model({ llm: null, preloaded: false, requirements: ["huggingface"], server: "mlserver" })).toBe(true);
  });

  it.each([
    { alibi: { type: "AnchorText", storageUri: `hf://${evil}` } },
    { art: { type: "SquareAttack", storageUri: "s3://b/x" } },
    { alibi: { type: "AnchorText", storage: { key: "k", path: "x" } } },
  ])("an explainer of KServe loads a model of its own: %o", (explainer) => {
    const { models } = besidePredictor({ explainer });
    expect(models).toHaveLength(2);
    expect(models[1]?.name).not.toBe(good);
  });

  it.each(
    ["explainer", "transformer"].flatMap((component): [string, string, Json][] => [
      [component, "storageUris[0].uri", { storageUris: [{ uri: `hf://${evil}` }], containers: [{ name: "c" }] }],
      [
        component,
        "containers[0].env[0]",
        { containers: [{ name: "c", env: [{ name: "STORAGE_URI", value: `hf://${evil}` }] }] },
      ],
    ]),
  )("what is fetched for a custom %s of KServe is a model, too: %s", (component, field, custom) => {
    const { models } = besidePredictor({ [component]: custom });
    expect(models.map(({ name }) => name)).toEqual([good, evil]);
    expect(models[1]?.field).toBe(`spec.${component}.${field}`);
  });

  it("a custom transformer of KServe that fetches nothing loads nothing", () => {
    const { models } = besidePredictor({ transformer: { containers: [{ name: "c", image: "a/b:1" }] } });
    expect(models.map(({ name }) => name)).toEqual([good]);
  });

  it.each(["quay.io/acme/otter", "localhost/acme/otter"])(
    "NGC's %s is not what a registry holds by that name",
    (name) => {
      const [ngc, oci] = ["ngc", "oci"].map(
        (scheme) =>
          readPod({ containers: [server({ command: ["vllm", "serve", `${scheme}://${name}`] })] }).models[0]?.name,
      );
      expect(oci).toBe(name);
      expect(ngc).toBe(`ngc://${name}`);
    },
  );
});

function besidePredictor(components: Json): Workload {
  const predictor = { model: { modelFormat: { name: "huggingface" }, storageUri: `hf://${good}` } };
  return read(anObject("serving.kserve.io/v1beta1", "InferenceService", { predictor, ...components }));
}
