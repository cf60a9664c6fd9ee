import { toFlagTable } from "./table.ts";

/**
 * Written by hand from `llama_cpp/server/settings.py` of https://github.com/abetlen/llama-cpp-python at
 * 03f80077d5c8d02eaf1147ea7b05481ebfbca3e6: `python -m llama_cpp.server`.
 *
 * The parser is argparse's, with one flag for each setting; a switch takes `true` or `false`. Each setting is also read from a
 * variable of its name in capitals (`MODEL`, `LORA_PATH`, `CONFIG_FILE`), and the flag wins. With a configuration file the
 * models are those of the file.
 */
export const llamaCppPython = toFlagTable({
  package: "llama-cpp-python",
  version: "0.3",
  oldest: "0.3",
  positionals: [],
  allowAbbrev: true,
  underscores: false,
  none: `
    --help=-h
  `,
  one: `
    --api_key --cache --cache_size --cache_type --chat_format --clip_model_path --config_file --disable_ping_events
    --draft_model --draft_model_num_pred_tokens --embedding --flash_attn --hf_model_repo_id
    --hf_pretrained_model_name_or_path --hf_tokenizer_config_path --host --interrupt_requests --last_n_tokens_size
    --logits_all --lora_base --lora_path --main_gpu --model --model_alias --mul_mat_q --n_batch --n_ctx --n_gpu_layers
    --n_threads --n_threads_batch --n_ubatch --numa --offload_kqv --port --root_path --rope_freq_base
    --rope_freq_scale --rope_scaling_type --rpc_servers --seed --split_mode --ssl_certfile --ssl_keyfile --type_k
    --type_v --use_mlock --use_mmap --verbose --vocab_only --yarn_attn_factor --yarn_beta_fast --yarn_beta_slow
    --yarn_ext_factor --yarn_orig_ctx
  `,
  unsure: `
    --kv_overrides --tensor_split
  `,
});
