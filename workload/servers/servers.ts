import { dynamoSglang, dynamoVllm } from "./dynamo-flags.ts";
import { type Hazard, hazardsOf } from "./hazards.ts";
import { aphrodite } from "./tables/aphrodite.ts";
import { huggingfaceserver } from "./tables/huggingfaceserver.ts";
import { infinityEmb } from "./tables/infinityEmb.ts";
import { llamaCppPython } from "./tables/llamaCppPython.ts";
import { llamaServer } from "./tables/llamaServer.ts";
import { llmdInferenceSim } from "./tables/llmdInferenceSim.ts";
import { lmdeploy } from "./tables/lmdeploy.ts";
import { mlcLlm } from "./tables/mlcLlm.ts";
import { openvinoModelServer } from "./tables/openvinoModelServer.ts";
import { sglang } from "./tables/sglang.ts";
import type { FlagTable } from "./tables/table.ts";
import { textEmbeddingsRouter } from "./tables/textEmbeddingsRouter.ts";
import { textGenerationLauncher } from "./tables/textGenerationLauncher.ts";
import { trtllmServe } from "./tables/trtllmServe.ts";
import { vllmFlags } from "./vllm-flags.ts";

/**
 * How model servers are told what to load, as data. A server is recognised by its command, never by the name of its image.
 * The flags that it has are in `tables/`; here stands what they mean.
 */
export interface Server {
  /** For messages. */
  readonly title: string;
  /** Words that start it: the program's name, or `-m` and the module, and what must follow. */
  readonly starts: readonly string[];
  /** Images start it by their own entry point, so that their arguments may be its. */
  readonly isEntryPoint: boolean;
  readonly table: FlagTable;
  /** It has all flags of this one, with the same meaning. */
  readonly extendsServer?: Server;
  /** The first positional argument is the model. */
  readonly positional: boolean;
  readonly flags: Settings;
  readonly env: Settings;
  /** Flags that make the model unknown, and what they do. */
  readonly hides: Readonly<Record<string, string>>;
  /** Flags that let adapters be loaded which the line does not name. */
  readonly hidesAdapters: Readonly<Record<string, string>>;
  /** Flags that name a further model, such as a draft model: by its name, or in JSON with a `model`. */
  readonly drafts: readonly string[];
  readonly hazards: readonly Hazard[];
}

/** Names of flags or variables that mean the same; the values of all that are given must agree. */
export interface Settings {
  readonly model: readonly string[];
  readonly revision: readonly string[];
  readonly quantization: readonly string[];
  readonly adapters: readonly string[];
}

const none: Settings = { model: [], revision: [], quantization: [], adapters: [] };

const fileOverrides = "names a file that may override the command line";
const otherWeights = "changes what is loaded";
const otherCode = "brings code from elsewhere";
const atRunTime = "lets what is loaded change at run time";

/** KServe's server adds vLLM's flags to its own, under their names with dashes. */
function withVllm(table: FlagTable): FlagTable {
  return { ...table, flags: new Map([...vllmFlags.flags, ...table.flags]) };
}

const noFlags: FlagTable = {
  package: "NIM",
  version: "1",
  oldest: "1",
  flags: new Map(),
  positionals: [],
  allowAbbrev: false,
  underscores: false,
};

const vllmServer: Server = {
  title: "vLLM",
  starts: ["vllm serve", "-m vllm.entrypoints.cli.main serve"],
  isEntryPoint: true,
  table: vllmFlags,
  positional: true,
  flags: {
    model: ["--model"],
    revision: ["--revision"],
    quantization: ["--quantization"],
    adapters: ["--lora-modules", "--default-mm-loras"],
  },
  env: none,
  hides: {
    "--config": fileOverrides,
    "--additional-config": otherWeights,
    "--hf-overrides": otherWeights,
    "--hf-config-path": otherWeights,
    "--model-class-overrides": otherWeights,
    "--quantization-config": otherWeights,
    "--weight-transfer-config": atRunTime,
    "--log-config-file": otherCode,
    "--logging-config": otherCode,
    "--logits-processors": otherCode,
    "--logits-processor-pattern": otherCode,
    "--io-processor-plugin": otherCode,
    "--worker-cls": otherCode,
    "--worker-extension-cls": otherCode,
    "--scheduler-cls": otherCode,
    "--middleware": otherCode,
    "--tool-parser-plugin": otherCode,
    "--reasoning-parser-plugin": otherCode,
  },
  hidesAdapters: {},
  drafts: ["--speculative-config", "--spec-model"],
  hazards: hazardsOf("vllm"),
};

const sglangServer: Server = {
  title: "SGLang",
  starts: ["-m sglang.launch_server", "sglang serve"],
  isEntryPoint: false,
  table: sglang,
  positional: false,
  flags: {
    model: ["--model-path"],
    revision: ["--revision"],
    quantization: ["--quantization"],
    adapters: ["--lora-paths", "--uno-lora-path"],
  },
  env: none,
  hides: {
    "--config": fileOverrides,
    "--decrypted-config-file": otherWeights,
    "--decrypted-draft-config-file": otherWeights,
    "--json-model-override-args": otherWeights,
    "--model-config-parser": otherWeights,
    "--modelopt-checkpoint-restore-path": otherWeights,
    "--kt-weight-path": otherWeights,
    "--kt-amx-weight-path": otherWeights,
    "--modelexpress-config": otherWeights,
    "--remote-instance-weight-loader-backend": otherWeights,
    "--remote-instance-weight-loader-seed-instance-ip": otherWeights,
    "--weight-cache-socket": otherWeights,
    "--checkpoint-engine-wait-weights-before-ready": atRunTime,
    "--custom-weight-loader": otherCode,
    "--custom-sigquit-handler": otherCode,
    "--enable-custom-logit-processor": otherCode,
    "--forward-hooks": otherCode,
    "--sidecar": otherCode,
    "--quantize-and-serve": otherWeights,
  },
  hidesAdapters: {
    "--enable-lora": "--enable-lora lets adapters be loaded at run time",
    "--lora-paths": "--lora-paths lets further adapters be loaded at run time",
  },
  drafts: ["--speculative-draft-model-path"],
  hazards: hazardsOf("sglang"),
};

/** llama.cpp's switches that name a model by themselves. */
const presets: Readonly<Record<string, string>> = Object.fromEntries(
  [...llamaServer.flags.keys()].filter((name) => /-default$|-spec$/.test(name)).map((name) => [name, otherWeights]),
);

export const servers: readonly Server[] = [
  vllmServer,
  {
    ...vllmServer,
    starts: ["-m vllm.entrypoints.openai.api_server", "-m vllm.entrypoints.api_server"],
    isEntryPoint: false,
    // Its parser takes one, and nothing reads it.
    positional: false,
  },
  {
    ...vllmServer,
    title: "Dynamo's vLLM worker",
    starts: ["-m dynamo.vllm"],
    isEntryPoint: false,
    table: dynamoVllm,
    positional: false,
  },
  sglangServer,
  {
    ...sglangServer,
    title: "Dynamo's SGLang worker",
    starts: ["-m dynamo.sglang"],
    table: dynamoSglang,
  },
  {
    title: "TGI",
    starts: ["text-generation-launcher"],
    isEntryPoint: true,
    table: textGenerationLauncher,
    positional: false,
    flags: {
      model: ["--model-id"],
      revision: ["--revision"],
      quantization: ["--quantize"],
      adapters: ["--lora-adapters"],
    },
    env: {
      model: ["MODEL_ID", "HF_MODEL_ID"],
      revision: ["REVISION", "HF_MODEL_REVISION"],
      quantization: ["QUANTIZE", "HF_MODEL_QUANTIZE"],
      adapters: ["LORA_ADAPTERS"],
    },
    hides: { "--tokenizer-config-path": fileOverrides },
    hidesAdapters: {},
    drafts: [],
    hazards: hazardsOf("textGenerationLauncher"),
  },
  {
    title: "TEI",
    starts: ["text-embeddings-router"],
    isEntryPoint: true,
    table: textEmbeddingsRouter,
    positional: false,
    flags: { ...none, model: ["--model-id"], revision: ["--revision"] },
    env: { ...none, model: ["MODEL_ID"], revision: ["REVISION"] },
    hides: { "--dense-path": otherWeights },
    hidesAdapters: {},
    drafts: [],
    hazards: hazardsOf("textEmbeddingsRouter"),
  },
  {
    ...vllmServer,
    title: "KServe's Hugging Face server",
    starts: ["-m huggingfaceserver"],
    table: withVllm(huggingfaceserver),
    extendsServer: vllmServer,
    positional: false,
    flags: {
      ...vllmServer.flags,
      model: ["--model_id", "--model_dir", "--model"],
      revision: ["--model_revision", "--revision"],
    },
  },
  {
    title: "LMDeploy",
    starts: ["lmdeploy serve api_server", "-m lmdeploy serve api_server"],
    isEntryPoint: false,
    table: lmdeploy,
    positional: true,
    flags: { model: [], revision: ["--revision"], quantization: ["--model-format"], adapters: ["--adapters"] },
    env: none,
    hides: { "--hf-overrides": otherWeights, "--empty-init": atRunTime },
    hidesAdapters: {},
    drafts: ["--speculative-draft-model"],
    hazards: hazardsOf("lmdeploy"),
  },
  {
    title: "TensorRT-LLM",
    starts: [
      "trtllm-serve serve",
      "trtllm-serve",
      "-m tensorrt_llm.commands.serve serve",
      "-m tensorrt_llm.commands.serve",
    ],
    isEntryPoint: false,
    table: trtllmServe,
    positional: true,
    flags: { ...none, revision: ["--revision"] },
    env: none,
    hides: {
      "--extra_llm_api_options": fileOverrides,
      "--custom_module_dirs": otherCode,
      "--custom_tokenizer": otherCode,
    },
    hidesAdapters: {},
    drafts: [],
    hazards: hazardsOf(),
  },
  {
    title: "llama.cpp",
    starts: ["llama-server"],
    isEntryPoint: true,
    table: llamaServer,
    positional: false,
    flags: {
      ...none,
      model: ["--hf-repo", "--model", "--model-url", "--docker-repo"],
      adapters: ["--lora", "--lora-scaled"],
    },
    env: {
      ...none,
      model: ["LLAMA_ARG_HF_REPO", "LLAMA_ARG_MODEL", "LLAMA_ARG_MODEL_URL", "LLAMA_ARG_DOCKER_REPO"],
    },
    hides: {
      "--models-dir": atRunTime,
      "--models-preset": atRunTime,
      "--offline": "lets the server load whatever its cache holds",
      "--rpc": "hands work to other machines",
      "--mmproj": otherWeights,
      "--mmproj-url": otherWeights,
      "--override-kv": otherWeights,
      "--control-vector": otherWeights,
      "--control-vector-scaled": otherWeights,
      ...presets,
      "--agent": otherCode,
      "--tools": otherCode,
      "--mcp-servers-config": otherCode,
      "--mcp-servers-json": otherCode,
    },
    hidesAdapters: {},
    drafts: ["--spec-draft-model", "--spec-draft-hf"],
    hazards: hazardsOf("llamaServer"),
  },
  {
    title: "llama-cpp-python",
    starts: ["-m llama_cpp.server"],
    isEntryPoint: false,
    table: llamaCppPython,
    positional: false,
    flags: { ...none, model: ["--hf_model_repo_id", "--model"], adapters: ["--lora_path"] },
    env: { ...none, model: ["HF_MODEL_REPO_ID", "MODEL"], adapters: ["LORA_PATH"] },
    hides: {
      "--config_file": fileOverrides,
      "--kv_overrides": otherWeights,
      "--lora_base": otherWeights,
      "--clip_model_path": otherWeights,
    },
    hidesAdapters: {},
    drafts: [],
    hazards: hazardsOf("llamaCppPython"),
  },
  {
    title: "Infinity",
    starts: ["infinity_emb v2"],
    isEntryPoint: false,
    table: infinityEmb,
    positional: false,
    flags: { ...none, model: ["--model-id"], revision: ["--revision"] },
    env: { ...none, model: ["INFINITY_MODEL_ID"], revision: ["INFINITY_REVISION"] },
    hides: {},
    hidesAdapters: {},
    drafts: [],
    hazards: hazardsOf("infinityEmb"),
  },
  {
    title: "OpenVINO Model Server",
    starts: ["ovms"],
    isEntryPoint: true,
    table: openvinoModelServer,
    positional: false,
    flags: { ...none, model: ["--source_model", "--model_path"] },
    env: none,
    hides: {
      "--config_path": fileOverrides,
      "--source_loras": otherWeights,
      "--cpu_extension": otherCode,
    },
    hidesAdapters: {},
    drafts: ["--draft_source_model", "--vocoder"],
    hazards: hazardsOf("openvinoModelServer"),
  },
  {
    title: "MLC",
    starts: ["mlc_llm serve", "-m mlc_llm serve"],
    isEntryPoint: false,
    table: mlcLlm,
    positional: true,
    flags: none,
    env: none,
    hides: { "--model-lib": otherCode },
    hidesAdapters: {},
    drafts: ["--additional-models", "--embedding-model"],
    hazards: hazardsOf(),
  },
  {
    ...vllmServer,
    title: "Aphrodite",
    starts: ["aphrodite run"],
    isEntryPoint: false,
    table: aphrodite,
  },
  {
    title: "NIM",
    starts: [],
    isEntryPoint: true,
    table: noFlags,
    positional: false,
    flags: none,
    env: { ...none, model: ["NIM_MODEL_NAME", "NIM_MODEL_PATH"] },
    hides: {},
    hidesAdapters: {},
    drafts: [],
    hazards: hazardsOf("nim"),
  },
  {
    title: "the inference simulator",
    starts: ["inference-sim", "llm-d-inference-sim"],
    isEntryPoint: false,
    table: llmdInferenceSim,
    positional: false,
    flags: { ...none, model: ["--model"], adapters: ["--lora-modules"] },
    env: none,
    hides: { "--config": fileOverrides },
    hidesAdapters: {},
    drafts: [],
    hazards: [],
  },
];

/** Servers that load at run time whatever they are asked for, or that take what they load from files: whatever they are told, the model is unknown. */
export const runTimeLoaders: Readonly<Record<string, string>> = {
  ollama: "Ollama loads at run time whatever model it is asked for",
  tritonserver: "Triton loads what its model repository holds",
  "local-ai": "LocalAI loads at run time whatever model it is asked for",
  lms: "LM Studio loads at run time whatever model it is asked for",
  xinference: "Xinference loads at run time whatever model it is asked for",
  "xinference-local": "Xinference loads at run time whatever model it is asked for",
  torchserve: "TorchServe loads what its model store holds",
  tensorflow_model_server: "TensorFlow Serving loads what its model path holds",
  ramalama: "RamaLama loads at run time whatever model it is asked for",
  fschat: "FastChat loads what its worker is told",
  bentoml: "BentoML loads what the service's code says",
  mlserver: "MLServer loads what its model settings say",
  serve: "Ray Serve loads what the application's code says",
};
