import { dynamoVllmFlags } from "../../flags/dynamo-flags.ts";
import { listHazards } from "../../flags/hazards.ts";
import type { Server } from "../server.ts";
import { aphrodite } from "../../flags/tables/aphrodite.ts";
import { huggingfaceserver } from "../../flags/tables/huggingfaceserver.ts";
import type { FlagTable } from "../../flags/tables/table.ts";
import { vllmFlags } from "../../flags/vllm-flags.ts";
import { atRunTime, fileOverrides, listPositionFlags, none, otherCode, otherWeights } from "./shared.ts";

/** KServe's server adds vLLM's flags to its own, under their names with dashes. */
function withVllm(table: FlagTable): FlagTable {
  return { ...table, flags: new Map([...vllmFlags.flags, ...table.flags]) };
}

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
  repeats: { model: ["--tokenizer"], revision: ["--tokenizer-revision", "--tokenizer_revision", "--code-revision"] },
  generation: { "--generation-config": ["auto", "vllm"] },
  templates: ["--chat-template"],
  hides: {
    "--config": fileOverrides,
    "--additional-config": otherWeights,
    "--hf-overrides": otherWeights,
    "--hf-config-path": otherWeights,
    "--model-class-overrides": otherWeights,
    "--quantization-config": otherWeights,
    "--weight-transfer-config": atRunTime,
    ...listPositionFlags(vllmFlags),
    "--mm-encoder-fp8-scale-path": otherWeights,
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
  hazards: listHazards("vllm", "lmcache"),
};

/** vLLM, and servers that take its flags. https://docs.vllm.ai/en/latest/configuration/engine_args.html */
export const vllmServers: readonly Server[] = [
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
    table: dynamoVllmFlags,
    positional: false,
    templates: ["--chat-template", "--custom-jinja-template"],
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
    hides: { ...vllmServer.hides, "--log_config_file": otherCode },
  },
  {
    ...vllmServer,
    title: "Aphrodite",
    starts: ["aphrodite run"],
    isEntryPoint: false,
    table: aphrodite,
  },
];
