/**
 * How model servers are told what to load, as data. A server is recognised by its command, never by the name of its image.
 *
 * - vLLM: https://docs.vllm.ai/en/latest/cli/serve.html
 * - SGLang: https://docs.sglang.ai/advanced_features/server_arguments.html
 * - TGI: https://huggingface.co/docs/text-generation-inference/reference/launcher
 * - KServe's Hugging Face runtime: https://github.com/kserve/kserve/tree/master/python/huggingfaceserver
 * - llama.cpp: https://github.com/ggml-org/llama.cpp/tree/master/tools/server
 * - NIM: https://docs.nvidia.com/nim/large-language-models/latest/configuration.html
 */
export interface Server {
  /** Words that start the server, as base names, in sequence. None: the image's own entry point. */
  readonly commands: readonly (readonly string[])[];
  /** The first positional argument is the model, and overrides the flag. */
  readonly positional: boolean;
  readonly flags: Settings;
  readonly env: Settings;
}

/** Names of flags or variables that mean the same; the values of all that are given must agree. */
export interface Settings {
  readonly model: readonly string[];
  readonly revision: readonly string[];
  readonly quantization: readonly string[];
  readonly adapters: readonly string[];
  /** Settings in a file, which admission cannot see. */
  readonly file: readonly string[];
}

export const noSettings: Settings = { model: [], revision: [], quantization: [], adapters: [], file: [] };

const vllmFlags: Settings = {
  model: ["--model"],
  revision: ["--revision"],
  quantization: ["--quantization", "-q"],
  adapters: ["--lora-modules"],
  file: ["--config"],
};

const tgiEnv: Settings = {
  model: ["MODEL_ID", "HF_MODEL_ID"],
  revision: ["REVISION", "HF_MODEL_REVISION"],
  quantization: ["QUANTIZE", "HF_MODEL_QUANTIZE"],
  adapters: ["LORA_ADAPTERS"],
  file: [],
};

const llamaEnv = ["LLAMA_ARG_HF_REPO", "LLAMA_ARG_MODEL", "LLAMA_ARG_MODEL_URL"];

export const servers: readonly Server[] = [
  { commands: [["vllm", "serve"]], positional: true, flags: vllmFlags, env: noSettings },
  {
    commands: [
      ["-m", "vllm.entrypoints.openai.api_server"],
      ["-m", "vllm.entrypoints.api_server"],
    ],
    positional: false,
    flags: vllmFlags,
    env: noSettings,
  },
  { commands: [["trtllm-serve", "serve"], ["trtllm-serve"]], positional: true, flags: noSettings, env: noSettings },
  {
    commands: [
      ["-m", "sglang.launch_server"],
      ["sglang", "serve"],
    ],
    positional: false,
    flags: {
      model: ["--model-path", "--model"],
      revision: ["--revision"],
      quantization: ["--quantization"],
      adapters: ["--lora-paths"],
      file: ["--config"],
    },
    env: noSettings,
  },
  {
    commands: [["text-generation-launcher"], ["text-embeddings-router"]],
    positional: false,
    flags: {
      model: ["--model-id"],
      revision: ["--revision"],
      quantization: ["--quantize"],
      adapters: ["--lora-adapters"],
      file: [],
    },
    env: tgiEnv,
  },
  {
    commands: [["-m", "huggingfaceserver"]],
    positional: false,
    flags: { ...vllmFlags, model: ["--model-id", "--model-dir"], revision: ["--model-revision"] },
    env: noSettings,
  },
  {
    commands: [["llama-server"], ["-m", "llama_cpp.server"]],
    positional: false,
    flags: {
      model: ["--hf-repo", "-hf", "-hfr", "--model", "-m", "--model-url", "-mu"],
      revision: [],
      quantization: [],
      adapters: ["--lora", "--lora-scaled"],
      file: [],
    },
    env: { ...noSettings, model: llamaEnv },
  },
];

/** Arguments for whatever the image starts: any server's flags and variables count. */
export const imageEntryPoint: Server = {
  commands: [],
  positional: false,
  flags: {
    model: ["--model", "--model-id", "--model-path", "--model-dir", "--hf-repo", "-hf", "-hfr", "--model-url"],
    revision: ["--revision", "--model-revision"],
    quantization: ["--quantization", "--quantize", "-q"],
    adapters: ["--lora-modules", "--lora-paths", "--lora-adapters"],
    file: ["--config"],
  },
  env: { ...tgiEnv, model: [...tgiEnv.model, "NIM_MODEL_NAME", "NIM_MODEL_PATH", ...llamaEnv] },
};

/** vLLM's flags that take one value: what follows another flag may be the positional model after a switch. */
export const vllmValueFlags: ReadonlySet<string> = new Set(
  (
    "api-key block-size chat-template chat-template-content-format code-revision config-format cpu-offload-gb data-parallel-size " +
    "device distributed-executor-backend download-dir dtype generation-config gpu-memory-utilization guided-decoding-backend " +
    "hf-config-path hf-overrides hf-token host kv-cache-dtype kv-transfer-config limit-mm-per-prompt load-format max-logprobs " +
    "max-lora-rank max-loras max-model-len max-num-batched-tokens max-num-seqs model model-impl override-generation-config " +
    "pipeline-parallel-size port quantization reasoning-parser response-role revision root-path runner seed " +
    "speculative-config swap-space task tensor-parallel-size tokenizer tokenizer-mode tokenizer-revision tool-call-parser " +
    "tool-parser-plugin uvicorn-log-level"
  )
    .split(" ")
    .map((name) => `--${name}`)
    .concat("-q", "-tp", "-pp", "-dp", "-n"),
);

/** Flags that take any number of values, or a comma-separated list. */
export const listFlags: ReadonlySet<string> = new Set([
  "--served-model-name",
  "--lora-modules",
  "--lora-paths",
  "--lora-adapters",
  "--lora",
  "--lora-scaled",
  "--allowed-origins",
  "--allowed-methods",
  "--allowed-headers",
  "--middleware",
]);

/** Flags that mark arguments as vLLM's where the image starts it, so that a leading positional argument is the model. */
export const vllmMarks: ReadonlySet<string> = new Set([
  "--served-model-name",
  "--tensor-parallel-size",
  "-tp",
  "--pipeline-parallel-size",
  "--max-model-len",
  "--gpu-memory-utilization",
  "--enable-lora",
  "--lora-modules",
  "--max-num-seqs",
  "--enable-prefix-caching",
  "--enable-chunked-prefill",
  "--enforce-eager",
  "--trust-remote-code",
  "--kv-cache-dtype",
]);

/** Variables that change what is loaded, or let it change later, in a way that admission cannot see. */
export const hazards: readonly {
  readonly variable: string;
  readonly isSet: (value: string) => boolean;
  readonly problem: string;
}[] = [
  {
    variable: "VLLM_ALLOW_RUNTIME_LORA_UPDATING",
    isSet: (value) => !["", "0", "false"].includes(value.trim().toLowerCase()),
    problem: "VLLM_ALLOW_RUNTIME_LORA_UPDATING lets adapters be loaded at run time",
  },
  {
    variable: "VLLM_MODEL_REDIRECT_PATH",
    isSet: (value) => value !== "",
    problem: "VLLM_MODEL_REDIRECT_PATH replaces the model by what a file says",
  },
  {
    variable: "NIM_PEFT_SOURCE",
    isSet: (value) => value !== "",
    problem: "NIM_PEFT_SOURCE lets adapters be loaded at run time",
  },
];
