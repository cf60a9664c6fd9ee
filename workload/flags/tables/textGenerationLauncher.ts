import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `launcher/src/main.rs` of https://github.com/huggingface/text-generation-inference at v3.3.7.
 *
 * The launcher is clap's: no abbreviations, no positional arguments; every flag but `--env` also has a variable of its own
 * name in capitals (`MODEL_ID`), and the flag wins. `-p` is declared twice.
 */
export const textGenerationLauncher = toFlagTable({
  package: "text-generation-inference",
  version: "3.3.7",
  oldest: "3.3.7",
  positionals: [],
  allowAbbrev: false,
  underscores: false,
  none: `
    --disable-custom-kernels --disable-grammar-support --enable-prefill-logprobs --env=-e --help=-h --json-output
    --ngrok --trust-remote-code --version=-V
  `,
  one: `
    --api-key --cors-allow-origin --cuda-graphs --cuda-memory-fraction --dtype --graceful-termination-timeout=-g
    --hostname --huggingface-hub-cache --kv-cache-dtype --lora-adapters --master-addr --master-port
    --max-batch-prefill-tokens --max-batch-size --max-batch-total-tokens --max-best-of --max-client-batch-size
    --max-concurrent-requests --max-input-length --max-input-tokens --max-stop-sequences --max-top-n-tokens
    --max-total-tokens --max-waiting-tokens --model-id --ngrok-authtoken --ngrok-edge --num-shard --otlp-endpoint
    --otlp-service-name --payload-limit --port --prometheus-port --quantize --revision --rope-factor --rope-scaling
    --shard-uds-path --sharded --speculate --tokenizer-config-path --usage-stats --validation-workers
    --waiting-served-ratio --watermark-delta --watermark-gamma --weights-cache-override
  `,
  unsure: `
    -p
  `,
});
