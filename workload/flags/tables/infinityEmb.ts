import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `infinity_emb/cli.py` of the package infinity_emb 0.0.78: `infinity_emb v2`.
 *
 * The parser is Typer's: no abbreviations, no positional arguments. Flags may be repeated, one model each time. Every flag
 * also has a variable, `INFINITY_` and its name in capitals, where `;` separates several models; the flag wins. How the
 * switches of more than one model are written depends on the version of Typer.
 */
export const infinityEmb = toFlagTable({
  package: "infinity_emb",
  version: "0.0.78",
  oldest: "0.0.78",
  positionals: [],
  allowAbbrev: false,
  underscores: false,
  none: `
    --help --no-permissive-cors --no-preload-only --permissive-cors --preload-only
  `,
  one: `
    --api-key --batch-size --device --device-id --dtype --embedding-dtype --engine --host --log-level --model-id
    --pooling-method --port --proxy-root-path --redirect-slash --revision --served-model-name --url-prefix
  `,
  unsure: `
    --bettertransformer --compile --lengths-via-tokenize --model-warmup --no-bettertransformer --no-compile
    --no-lengths-via-tokenize --no-model-warmup --no-onnx-disable-optimize --no-onnx-do-not-prefer-quantized
    --no-trust-remote-code --no-vector-disk-cache --onnx-disable-optimize --onnx-do-not-prefer-quantized
    --trust-remote-code --vector-disk-cache
  `,
});
