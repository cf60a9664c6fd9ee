import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `tools/server/README.md` of https://github.com/ggml-org/llama.cpp at
 * 00dc8057ab28c9cb4c79a6dd6dfce07fe779f63b, which is made from `common/arg.cpp`.
 *
 * No abbreviations and no positional arguments. A value is the next word, whatever it looks like, and is never joined: a
 * word such as `--model=x` is an error. Most flags have a variable `LLAMA_ARG_…`, and the flag wins. `--flash-attn` was a switch until August 2025
 * and takes a value since then: a version that reads it in the other way ends with an error, whatever follows. `--mlock`, `--mmap`, `--no-mmap`, `--direct-io` and `--no-direct-io` are of versions before
 * `--load-mode`.
 */
export const llamaServer = toFlagTable({
  package: "llama.cpp llama-server",
  version: "00dc8057",
  oldest: "00dc8057",
  positionals: [],
  allowAbbrev: false,
  underscores: true,
  none: `
    --agent=-ag --backend-sampling=-bs --cache-idle-slots --cache-list=-cl --cache-prompt --check-tensors
    --completion-bash --cont-batching=-cb --context-shift --cors-credentials --cpu-moe=-cmoe --direct-io=-dio
    --embd-gemma-default --embedding=--embeddings --escape=-e --fim-qwen-1.5b-default --fim-qwen-14b-spec
    --fim-qwen-30b-default --fim-qwen-3b-default --fim-qwen-7b-default --fim-qwen-7b-spec --gpt-oss-120b-default
    --gpt-oss-20b-default --help=-h=--usage --ignore-eos --jinja --kv-offload=-kvo --kv-unified=-kvu --list-devices
    --log-disable --log-jsonl --log-prefix --log-timestamps --lora-init-without-apply --metrics --mlock --mmap
    --mmproj-auto --mmproj-offload --models-autoload --no-agent=-no-ag --no-cache-idle-slots --no-cache-prompt
    --no-cont-batching=-nocb --no-context-shift --no-cors-credentials --no-direct-io=-ndio --no-escape --no-host
    --no-jinja --no-kv-offload=-nkvo --no-kv-unified=-no-kvu --no-log-jsonl --no-log-prefix --no-log-timestamps
    --no-mmap --no-mmproj-offload --no-mmproj=--no-mmproj-auto --no-models-autoload --no-op-offload --no-perf
    --no-prefill-assistant --no-reasoning-preserve --no-repack=-nr --no-skip-chat-parsing --no-slots
    --no-spec-draft-backend-sampling --no-ui-mcp-proxy=--no-webui-mcp-proxy --no-ui=--no-webui --no-warmup --offline
    --op-offload --perf --prefill-assistant --props --reasoning-preserve --repack --rerank=--reranking --reuse-port
    --skip-chat-parsing --slots --spec-default --spec-draft-backend-sampling
    --spec-draft-cpu-moe=-cmoed=--cpu-moe-draft --special=-sp --spm-infill --swa-full --ui-mcp-proxy=--webui-mcp-proxy
    --ui=--webui --verbose=-v=--log-verbose --version --vision-gemma-12b-default --vision-gemma-4b-default --warmup
  `,
  one: `
    --adaptive-decay --adaptive-target --alias=-a --api-key --api-key-file --api-prefix --batch-size=-b
    --cache-ram=-cram --cache-reuse --cache-type-k=-ctk --cache-type-v=-ctv --chat-template --chat-template-file
    --chat-template-kwargs --checkpoint-min-step=-cms --control-vector --control-vector-scaled --cors-headers
    --cors-methods --cors-origins --cpu-mask-batch=-Cb --cpu-mask=-C --cpu-range-batch=-Crb --cpu-range=-Cr
    --cpu-strict --cpu-strict-batch --ctx-checkpoints=-ctxcp=--swa-checkpoints --ctx-size=-c --defrag-thold=-dt
    --device=-dev --docker-repo=-dr --draft-max=--draft=--draft-n --draft-min=--draft-n-min --dry-allowed-length
    --dry-base --dry-multiplier --dry-penalty-last-n --dry-sequence-breaker --dynatemp-exp --dynatemp-range
    --embd-normalize --fit-ctx=-fitc --fit-target=-fitt --fit=-fit --frequency-penalty
    --gpu-layers=-ngl=--n-gpu-layers --grammar --grammar-file --hf-file=-hff --hf-repo=-hf=-hfr --hf-token=-hft --host
    --image-max-tokens --image-min-tokens --json-schema-file=-jf --json-schema=-j --keep --kv-unified-per-slot
    --lazy-mode=-lzm --load-mode=-lm --log-colors --log-file --log-prompts-dir --logit-bias=-l
    --lookup-cache-dynamic=-lcd --lookup-cache-static=-lcs --lora --lora-scaled --main-gpu=-mg --mcp-servers-config
    --mcp-servers-json --media-path --min-p --mirostat --mirostat-ent --mirostat-lr --mmproj-device=-mmdev
    --mmproj-url=-mmu --mmproj=-mm --model-url=-mu --model=-m --models-dir --models-max --models-preset
    --moe-cache-mib --mtmd-batch-max-tokens --n-cpu-ffn=-ncffn --n-cpu-moe=-ncmoe --n-predict=-n=--predict --numa
    --override-kv --override-tensor=-ot --parallel=-np --path --poll --poll-batch --pooling --port --presence-penalty
    --prio --prio-batch --reasoning-budget --reasoning-budget-message --reasoning-effort --reasoning-format
    --reasoning=-rea --repeat-last-n --repeat-penalty --reverse-prompt=-r --rope-freq-base --rope-freq-scale
    --rope-scale --rope-scaling --rpc --sampler-seq=--sampling-seq --samplers --seed=-s --sleep-idle-seconds
    --slot-prompt-similarity=-sps --slot-save-path --spec-draft-cpu-mask-batch=-Cbd=--cpu-mask-batch-draft
    --spec-draft-cpu-mask=-Cd=--cpu-mask-draft --spec-draft-cpu-range=-Crd=--cpu-range-draft
    --spec-draft-cpu-strict-batch=--cpu-strict-batch-draft --spec-draft-cpu-strict=--cpu-strict-draft
    --spec-draft-device=-devd=--device-draft --spec-draft-hf=-hfd=-hfrd=--hf-repo-draft
    --spec-draft-model=-md=--model-draft --spec-draft-n-cpu-moe=--spec-draft-ncmoe=-ncmoed=--n-cpu-moe-draft
    --spec-draft-n-max --spec-draft-n-min --spec-draft-ngl=-ngld=--gpu-layers-draft=--n-gpu-layers-draft
    --spec-draft-override-tensor=-otd=--override-tensor-draft --spec-draft-p-min=--draft-p-min
    --spec-draft-p-split=--draft-p-split --spec-draft-poll-batch=--poll-batch-draft --spec-draft-poll=--poll-draft
    --spec-draft-prio-batch=--prio-batch-draft --spec-draft-prio=--prio-draft --spec-draft-sampling
    --spec-draft-threads-batch=-tbd=--threads-batch-draft --spec-draft-threads=-td=--threads-draft
    --spec-draft-type-k=-ctkd=--cache-type-k-draft --spec-draft-type-v=-ctvd=--cache-type-v-draft
    --spec-ngram-map-k-min-hits --spec-ngram-map-k-size-m --spec-ngram-map-k-size-n --spec-ngram-map-k4v-min-hits
    --spec-ngram-map-k4v-size-m --spec-ngram-map-k4v-size-n --spec-ngram-min-hits --spec-ngram-mod-n-match
    --spec-ngram-mod-n-max --spec-ngram-mod-n-min --spec-ngram-simple-min-hits --spec-ngram-simple-size-m
    --spec-ngram-simple-size-n --spec-ngram-size-m --spec-ngram-size-n --spec-synth-len --spec-synth-rates --spec-type
    --split-mode=-sm --sse-ping-interval --ssl-cert-file --ssl-key-file --tags --temp=--temperature --tensor-split=-ts
    --threads-batch=-tb --threads-http --threads=-t --timeout=-to --tools --tools-runtime --top-k
    --top-nsigma=--top-n-sigma --top-p --typical=--typical-p --ubatch-size=-ub --ui-config-file=--webui-config-file
    --ui-config=--webui-config --verbosity=-lv=--log-verbosity --video-ffmpeg-dir --video-fps
    --video-timestamp-interval --xtc-probability --xtc-threshold --yarn-attn-factor --yarn-beta-fast --yarn-beta-slow
    --yarn-ext-factor --yarn-orig-ctx
  `,
  optional: `
    --flash-attn=-fa
  `,
  unsure: `
    --control-vector-layer-range
  `,
});
