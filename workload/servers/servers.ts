import { huggingFaceServers } from "./known/hugging-face.ts";
import { llamaCppServers } from "./known/llama-cpp.ts";
import { otherServers } from "./known/others.ts";
import { sglangServers } from "./known/sglang.ts";
import { vllmServers } from "./known/vllm.ts";
import type { Server } from "./server.ts";

/** Every server whose command line is read. */
export const servers: readonly Server[] = [
  ...vllmServers,
  ...sglangServers,
  ...huggingFaceServers,
  ...llamaCppServers,
  ...otherServers,
];
