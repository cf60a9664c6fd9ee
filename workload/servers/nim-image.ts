import type { Container } from "../containers.ts";
import type { Code } from "../programs/code.ts";
import type { Environment } from "../expansion.ts";
import { findHazard, findOpenVariables, listHazards } from "../flags/hazards.ts";
import { type ServerReading, toUnknownReading } from "./read-server.ts";

/** Images that serve whatever a variable or a NIMCache names. https://docs.nvidia.com/nim/large-language-models/latest/introduction.html */
export const generalNims = /(?:^|\/)(?:llm-nim|model-free-nim)$/;

/** Variables that say nothing of which weights are loaded, or that the container's own reading is about. */
export const harmlessNimVariables =
  /^NIM_(?:(?:ENABLE|DISABLE|LOG|JSONL|OTEL|SSL|SDK|TRITON|KV_?CACHE|SERVER|HTTP|GRPC|HEALTH|MAX|NUM|MPI|REWARD|TELEMETRY|SCHEDULER)_[A-Z0-9_]+|MODEL_NAME|MODEL_PATH|MODEL_PROFILE|SERVED_MODEL_NAME|CACHE_PATH|TENSOR_PARALLEL_SIZE|PIPELINE_PARALLEL_SIZE|NODE_RANK|MULTI_NODE|LEADER_ROLE|PEFT_SOURCE|PEFT_REFRESH_INTERVAL|LOW_MEMORY_MODE|RELAX_MEM_CONSTRAINTS|GUIDED_DECODING_BACKEND|TOKENIZER_MODE|TRUST_REMOTE_CODE|FORCE_TRUST_REMOTE_CODE|IGNORE_MODEL_DOWNLOAD_FAIL)$/;

/** NVIDIA's own registry, which nobody else writes to: under this name there is that model. */
const nimImage = /^(nvcr\.io\/nim\/[\w.-]+\/[\w.-]+)(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/;

const home = "/opt/nim";
const hazards = listHazards("nim");
const settings = ["NIM_MODEL_NAME", "NIM_MODEL_PATH"];

/** The model of a NIM that starts as its image does: the image. Undefined for any other image. */
export function readNimImage({ fields, path, env }: Container, code: Code): ServerReading | undefined {
  const { image } = fields;
  const repository = typeof image === "string" ? nimImage.exec(image)?.[1] : undefined;
  if (repository === undefined || generalNims.test(repository)) return undefined;
  const problem =
    code.problem ??
    (code.hasMountIn(home, `${home}/.cache`) ? `a volume in ${home} may replace programs` : undefined) ??
    unknownVariable(env) ??
    findHazard(env, hazards);
  return {
    ...toUnknownReading("", `${path}.image`),
    problem,
    source: `oci://${String(image)}`,
    openEnvironment: findOpenVariables(env, hazards, settings),
    by: "image",
  };
}

/** Of all variables of the container; a newer version may have more than are known. */
function unknownVariable({ values }: Environment): string | undefined {
  if (!(values instanceof Map)) return "variables may replace what the image loads";
  for (const key of values.keys()) {
    const name = String(key);
    if (name.startsWith("NIM_") && !harmlessNimVariables.test(name)) return `${name} may replace what the image loads`;
  }
  return undefined;
}
