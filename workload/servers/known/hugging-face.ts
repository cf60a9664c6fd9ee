import { listHazards } from "../../flags/hazards.ts";
import type { Server } from "../server.ts";
import { textEmbeddingsRouter } from "../../flags/tables/textEmbeddingsRouter.ts";
import { textGenerationLauncher } from "../../flags/tables/textGenerationLauncher.ts";
import { fileOverrides, listPositionFlags, none, otherWeights } from "./shared.ts";

/** Text Generation Inference and Text Embeddings Inference. */
export const huggingFaceServers: readonly Server[] = [
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
    hides: { "--tokenizer-config-path": fileOverrides, ...listPositionFlags(textGenerationLauncher) },
    hidesAdapters: {},
    drafts: [],
    hazards: listHazards("textGenerationLauncher"),
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
    hazards: listHazards("textEmbeddingsRouter"),
  },
];
