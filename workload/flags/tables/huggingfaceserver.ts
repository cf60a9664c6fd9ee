import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `python/huggingfaceserver/huggingfaceserver/__main__.py` and `python/kserve/kserve/model_server.py` of
 * https://github.com/kserve/kserve at aaac4e29 (2026-08-21).
 *
 * Only its own flags: where vLLM can run the model, vLLM's (and its `model_tag`, which is not used) are added under their
 * names with dashes. It calls `parse_known_args`, which does not treat `_` and `-` alike as vLLM's own `parse_args` does,
 * reads neither vLLM's `--config` nor dotted names, and passes over what it does not know: `--model-id x` is not
 * `--model_id x`, and the model is then what lies in `--model_dir`, `/mnt/models`.
 */
export const huggingfaceserver = toFlagTable({
  package: "kserve huggingfaceserver",
  version: "0.20.0",
  oldest: "0.20.0",
  positionals: [],
  allowAbbrev: true,
  underscores: false,
  none: `
    --disable_log_requests --disable_lower_case --disable_special_tokens --enable_predictor_health_check --help=-h
    --return_offsets_mapping --return_probabilities --return_raw_logits --return_token_type_ids --trust_remote_code
  `,
  one: `
    --access_log_format --backend --configure_logging --dtype --enable_docs_url --enable_grpc --enable_latency_logging
    --event-loop --grpc_max_receive_message_length --grpc_max_send_message_length --grpc_port --http_port
    --log_config_file --max_asyncio_workers --max_log_len=--max-log-len --max_model_len=--max_length --max_threads
    --model_dir --model_id --model_name --model_revision --predictor_host --predictor_protocol
    --predictor_request_retries --predictor_request_timeout_seconds --predictor_use_ssl --protocol --task
    --tensor_input_names --timeout-keep-alive --tokenizer_revision --workers
  `,
});
