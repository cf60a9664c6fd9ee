/*
 * Servers that run can be told to load something else. Who tells them so stands in the object where it is a hook, a probe, or
 * another container; what comes from elsewhere over the network does not.
 */

/** Paths by which that is done, as patterns, by who has them: the ends of an address, without its first slash. */
const paths: Readonly<Record<string, string>> = {
  /** `vllm/entrypoints/serve/lora/api_router.py`, `…/dev/rlhf/api_router.py`, `…/dev/rpc/api_router.py`; TensorRT-LLM and LMDeploy have the last. */
  vllm: "(?:un)?load_lora_adapter collective_rpc init_weight_transfer_engine start_(?:draft_)?weight_update update_weights",
  /** `sglang/srt/entrypoints/http_server.py` of 0.5.23. */
  sglang:
    "load_lora_adapter_from_tensors update_weights_from_(?:disk|tensor|distributed|ipc) init_weights_update_group begin_weight_update",
  /** llama.cpp as a router, and LM Studio; Aphrodite and TabbyAPI. */
  others: "models?/load",
  /** https://github.com/ollama/ollama/blob/main/docs/api.md */
  ollama: "api/(?:pull|create|copy)",
  /** https://localai.io/models/ */
  localAi: "(?:models|backends)/apply",
  /** https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_model_repository.md : MLServer's, too. */
  triton: "v2/repository/models/[^/]{1,256}(?:/versions/[^/]{1,64})?/load GRPCInferenceService[/.]RepositoryModelLoad",
  /** https://docs.openvino.ai/2025/model-server/ovms_docs_rest_api_tfs.html */
  openvinoModelServer: "v1/config/reload",
  /** https://pytorch.org/serve/management_api.html : with the archive to load behind a question mark. */
  torchServe: "models\\?(?:[^#\\s/]{0,64}&)?url=.*",
};

const patterns = Object.values(paths)
  .flatMap((text) => text.split(" "))
  .join("|");
const changing = new RegExp(`(?:/|\\binference\\.)((?:v1/)?(?:${patterns}))(?=$|[/?#\\s"'\`\\\\),])`);

const clients: ReadonlySet<string> = new Set(["curl", "wget", "nc", "grpcurl"]);
const request = /\b(?:GET|POST|PUT) \//;

/** An address on this machine, or the pod's own, with a path of which a part may stand for another. */
const hiddenPath =
  /^(?:--url=)?(?:https?:\/\/)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1?\]|0\.0\.0\.0|\u{E000}[^/\u{E000}]{1,64}\u{E000})(?::[^/]{0,64})?\/[^?#]*(?:\0|%|[{[]|\.\.)/u;

/**
 * What a command says to a server that changes what that loads, in words; undefined where none of it is seen. `words`: the
 * program, and what it is given; an empty program is one that the image names.
 */
export function findModelCall(words: readonly string[]): string | undefined {
  const [program = ""] = words;
  const isClient = program === "" || clients.has(program);
  const isCode = words[1] === "-c";
  for (const word of words.slice(1)) {
    const path = isClient || isCode || word.includes("://") || request.test(word) ? findChange(word) : undefined;
    if (path !== undefined) return describeCall(program === "" ? "the image" : program, path);
    if (isClient && hiddenPath.test(word))
      return `${program === "" ? "the image" : program} calls a path on this machine that cannot be read, and that may change what a server loads`;
  }
  return undefined;
}

/** The same of a request that the kubelet makes, `path` as the probe or hook says it. */
export function findModelRequest(path: string): string | undefined {
  const found = findChange(path.startsWith("/") ? path : `/${path}`);
  return found && describeCall("the kubelet", found);
}

function findChange(text: string): string | undefined {
  return changing.exec(text)?.[0];
}

function describeCall(who: string, path: string): string {
  return `${who} calls ${path.slice(0, 160)}, which changes what a running server loads`;
}
