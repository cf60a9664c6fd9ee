import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `router/src/main.rs` of https://github.com/huggingface/text-embeddings-inference, 18 commits after v1.9.3.
 *
 * The router is clap's: no abbreviations, no positional arguments; every flag also has a variable of its own name in capitals
 * (`MODEL_ID`), and the flag wins.
 */
export const textEmbeddingsRouter = toFlagTable({
  package: "text-embeddings-inference",
  version: "1.9.3",
  oldest: "1.9.3",
  positionals: [],
  allowAbbrev: false,
  underscores: false,
  none: `
    --disable-spans --help=-h --json-output --version=-V
  `,
  one: `
    --api-key --cors-allow-origin --default-prompt --default-prompt-name --dense-path --dtype --hf-api-token
    --hf-token --hostname --huggingface-hub-cache --max-batch-requests --max-batch-tokens --max-client-batch-size
    --max-concurrent-requests --model-id --otlp-endpoint --otlp-service-name --payload-limit --pooling --port=-p
    --prometheus-port --revision --served-model-name --tokenization-workers --uds-path
  `,
  optional: `
    --auto-truncate
  `,
});
