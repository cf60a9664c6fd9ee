/**
 * Variables of the environment that change what a server loads, by who reads them.
 *
 * Taken from vllm 0.33.0 (`vllm/envs.py`), sglang 0.5.23 (`srt/environ.py`), lmdeploy 0.18.0, huggingface_hub 2.4.0
 * (`constants.py`), infinity_emb 0.0.78 (`env.py`), and the sources that the tables beside this file name. Variables that
 * change only how fast or where a server runs, logging and credentials are left out.
 */

/**
 * - `model`: which model, revision, quantization or draft model is loaded, or its settings.
 * - `adapters`: which adapters are loaded, or whether more can be loaded while the server runs.
 * - `hub`: where names of models are looked up, whether at all, or in which cache on disk.
 * - `code`: which program code runs beside or in place of the server's own.
 * - `file`: settings come from a file, or the model from a place on disk, that admission cannot see.
 */
export type Change = "model" | "adapters" | "hub" | "code" | "file";

const texts: Readonly<Record<string, Partial<Record<Change, string>>>> = {
  /** Read by every server written in Python that loads from the Hugging Face Hub; the first two also by those in Rust and llama.cpp. */
  huggingFace: {
    hub: `
      HF_ENDPOINT HF_HUB_OFFLINE HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HUGGINGFACE_CO_STAGING HF_INFERENCE_ENDPOINT
      TRANSFORMERS_OFFLINE TRANSFORMERS_CACHE PYTORCH_TRANSFORMERS_CACHE PYTORCH_PRETRAINED_BERT_CACHE
      SENTENCE_TRANSFORMERS_HOME XDG_CACHE_HOME HF_XET_CACHE HF_ASSETS_CACHE HUGGINGFACE_ASSETS_CACHE HTTPS_PROXY https_proxy
      HTTP_PROXY http_proxy ALL_PROXY all_proxy MODELSCOPE_CACHE MODELSCOPE_DOMAIN MODELSCOPE_HOME`,
    code: "HF_MODULES_CACHE",
  },
  /** Read before any server starts. */
  process: {
    code: `
      PATH LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE PYTHONPLATLIBDIR
      PYTHONPYCACHEPREFIX PYTHONBREAKPOINT PYTHONINSPECT PYTHONWARNINGS BASH_ENV ENV SHELLOPTS BASHOPTS PERL5OPT PERL5LIB
      NODE_OPTIONS VIRTUAL_ENV`,
    file: "HOME",
  },
  vllm: {
    model: "VLLM_HUMMING_ONLINE_QUANT_CONFIG VLLM_HUMMING_INPUT_QUANT_CONFIG",
    adapters: "VLLM_ALLOW_RUNTIME_LORA_UPDATING VLLM_LORA_RESOLVER_CACHE_DIR VLLM_LORA_RESOLVER_HF_REPO_LIST",
    hub: "VLLM_USE_MODELSCOPE RUNAI_STREAMER_S3_ENDPOINT AWS_ENDPOINT_URL S3_ENDPOINT_URL VLLM_ASSETS_CACHE VLLM_CACHE_ROOT",
    code: `
      VLLM_PLUGINS VLLM_LOGGING_CONFIG_PATH VLLM_ALLOW_INSECURE_SERIALIZATION VLLM_SERVER_DEV_MODE VLLM_RUST_FRONTEND_PATH
      VLLM_CUDART_SO_PATH VLLM_NCCL_SO_PATH`,
    file: "VLLM_MODEL_REDIRECT_PATH",
  },
  /** LMCache, within vLLM and SGLang: `lmcache/v1/config.py`, with the older names of its settings. */
  lmcache: {
    code: `
      LMCACHE_RUNTIME_PLUGIN_LOCATIONS LMCACHE_PLUGIN_LOCATIONS LMCACHE_STORAGE_PLUGINS LMCACHE_EXTERNAL_BACKENDS
      LMCACHE_EXTRA_CONFIG`,
    file: "LMCACHE_CONFIG_FILE",
  },
  sglang: {
    hub: "SGLANG_USE_MODELSCOPE SGLANG_CACHE_DIR RUNAI_STREAMER_S3_ENDPOINT AWS_ENDPOINT_URL",
    code: `
      SGLANG_PLUGINS SGLANG_PLATFORM SGLANG_EXTERNAL_MODEL_PACKAGE SGLANG_EXTERNAL_MM_MODEL_ARCH
      SGLANG_EXTERNAL_MM_PROCESSOR_PACKAGE SGLANG_HTTP_SERVER_APP_PATH SGLANG_LOGGING_CONFIG_PATH
      SGLANG_TEST_SCRIPTED_RUNTIME SGLANG_TEST_SCRIPTED_RUNTIME_SYS_PATH_ENTRY SGLANG_USE_PICKLE_IPC`,
    model: "SGLANG_CPU_QUANTIZATION",
    file: "SGLANG_EXPERT_PACK_PATH SGLANG_QWEN4_PLE_FILE_DIR SGLANG_WEIGHT_CACHE_SOCKET_TEMPLATE",
  },
  lmdeploy: { hub: "LMDEPLOY_USE_MODELSCOPE LMDEPLOY_USE_OPENMIND_HUB", model: "LMDEPLOY_RANDOM_LOAD_WEIGHT" },
  /** `HF_MODEL_…` are read by the start script of the image for SageMaker alone. */
  textGenerationLauncher: {
    model: `
      MODEL_ID REVISION QUANTIZE SPECULATE DTYPE KV_CACHE_DTYPE ROPE_SCALING ROPE_FACTOR HF_MODEL_ID HF_MODEL_REVISION
      HF_MODEL_QUANTIZE`,
    adapters: "LORA_ADAPTERS",
    hub: "HUGGINGFACE_HUB_CACHE WEIGHTS_CACHE_OVERRIDE",
    code: "TRUST_REMOTE_CODE HF_MODEL_TRUST_REMOTE_CODE",
    file: "TOKENIZER_CONFIG_PATH",
  },
  textEmbeddingsRouter: { model: "MODEL_ID REVISION DTYPE POOLING DENSE_PATH", hub: "HUGGINGFACE_HUB_CACHE" },
  llamaServer: {
    model: `
      LLAMA_ARG_MODEL LLAMA_ARG_MODEL_URL LLAMA_ARG_HF_REPO LLAMA_ARG_HF_FILE LLAMA_ARG_DOCKER_REPO LLAMA_ARG_MMPROJ
      LLAMA_ARG_MMPROJ_URL LLAMA_ARG_MMPROJ_AUTO LLAMA_ARG_SPEC_DRAFT_MODEL LLAMA_ARG_SPEC_DRAFT_HF_REPO LLAMA_ARG_MODEL_DRAFT
      LLAMA_ARG_HFD_REPO LLAMA_ARG_HF_REPO_V LLAMA_ARG_HF_FILE_V LLAMA_ARG_MODEL_VOCODER LLAMA_ARG_SPEC_TYPE
      LLAMA_ARG_ROPE_SCALING_TYPE LLAMA_ARG_ROPE_SCALE LLAMA_ARG_ROPE_FREQ_BASE LLAMA_ARG_ROPE_FREQ_SCALE LLAMA_ARG_YARN_ORIG_CTX
      LLAMA_ARG_YARN_EXT_FACTOR LLAMA_ARG_YARN_ATTN_FACTOR LLAMA_ARG_YARN_BETA_SLOW LLAMA_ARG_YARN_BETA_FAST`,
    hub: "MODEL_ENDPOINT LLAMA_CACHE LLAMA_ARG_OFFLINE LLAMA_OFFLINE LLAMA_ARG_RPC",
    code: "LLAMA_ARG_TOOLS LLAMA_ARG_AGENT LLAMA_ARG_MCP_SERVERS_CONFIG LLAMA_ARG_MCP_SERVERS_JSON GGML_BACKEND_PATH",
    file: "LLAMA_ARG_MODELS_DIR LLAMA_ARG_MODELS_PRESET LLAMA_ARG_MODELS_AUTOLOAD LLAMA_ARG_MODELS_MAX",
  },
  llamaCppPython: {
    model: `
      MODEL HF_MODEL_REPO_ID KV_OVERRIDES CLIP_MODEL_PATH DRAFT_MODEL HF_PRETRAINED_MODEL_NAME_OR_PATH RPC_SERVERS
      ROPE_SCALING_TYPE ROPE_FREQ_BASE ROPE_FREQ_SCALE YARN_EXT_FACTOR YARN_ATTN_FACTOR YARN_BETA_FAST YARN_BETA_SLOW
      YARN_ORIG_CTX`,
    adapters: "LORA_PATH LORA_BASE",
    file: "CONFIG_FILE HF_TOKENIZER_CONFIG_PATH",
  },
  infinityEmb: {
    model: "INFINITY_MODEL_ID INFINITY_REVISION INFINITY_DTYPE INFINITY_ENGINE INFINITY_POOLING_METHOD",
    hub: "INFINITY_HOME INFINITY_CACHE_DIR",
    code: "INFINITY_TRUST_REMOTE_CODE",
  },
  openvinoModelServer: { file: "OVMS_MODEL_REPOSITORY_PATH", hub: "HF_ENDPOINT" },
  ollama: { file: "OLLAMA_MODELS", hub: "OLLAMA_REMOTES OLLAMA_HOST", code: "OLLAMA_LLM_LIBRARY" },
  /** NVIDIA's documentation, releases 1.x to 2.1: arguments behind the image go to vLLM or SGLang as they are. */
  nim: {
    model: `
      NIM_MODEL_NAME NIM_MODEL_PATH NIM_MODEL_PROFILE NIM_FT_MODEL NIM_CUSTOM_MODEL NIM_CUSTOM_MODEL_NAME
      NIM_PASSTHROUGH_ARGS NIM_SPECDEC_ARGS`,
    adapters: "NIM_PEFT_SOURCE NIM_PEFT_REFRESH_INTERVAL",
    hub: "NIM_CACHE_PATH NIM_REPOSITORY_OVERRIDE",
    code: "NIM_FORCE_TRUST_REMOTE_CODE",
    file: "NIM_MANIFEST_PATH NIM_MANIFEST_ALLOW_UNSAFE NIM_RUNTIME_CONFIG_PATH",
  },
  /** KServe's storage initializer. */
  kserveStorage: {
    model: "STORAGE_URI STORAGE_ALLOW_PATTERNS STORAGE_IGNORE_PATTERNS",
    hub: "STORAGE_CONFIG STORAGE_OVERRIDE_CONFIG AWS_ENDPOINT_URL S3_USE_HTTPS HF_ENDPOINT KSERVE_OCI_INSECURE_REGISTRY",
  },
};

const changes = ["model", "adapters", "hub", "code", "file"] as const satisfies readonly Change[];

/** What each variable changes, for the servers and readers that the texts above name. */
export const variables: ReadonlyMap<string, ReadonlyMap<string, Change>> = new Map(
  Object.entries(texts).map(([reader, ofReader]) => [reader, mapVariables(ofReader)]),
);

function mapVariables(ofReader: Partial<Record<Change, string>>): ReadonlyMap<string, Change> {
  const entries = changes.flatMap((change) => splitNames(ofReader[change]).map((name) => [name, change] as const));
  return new Map(entries);
}

function splitNames(text = ""): string[] {
  return text.split(/\s+/).filter((name) => name !== "");
}
