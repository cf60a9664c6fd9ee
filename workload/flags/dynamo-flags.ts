import { joinTables } from "./joined-table.ts";
import { sglang } from "./tables/sglang.ts";
import { toFlagTable } from "./tables/table.ts";
import { vllmFlags } from "./vllm-flags.ts";

/**
 * What Dynamo's workers take beside the flags of the engine that they start. Written by hand from `dynamo/vllm/args.py` and
 * `dynamo/sglang/args.py` of Dynamo 0.4 and, in version 1.0, from their `backend_args.py` and from
 * `dynamo/common/configuration/groups/runtime_args.py`. Flags that only diffusion pipelines have are left out.
 */
const runtime = {
  package: "ai-dynamo",
  version: "1.0.0",
  oldest: "0.4.0",
  positionals: [],
  allowAbbrev: true,
  underscores: true,
  none: `
    --fpm-trace --no-fpm-trace --exclude-tools-when-tool-choice-none --no-exclude-tools-when-tool-choice-none
  `,
  one: `
    --namespace --endpoint --kv-state-endpoint --discovery-backend --request-plane --response-plane --event-plane
    --migration-limit --dyn-tool-call-parser --dyn-reasoning-parser --dyn-default-thinking-mode --custom-jinja-template
    --endpoint-types
  `,
  many: "--connector",
} as const;

const ofVllm = toFlagTable({
  ...runtime,
  none: `${runtime.none}
    --is-prefill-worker --no-is-prefill-worker --is-decode-worker --no-is-decode-worker
    --use-vllm-tokenizer --no-use-vllm-tokenizer --route-to-encoder --no-route-to-encoder
    --multimodal-encode-worker --no-multimodal-encode-worker --multimodal-worker --no-multimodal-worker
    --multimodal-decode-worker --no-multimodal-decode-worker --enable-multimodal --no-enable-multimodal
    --frontend-decoding --no-frontend-decoding
  `,
  one: `${runtime.one} --dynamo-port-min --dynamo-port-max --sleep-mode-level --mm-prompt-template`,
});

const ofSglang = toFlagTable({
  ...runtime,
  none: `${runtime.none}
    --use-sglang-tokenizer --no-use-sglang-tokenizer --multimodal-processor --no-multimodal-processor
    --multimodal-encode-worker --no-multimodal-encode-worker --multimodal-worker --no-multimodal-worker
    --embedding-worker --no-embedding-worker
  `,
});

/** The flags of Dynamo's vLLM worker: vLLM's, and its own. */
export const dynamoVllmFlags = joinTables(vllmFlags, ofVllm);

/** The flags of Dynamo's SGLang worker: SGLang's, and its own. */
export const dynamoSglangFlags = joinTables(sglang, ofSglang);
