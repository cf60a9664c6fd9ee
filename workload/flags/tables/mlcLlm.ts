import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `python/mlc_llm/cli/serve.py` of https://github.com/mlc-ai/mlc-llm at 79d603f0 (2026-07-23): `mlc_llm serve`.
 */
export const mlcLlm = toFlagTable({
  package: "mlc_llm",
  version: "0.26.dev0",
  oldest: "0.26.dev0",
  positionals: [{ name: "model", arity: "one" }],
  allowAbbrev: true,
  underscores: false,
  none: `
    --allow-credentials --enable-debug --enable-tracing --help=-h
  `,
  one: `
    --allow-headers --allow-methods --allow-origins --api-key --device --embedding-model --embedding-model-lib --host
    --mode --model-lib --overrides --port --prefill-mode --prefix-cache-mode --speculative-mode
  `,
  many: `
    --additional-models
  `,
  json: `
    --allow-headers --allow-methods --allow-origins
  `,
});
