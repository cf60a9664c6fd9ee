import type { Container } from "../containers.ts";

/**
 * Images that the makers of model servers publish. One that starts by its own entry point loads a model, on a CPU, too, whatever
 * it is told. A name only ever adds that something is unknown: none makes an image one that loads nothing.
 */
const published =
  /(?:^|\/)(?:ollama\/ollama|vllm\/vllm-(?:openai|tpu|cpu|rocm)[\w-]*|rocm\/vllm[\w-]*|lmsysorg\/sglang|(?:huggingface\/)?text-(?:generation|embeddings)-inference|nvidia\/tritonserver|triton-inference-server\/server|(?:ggml-org|ggerganov)\/llama\.cpp|tensorflow\/serving|pytorch\/torchserve[\w-]*|openvino\/model_server|openmmlab\/lmdeploy|localai\/localai|xprobe\/xinference|michaelf34\/infinity|seldonio\/mlserver|kserve\/huggingfaceserver|nim\/[\w.-]+\/[\w.-]+)$/;

/** True for an image that is published to serve models, started by its own entry point. */
export function isServerImage({ hasCommand, fields: { image } }: Container): boolean {
  return !hasCommand && typeof image === "string" && published.test(withoutVersion(image));
}

function withoutVersion(image: string): string {
  const repository = image.split("@", 1)[0] ?? "";
  const colon = repository.indexOf(":", repository.lastIndexOf("/") + 1);
  return colon === -1 ? repository : repository.slice(0, colon);
}
