import { toFlagTable } from "./table.ts";

/** Made by `npm run server-flags` from lmdeploy 0.10.2 to 0.18.0; not to be edited. */
export const lmdeploy = toFlagTable({
  package: "lmdeploy",
  version: "0.18.0",
  oldest: "0.10.2",
  positionals: [{ name: "model_path", arity: "one" }],
  allowAbbrev: true,
  underscores: false,
  none: `
    --allow-credentials --allow-terminate-by-client --disable-fastapi-docs --disable-metrics --disable-vision-encoder
    --eager-mode --empty-init --enable-abort-handling --enable-eplb --enable-metrics --enable-microbatch
    --enable-prefix-caching --enable-return-routed-experts --help=-h --language-model-only --ssl --trust-remote-code
  `,
  one: `
    --async --backend --cache-block-seq-len --cache-max-entry-count --chat-template --communicator --cp --device
    --dist-init-addr --distributed-executor-backend --dllm-block-length --dllm-confidence-threshold
    --dllm-denoising-steps --dllm-unmasking-strategy --download-dir --dp --dtype --ep --generation-config --hf-overrides
    --kernel-block-size --kv-transfer-config --log-level --logprobs-mode --max-batch-size --max-concurrent-requests
    --max-log-len --max-prefill-iters --max-prefill-token-num --migration-backend --model-format --model-name
    --moe-a2a-backend --nnodes --node-rank --num-gpu-blocks --num-tokens-per-iter --piecewise-cudagraph-max-tokens
    --prefix-cache-decode-state-interval --prefix-cache-state-budget --proxy-url --quant-policy --reasoning-parser
    --revision --role --rope-scaling-factor --server-name --server-port --session-len --speculative-algorithm
    --speculative-dflash-block-size --speculative-draft-model --speculative-num-draft-tokens --tool-call-parser --tp
    --vision-max-batch-size
  `,
  many: `
    --adapters --allow-headers --allow-methods --allow-origins --allowed-media-domains --api-keys
    --cudagraph-capture-batch-sizes
  `,
  json: `
    --hf-overrides --kv-transfer-config
  `,
});
