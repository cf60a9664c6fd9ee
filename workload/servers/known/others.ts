import { listHazards } from "../../flags/hazards.ts";
import type { Server } from "../server.ts";
import { infinityEmb } from "../../flags/tables/infinityEmb.ts";
import { llmdInferenceSim } from "../../flags/tables/llmdInferenceSim.ts";
import { lmdeploy } from "../../flags/tables/lmdeploy.ts";
import { mlcLlm } from "../../flags/tables/mlcLlm.ts";
import { openvinoModelServer } from "../../flags/tables/openvinoModelServer.ts";
import type { FlagTable } from "../../flags/tables/table.ts";
import { trtllmServe } from "../../flags/tables/trtllmServe.ts";
import { atRunTime, fileOverrides, listPositionFlags, none, otherCode, otherWeights } from "./shared.ts";

const noFlags: FlagTable = {
  package: "NIM",
  version: "1",
  oldest: "1",
  flags: new Map(),
  positionals: [],
  allowAbbrev: false,
  underscores: false,
};

/** Servers that share no flags with any other. */
export const otherServers: readonly Server[] = [
  {
    title: "LMDeploy",
    starts: ["lmdeploy serve api_server", "-m lmdeploy serve api_server"],
    isEntryPoint: false,
    table: lmdeploy,
    positional: true,
    flags: { model: [], revision: ["--revision"], quantization: ["--model-format"], adapters: ["--adapters"] },
    env: none,
    generation: { "--generation-config": ["auto", "lmdeploy"] },
    templates: ["--chat-template"],
    hides: { "--hf-overrides": otherWeights, "--empty-init": atRunTime, ...listPositionFlags(lmdeploy) },
    hidesAdapters: {},
    drafts: ["--speculative-draft-model"],
    hazards: listHazards("lmdeploy"),
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
    repeats: { model: ["--tokenizer"], revision: [] },
    templates: ["--chat_template"],
    hides: {
      "--extra_llm_api_options": fileOverrides,
      "--custom_module_dirs": otherCode,
      "--custom_tokenizer": otherCode,
    },
    hidesAdapters: {},
    drafts: [],
    hazards: listHazards(),
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
    hazards: listHazards("infinityEmb"),
  },
  {
    title: "OpenVINO Model Server",
    starts: ["ovms"],
    isEntryPoint: true,
    table: openvinoModelServer,
    positional: false,
    flags: { ...none, model: ["--source_model", "--model_path"] },
    env: none,
    files: ["--model_path"],
    hides: {
      "--config_path": fileOverrides,
      "--source_loras": otherWeights,
      "--cpu_extension": otherCode,
    },
    hidesAdapters: {},
    drafts: ["--draft_source_model", "--vocoder"],
    hazards: listHazards("openvinoModelServer"),
  },
  {
    title: "MLC",
    starts: ["mlc_llm serve", "-m mlc_llm serve"],
    isEntryPoint: false,
    table: mlcLlm,
    positional: true,
    flags: none,
    env: none,
    files: ["the first argument"],
    takesUris: true,
    hides: { "--model-lib": otherCode, "--embedding-model-lib": otherCode },
    hidesAdapters: {},
    drafts: ["--additional-models", "--embedding-model"],
    hazards: listHazards(),
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
    hazards: listHazards("nim"),
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
