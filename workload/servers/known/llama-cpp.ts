import { listHazards } from "../../flags/hazards.ts";
import type { Server } from "../server.ts";
import { llamaCppPython } from "../../flags/tables/llamaCppPython.ts";
import { llamaServer } from "../../flags/tables/llamaServer.ts";
import { atRunTime, fileOverrides, listPositionFlags, none, otherCode, otherMachines, otherWeights } from "./shared.ts";

/** llama.cpp's switches that name a model by themselves. */
const presets: Readonly<Record<string, string>> = Object.fromEntries(
  [...llamaServer.flags.keys()].filter((name) => /-default$|-spec$/.test(name)).map((name) => [name, otherWeights]),
);

/** llama.cpp, by its own server and by the Python one. */
export const llamaCppServers: readonly Server[] = [
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
    files: ["--model", "--model-url", "LLAMA_ARG_MODEL", "LLAMA_ARG_MODEL_URL"],
    templates: ["--chat-template-file", "LLAMA_ARG_CHAT_TEMPLATE_FILE"],
    dockerHub: ["--docker-repo", "LLAMA_ARG_DOCKER_REPO"],
    hides: {
      "--models-dir": atRunTime,
      "--models-preset": atRunTime,
      "--offline": "lets the server load whatever its cache holds",
      "--rpc": otherMachines,
      "--mmproj": otherWeights,
      "--mmproj-url": otherWeights,
      "--override-kv": otherWeights,
      "--control-vector": otherWeights,
      "--control-vector-scaled": otherWeights,
      ...presets,
      ...listPositionFlags(llamaServer),
      "--agent": otherCode,
      "--tools": otherCode,
      "--mcp-servers-config": otherCode,
      "--mcp-servers-json": otherCode,
      "--video-ffmpeg-dir": otherCode,
    },
    hidesAdapters: {},
    drafts: ["--spec-draft-model", "--spec-draft-hf"],
    hazards: listHazards("llamaServer"),
  },
  {
    title: "llama-cpp-python",
    starts: ["-m llama_cpp.server"],
    isEntryPoint: false,
    table: llamaCppPython,
    positional: false,
    flags: { ...none, model: ["--hf_model_repo_id", "--model"], adapters: ["--lora_path"] },
    env: { ...none, model: ["HF_MODEL_REPO_ID", "MODEL"], adapters: ["LORA_PATH"] },
    foldsVariables: true,
    files: ["--model", "MODEL"],
    fileOf: { repository: { flags: ["--hf_model_repo_id"], variables: ["HF_MODEL_REPO_ID"] } },
    hides: {
      "--config_file": fileOverrides,
      "--hf_tokenizer_config_path": fileOverrides,
      "--hf_pretrained_model_name_or_path": otherWeights,
      "--rpc_servers": otherMachines,
      "--kv_overrides": otherWeights,
      "--lora_base": otherWeights,
      "--clip_model_path": otherWeights,
      ...listPositionFlags(llamaCppPython),
    },
    hidesAdapters: {},
    drafts: [],
    hazards: listHazards("llamaCppPython"),
  },
];
