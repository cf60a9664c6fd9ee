import { toFlagTable } from "./table.ts";

/**
 * Written by hand from the command `serve` in `tensorrt_llm/commands/serve.py` of https://github.com/NVIDIA/TensorRT-LLM at
 * 00209af149e7774406881a37283dce303571eb11 (1.2 release candidate; the package is not to be had whole from the registry).
 *
 * The parser is click's: no abbreviations, options and the model in any sequence.
 * `trtllm-serve MODEL` means `trtllm-serve serve MODEL`; the other commands are `grpc`, `mm_embedding_serve`, `disaggregated`
 * and `disaggregated_mpi_worker`.
 */
export const trtllmServe = toFlagTable({
  package: "tensorrt_llm",
  version: "1.2",
  oldest: "1.2",
  positionals: [{ name: "model", arity: "one" }],
  allowAbbrev: false,
  underscores: false,
  none: `
    --enable_chunked_prefill --fail_fast_on_attention_window_too_large --help --trust_remote_code
  `,
  one: `
    --backend --chat_template --context_parallel_size=--cp_size --custom_module_dirs --custom_tokenizer
    --disagg_cluster_uri --extra_llm_api_options=--config
    --free_gpu_memory_fraction=--kv_cache_free_gpu_memory_fraction --gpus_per_node --host --log_level --max_batch_size
    --max_beam_width --max_num_tokens --max_seq_len --media_io_kwargs --metadata_server_config_file
    --moe_cluster_parallel_size=--cluster_size --moe_expert_parallel_size=--ep_size --num_postprocess_workers
    --otlp_traces_endpoint --pipeline_parallel_size=--pp_size --port --reasoning_parser --revision --server_role
    --tensor_parallel_size=--tp_size --tokenizer --tool_parser
  `,
  json: `
    --media_io_kwargs
  `,
});
