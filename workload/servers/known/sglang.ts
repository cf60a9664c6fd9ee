import { dynamoSglangFlags } from "../../flags/dynamo-flags.ts";
import { listHazards } from "../../flags/hazards.ts";
import type { Server } from "../server.ts";
import { sglang } from "../../flags/tables/sglang.ts";
import { atRunTime, fileOverrides, none, otherCode, otherWeights } from "./shared.ts";

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
  repeats: { model: ["--tokenizer-path"], revision: [] },
  draftSettings: {
    revision: ["--speculative-draft-model-revision"],
    quantization: ["--speculative-draft-model-quantization"],
  },
  templates: ["--chat-template", "--completion-template"],
  hides: {
    "--config": fileOverrides,
    "--dllm-algorithm-config": fileOverrides,
    "--lmcache-config-file": fileOverrides,
    "--flexkv-config-file": fileOverrides,
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
    "--quantization-param-path": otherWeights,
    "--modelopt-quant": otherWeights,
    "--rl-quant-profile": otherWeights,
    "--torchao-config": otherWeights,
    "--speculative-token-map": otherWeights,
    "--debug-tensor-dump-inject": otherWeights,
  },
  hidesAdapters: {
    "--enable-lora": "--enable-lora lets adapters be loaded at run time",
    "--lora-paths": "--lora-paths lets further adapters be loaded at run time",
  },
  drafts: ["--speculative-draft-model-path"],
  hazards: listHazards("sglang", "lmcache"),
};

/** SGLang, and servers that take its flags. https://docs.sglang.ai/advanced_features/server_arguments.html */
export const sglangServers: readonly Server[] = [
  sglangServer,
  {
    ...sglangServer,
    title: "Dynamo's SGLang worker",
    starts: ["-m dynamo.sglang"],
    table: dynamoSglangFlags,
    templates: [...(sglangServer.templates ?? []), "--custom-jinja-template"],
  },
];
