import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `pkg/common/config.go` and its neighbours of https://github.com/llm-d/llm-d-inference-sim, 41 commits after v0.10.2.
 *
 * A simulator: it loads no model, whatever `--model` says. The parser is pflag's: no abbreviations; a switch takes a value
 * only when joined. Lists take words up to the next flag.
 */
export const llmdInferenceSim = toFlagTable({
  package: "llm-d-inference-sim",
  version: "0.10.2",
  oldest: "0.10.2",
  positionals: [],
  allowAbbrev: false,
  underscores: false,
  none: `
    --dataset-in-memory --enable-kvcache --enable-request-id-headers --force-dummy-tokenizer --help=-h --log-http
    --self-signed-certs --skip-tool-validation --use-vllm-map-event-format
  `,
  one: `
    --block-size --config --data-parallel-rank --data-parallel-size --dataset-path --dataset-table-name --dataset-url
    --default-embedding-dimensions --ec-transfer-config --event-batch-size --failure-injection-rate
    --fake-metrics-refresh-interval --global-cache-hit-threshold --hash-seed --image-emission-rate
    --inter-token-latency --inter-token-latency-std-dev --kv-cache-size --kv-cache-transfer-latency
    --kv-cache-transfer-latency-std-dev --kv-cache-transfer-time-per-token --kv-cache-transfer-time-std-dev
    --kv-events-replay-endpoint --kv-events-replay-queue-size --latency-calculator --max-cpu-loras --max-loras
    --max-model-len --max-num-seqs --max-request-body-size-mb --max-tool-call-array-param-length
    --max-tool-call-integer-param --max-tool-call-number-param --max-waiting-queue-length
    --min-tool-call-array-param-length --min-tool-call-integer-param --min-tool-call-number-param
    --mm-processor-kwargs --mm-render-timeout --mode --model --object-tool-call-not-required-field-probability --port
    --prefill-overhead --prefill-time-per-token --prefill-time-std-dev --render-timeout --render-url --seed
    --ssl-certfile --ssl-keyfile --startup-duration --tensor-parallel-size --time-factor-under-load
    --time-to-first-token --time-to-first-token-std-dev --time-to-generate-image --time-to-generate-image-std-dev
    --tool-call-extra-call-probability --tool-call-not-required-param-probability --zmq-endpoint
  `,
  many: `
    --failure-types --fake-metrics --lora-modules --served-model-name
  `,
});
