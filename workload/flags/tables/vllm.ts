import { toFlagTable } from "./table.ts";

/** Made by `npm run server-flags` from vllm 0.10.2 to 0.33.0; not to be edited. */
export const vllm = toFlagTable({
  package: "vllm",
  version: "0.33.0",
  oldest: "0.10.2",
  positionals: [{ name: "model_tag", arity: "optional" }],
  allowAbbrev: true,
  underscores: true,
  none: `
    --aggregate-engine-logging --allow-credentials --allow-deprecated-quantization --async-scheduling
    --calculate-kv-scales --cohere-is-reasoning-model --cudagraph-metrics --data-parallel-external-lb=-dpe
    --data-parallel-hybrid-lb=-dph --data-parallel-multi-port-external-lb=-dpm --dcp-q-replicate
    --disable-async-output-proc --disable-auto-tool-choice --disable-batch-sharded-sampling --disable-cascade-attn
    --disable-chunked-mm-input --disable-chunked-prefill --disable-cumem-allocator --disable-custom-all-reduce
    --disable-dbo --disable-elastic-ep --disable-ep-weight-filter --disable-eplb --disable-expert-parallel
    --disable-fastapi-docs --disable-fault-tolerance --disable-flash-late-interaction --disable-flashinfer-autotune
    --disable-force-include-usage --disable-frontend-multiprocessing --disable-hc-sp --disable-hybrid-kv-cache-manager
    --disable-layerwise-nvtx-tracing --disable-log-deltas --disable-log-outputs --disable-log-requests
    --disable-log-stats --disable-logging-iteration-details --disable-lora --disable-mamba-cache-stochastic-rounding
    --disable-mamba-shared-prefix-checkpoint --disable-mfu-metrics --disable-mixed-moe-lora-format --disable-mm-embeds
    --disable-mm-preprocessor-cache --disable-moe-shared-loras --disable-nccl-comm-suspend
    --disable-nccl-for-dp-synchronization --disable-offline-docs --disable-per-request-metrics --disable-prefix-caching
    --disable-prompt-embeds --disable-prompt-tokens-details --disable-request-id-headers --disable-return-routed-experts
    --disable-scale-out --disable-server-load-tracking --disable-shm-tensor-arena --disable-sleep-mode
    --disable-sliding-window --disable-ssl-refresh --disable-tokenizer-info-endpoint --disable-tower-connector-lora
    --disable-trace-replay --disable-uvicorn-access-log --enable-auto-tool-choice --enable-batch-sharded-sampling
    --enable-bf16x3-router-gemm --enable-cascade-attn --enable-chunked-mm-input --enable-chunked-prefill
    --enable-cumem-allocator --enable-custom-all-reduce --enable-dbo --enable-elastic-ep --enable-ep-weight-filter
    --enable-eplb --enable-expert-parallel=-ep --enable-fastapi-docs --enable-fault-tolerance
    --enable-flash-late-interaction --enable-flashinfer-autotune --enable-force-include-usage --enable-hc-sp
    --enable-hybrid-kv-cache-manager --enable-layerwise-nvtx-tracing --enable-log-deltas --enable-log-outputs
    --enable-log-requests --enable-logging-iteration-details --enable-lora --enable-lora-bias
    --enable-mamba-cache-stochastic-rounding --enable-mamba-fine-grained-prefix-cache
    --enable-mamba-shared-prefix-checkpoint --enable-mfu-metrics --enable-mixed-moe-lora-format --enable-mm-embeds
    --enable-moe-shared-loras --enable-multimodal-encoder-data-parallel --enable-nccl-comm-suspend
    --enable-nccl-for-dp-synchronization --enable-offline-docs --enable-per-request-metrics --enable-prefix-caching
    --enable-prompt-embeds --enable-prompt-tokens-details --enable-request-id-headers --enable-return-routed-experts
    --enable-scale-out --enable-server-load-tracking --enable-shm-tensor-arena --enable-sleep-mode
    --enable-sliding-window --enable-ssl-refresh --enable-tokenizer-info-endpoint --enable-tower-connector-lora
    --enable-trace-replay --enable-uvicorn-access-log --enforce-eager --eplb-log-balancedness
    --exclude-tools-when-tool-choice-none --fail-on-environ-validation --fully-sharded-loras --grpc --headless --help=-h
    --interleave-mm-strings --jit-monitor-verbose --kv-cache-metrics --kv-sharing-fast-prefill --language-model-only
    --log-error-stack --long-prefill-token-threshold-adaptive --mm-device-do-normalize --mm-encoder-only --monokernel
    --no-allow-credentials --no-allow-deprecated-quantization --no-async-scheduling --no-calculate-kv-scales
    --no-cohere-is-reasoning-model --no-cudagraph-metrics --no-data-parallel-external-lb --no-data-parallel-hybrid-lb
    --no-dcp-q-replicate --no-disable-cascade-attn --no-disable-chunked-mm-input --no-disable-custom-all-reduce
    --no-disable-fastapi-docs --no-disable-frontend-multiprocessing --no-disable-hybrid-kv-cache-manager
    --no-disable-log-requests --no-disable-nccl-for-dp-synchronization --no-disable-sliding-window
    --no-disable-uvicorn-access-log --no-enable-auto-tool-choice --no-enable-batch-sharded-sampling
    --no-enable-bf16x3-router-gemm --no-enable-chunked-prefill --no-enable-cumem-allocator --no-enable-dbo
    --no-enable-elastic-ep --no-enable-ep-weight-filter --no-enable-eplb --no-enable-expert-parallel
    --no-enable-fault-tolerance --no-enable-flash-late-interaction --no-enable-flashinfer-autotune
    --no-enable-force-include-usage --no-enable-hc-sp --no-enable-layerwise-nvtx-tracing --no-enable-log-deltas
    --no-enable-log-outputs --no-enable-log-requests --no-enable-logging-iteration-details --no-enable-lora
    --no-enable-lora-bias --no-enable-mamba-cache-stochastic-rounding --no-enable-mamba-fine-grained-prefix-cache
    --no-enable-mamba-shared-prefix-checkpoint --no-enable-mfu-metrics --no-enable-mixed-moe-lora-format
    --no-enable-mm-embeds --no-enable-moe-shared-loras --no-enable-nccl-comm-suspend --no-enable-offline-docs
    --no-enable-per-request-metrics --no-enable-prefix-caching --no-enable-prompt-embeds
    --no-enable-prompt-tokens-details --no-enable-request-id-headers --no-enable-return-routed-experts
    --no-enable-scale-out --no-enable-server-load-tracking --no-enable-shm-tensor-arena --no-enable-sleep-mode
    --no-enable-ssl-refresh --no-enable-tokenizer-info-endpoint --no-enable-tower-connector-lora
    --no-enable-trace-replay --no-enforce-eager --no-eplb-log-balancedness --no-exclude-tools-when-tool-choice-none
    --no-fail-on-environ-validation --no-fully-sharded-loras --no-guided-decoding-disable-additional-properties
    --no-guided-decoding-disable-any-whitespace --no-guided-decoding-disable-fallback --no-interleave-mm-strings
    --no-jit-monitor-verbose --no-kv-cache-metrics --no-kv-sharing-fast-prefill --no-language-model-only
    --no-log-error-stack --no-long-prefill-token-threshold-adaptive --no-mm-device-do-normalize --no-mm-encoder-only
    --no-monokernel --no-numa-bind --no-ray-workers-use-nsight --no-return-sampling-mask --no-return-tokens-as-token-ids
    --no-scheduler-reserve-full-isl --no-skip-mm-profiling --no-skip-tokenizer-init --no-sleep-mode-offload-cudagraph
    --no-specialize-active-lora --no-swa-bounded-replay --no-tokens-only --no-trust-remote-code
    --no-trust-request-chat-template --no-trust-request-mm-kwargs --no-use-fp64-gumbel --no-use-gpu-for-pooling-score
    --no-use-replayssm --no-use-tqdm-on-load --numa-bind --ray-workers-use-nsight --return-sampling-mask
    --return-tokens-as-token-ids --scheduler-reserve-full-isl --skip-mm-profiling --skip-tokenizer-init
    --sleep-mode-offload-cudagraph --specialize-active-lora --swa-bounded-replay --tokens-only --trust-remote-code
    --trust-request-chat-template --trust-request-mm-kwargs --use-fp64-gumbel --use-gpu-for-pooling-score
    --use-replayssm --use-tqdm-on-load
  `,
  one: `
    --additional-config --all2all-backend --allowed-headers --allowed-local-media-path --allowed-methods
    --allowed-origins --anthropic-disabled-thinking-effort --api-server-count=-asc --attention-backend
    --attention-config=-ac --aux-output-config --block-size --chat-template --chat-template-content-format
    --code-revision --cohere-format --compilation-config=-O=-cc --config --config-format --convert
    --cp-kv-cache-interleave-size --cpu-distributed-timeout-seconds --cpu-offload-gb --custom-histogram-buckets
    --data-parallel-address=-dpa --data-parallel-backend=-dpb --data-parallel-rank=-dpn --data-parallel-rpc-port=-dpp
    --data-parallel-size-local=-dpl --data-parallel-size=-dp --data-parallel-start-rank=-dpr
    --data-parallel-supervisor-port --dbo-decode-token-threshold --dbo-prefill-token-threshold --dcp-comm-backend
    --dcp-kv-cache-interleave-size --decode-context-parallel-size=-dcp --default-chat-template-kwargs --default-mm-loras
    --device-ids --diffusion-config=-dc --disable-access-log-for-endpoints --distributed-executor-backend
    --distributed-timeout-seconds --download-dir --dp-supervisor-probe-failure-threshold
    --dp-supervisor-probe-interval-s --dp-supervisor-probe-timeout-s --dp-sync-interval --dtype --ec-manager-config
    --ec-transfer-config --elastic-ep-max-dp-size --engram-config --eplb-config --eplb-step-interval --eplb-window-size
    --expert-placement-strategy --fault-tolerance-config --fingerprint-mode --fingerprint-value --gdn-prefill-backend
    --generation-config --gpu-memory-utilization=--device-memory-utilization --grpc-port --guided-decoding-backend
    --h11-max-header-count --h11-max-incomplete-event-size --hf-config-path --hf-overrides --host --io-processor-plugin
    --ir-op-priority --jit-monitor-mode --kda-decode-backend --kda-prefill-backend --kernel-config --kv-cache-dtype
    --kv-cache-memory-bytes --kv-cache-metrics-sample --kv-events-config --kv-offloading-backend --kv-offloading-size
    --kv-transfer-config --limit-mm-per-prompt --linear-backend --load-format --log-config-file --log-level
    --logging-config --logits-processor-pattern --logprobs-mode --long-prefill-token-threshold --lora-dtype
    --lora-extra-vocab-size --mamba-backend --mamba-block-size --mamba-cache-dtype --mamba-cache-mode
    --mamba-cache-philox-rounds --mamba-ssm-cache-dtype --mamba-ssu-algorithm --master-addr --master-port
    --max-cpu-loras --max-cudagraph-capture-size --max-log-len --max-logprobs --max-long-partial-prefills
    --max-lora-cls-labels --max-lora-rank --max-loras --max-model-len --max-num-active-seqs --max-num-batched-tokens
    --max-num-partial-prefills --max-num-queued-reqs --max-num-queued-tokens --max-num-scheduled-tokens --max-num-seqs
    --max-parallel-loading-workers --max-seq-len-to-capture --media-io-kwargs --middleware --mm-encoder-attn-backend
    --mm-encoder-attn-dtype --mm-encoder-fp8-scale-path --mm-encoder-fp8-scale-save-margin
    --mm-encoder-fp8-scale-save-path --mm-encoder-tp-mode --mm-hasher-algorithm --mm-ipc-gpu-memory-gb
    --mm-processor-cache-gb --mm-processor-cache-type --mm-processor-device --mm-processor-kwargs
    --mm-shm-cache-max-object-size-mb --mm-tensor-ipc --model --model-class-overrides --model-impl
    --model-loader-extra-config --moe-backend --nnodes=-n --node-rank=-r --num-gpu-blocks-override --num-lookahead-slots
    --num-redundant-experts --offload-backend --offload-group-size --offload-num-in-group --offload-prefetch-step
    --optimization-level --otlp-traces-endpoint --override-attention-dtype --override-generation-config
    --override-pooler-config --per-request-spec-decode-metrics --performance-mode --pipeline-parallel-size=-pp
    --pooler-config --port --preemption-mode --prefill-context-parallel-size=-pcp --prefill-schedule-interval
    --prefix-cache-retention-interval --prefix-caching-hash-algo --prefix-match-unit --profiler-config
    --pt-load-map-location --quantization-config --quantization=-q --reasoning-config --reasoning-effort-map
    --reasoning-parser --reasoning-parser-plugin --renderer-num-workers --replayssm-buffer-len --response-role
    --revision --root-path --rope-scaling --rope-theta --runner --safetensors-load-strategy
    --safetensors-prefetch-block-size --safetensors-prefetch-num-threads --scheduler-cls --scheduler-delay-factor
    --scheduling-policy --seed --show-hidden-metrics-for-version --shutdown-timeout --sleep-mode-backend
    --sparse-indexer-topk-backend --spec-method --spec-model --spec-tokens --speculative-config=-sc
    --sse-keep-alive-interval --ssl-ca-certs --ssl-cert-reqs --ssl-certfile --ssl-ciphers --ssl-keyfile
    --stream-interval --structured-outputs-config --swap-space --task --tensor-parallel-size=-tp --tokenizer
    --tokenizer-mode --tokenizer-revision --tool-call-parser --tool-parser-plugin --tool-server --tool-strict-level
    --ubatch-size --uds --uvicorn-log-level --video-pruning-method --video-pruning-rate --watchdog-config --watermark
    --watermark-config --weight-transfer-config --worker-cls --worker-extension-cls
  `,
  many: `
    --allowed-media-domains --api-key --collect-detailed-traces --cpu-offload-params --cuda-graph-sizes
    --cudagraph-capture-sizes --ignore-patterns --kv-cache-dtype-skip-layers --logits-processors --lora-modules
    --lora-target-modules --numa-bind-cpus --numa-bind-nodes --offload-params --served-model-name
    --sleep-preserve-parameter-names
  `,
  optional: `
    --hf-token
  `,
  unsure: `
    --guided-decoding-disable-additional-properties --guided-decoding-disable-any-whitespace
    --guided-decoding-disable-fallback
  `,
  json: `
    --additional-config --allowed-headers --allowed-methods --allowed-origins --attention-config --aux-output-config
    --compilation-config --custom-histogram-buckets --default-chat-template-kwargs --default-mm-loras --diffusion-config
    --ec-manager-config --ec-transfer-config --engram-config --eplb-config --fault-tolerance-config --hf-overrides
    --ir-op-priority --kernel-config --kv-events-config --kv-transfer-config --limit-mm-per-prompt --logging-config
    --media-io-kwargs --mm-processor-kwargs --model-class-overrides --model-loader-extra-config
    --override-generation-config --override-pooler-config --pooler-config --profiler-config --pt-load-map-location
    --quantization-config --reasoning-config --reasoning-effort-map --rope-scaling --speculative-config
    --structured-outputs-config --watchdog-config --watermark-config --weight-transfer-config
  `,
});
