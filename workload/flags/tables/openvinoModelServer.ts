import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `src/cli_parser.cpp` and `src/graph_export/*_cli_parser.cpp` of
 * https://github.com/openvinotoolkit/model_server at 7e4df0c7a (2026-08-21).
 *
 * The parser is cxxopts': no abbreviations; a switch takes a value only when joined (`--pull=false`). Positional arguments
 * are errors. The flags of every task are here, also where `--task` does not allow them.
 */
export const openvinoModelServer = toFlagTable({
  package: "openvino model_server",
  version: "2026-08-21",
  oldest: "2026-08-21",
  positionals: [],
  allowAbbrev: false,
  underscores: false,
  none: `
    --add_to_config --allow_credentials --configure --help=-h --list_models --metrics_enable --overwrite_models --pull
    --remove_from_config --verbose_response --version
  `,
  one: `
    --allowed_headers --allowed_local_media_path --allowed_media_domains --allowed_methods --allowed_origins
    --api_key_file --batch_size --cache_dir --cache_interval_multiplier --cache_size --color_format --config_path
    --cpu_extension --custom_node_resources_cleaner_interval_seconds --default_num_inference_steps
    --default_resolution --draft_source_model --dynamic_split_fuse --enable_prefix_caching
    --enable_tool_guided_generation --extra_quantization_params --file_system_poll_wait_seconds --gguf_filename
    --grpc_bind_address --grpc_channel_arguments --grpc_max_threads --grpc_memory_quota --grpc_workers
    --guidance_scale --kv_cache_precision --layout --log_level --log_path --max_allowed_chunks
    --max_num_batched_tokens --max_num_images_per_prompt --max_num_inference_steps --max_num_seqs --max_prompt_len
    --max_resolution --mean --metrics_list --model_distribution_policy --model_name --model_path
    --model_repository_path --model_type --model_version_policy --nireq --normalize --num_images_per_prompt
    --num_streams --pipeline_type --plugin_config --pooling --port --precision --reasoning_parser --resolution
    --rest_bind_address --rest_port --rest_workers --scale --shape --source_loras --source_model --target_device
    --task --tool_parser --trace_path --truncate --vocoder --weight-format
  `,
});
