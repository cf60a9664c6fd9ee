import { joinTables } from "./joined-table.ts";
import { toFlagTable } from "./tables/table.ts";
import { vllm } from "./tables/vllm.ts";

/**
 * Flags of vLLM that were gone before the oldest version of the table. Written by hand from `vllm/engine/arg_utils.py` of vLLM
 * 0.6.1. Those that name a model, an adapter or a file are left out: they are not understood.
 */
const older = toFlagTable({
  package: "vllm",
  version: "0.6.1",
  oldest: "0.6.1",
  positionals: [],
  allowAbbrev: true,
  underscores: true,
  none: "--worker-use-ray --use-v2-block-manager",
  one: "--device --max-context-len-to-capture --num-scheduler-steps --tokenizer-pool-size --tokenizer-pool-type",
});

/** The flags of vLLM, those that older versions had among them. */
export const vllmFlags = joinTables(vllm, older);
