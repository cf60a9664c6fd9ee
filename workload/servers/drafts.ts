import { isOpaque } from "../expansion.ts";
import type { CommandLine } from "../flags/command-line.ts";
import type { Fields } from "../shape.ts";
import { parseConfig, splitDotted } from "./json-flags.ts";
import type { Server } from "./server.ts";
import { readSetting } from "./settings.ts";

/** A model that is loaded beside the server's own, such as a draft model of speculative decoding, as written. */
export interface Draft {
  readonly source: string;
  readonly revision: string | undefined;
  readonly quantization: string | undefined;
}

/** Every further model that the line names. Undefined: one may be loaded, but which cannot be read. */
export function readDrafts(line: CommandLine, { drafts: names, draftSettings }: Server): readonly Draft[] | undefined {
  const found: Draft[] = [];
  const dotted: Record<string, string> = {};
  let hasJson = false;
  for (const { name, values } of line.flags) {
    const [root, key] = splitDotted(name);
    if (!names.includes(root)) continue;
    const [value = "", ...others] = values;
    if (key !== undefined) {
      if (Object.hasOwn(dotted, key)) return undefined;
      dotted[key] = value;
    } else if (/^\s*\{/.test(value)) {
      hasJson = true;
      const drafts = readConfig(parseConfig(value));
      if (drafts === undefined) return undefined;
      found.push(...drafts);
    } else
      found.push(...[value, ...others].map((source) => ({ source, revision: undefined, quantization: undefined })));
  }
  if (Object.keys(dotted).length > 0) {
    // Both are merged into one, and which wins depends on the version.
    const drafts = hasJson ? undefined : readConfig(dotted);
    if (drafts === undefined) return undefined;
    found.push(...drafts);
  }
  const settled = addSettings(found, line, draftSettings);
  const texts = settled?.flatMap(({ source, revision, quantization }) => [source, revision ?? "", quantization ?? ""]);
  return texts?.some(isOpaque) === true ? undefined : settled;
}

/** Flags of their own for a draft's revision and quantization. */
function addSettings(
  found: readonly Draft[],
  line: CommandLine,
  flags: Server["draftSettings"],
): readonly Draft[] | undefined {
  if (flags === undefined) return found;
  const noVariables = { values: new Map<string, string>(), open: false };
  const revision = readSetting(line, flags.revision, noVariables, []);
  const quantization = readSetting(line, flags.quantization, noVariables, []);
  if (revision.problem !== undefined || quantization.problem !== undefined) return undefined;
  // Without a model of its own, the draft is a part of the server's, in another revision.
  if (found.length === 0 && revision.by !== undefined) return undefined;
  return found.map(({ source }) => ({ source, revision: revision.value, quantization: quantization.value }));
}

/** Methods that load no further model, and stand in the place of one. */
const ownMethods: ReadonlySet<string> = new Set(["ngram", "[ngram]", "mtp", "suffix"]);

/** Methods that load what `model` names, or nothing else than the server's own model has. */
const methods =
  /^(?:ngram(?:_gpu)?|medusa|mlp_speculator|draft_model|suffix|eagle3?|dflash|dspark|extract_hidden_states|(?:[a-z0-9_]+_)?mtp)$/;

/** Fields of vLLM's speculative configuration that change only how much is proposed, and how that is checked. */
const harmless = new Set(
  (
    "num_speculative_tokens draft_tensor_parallel_size tensor_parallel_size max_model_len disable_by_batch_size " +
    "disable_padded_drafter_batch disable_logprobs disable_mqa_scorer prompt_lookup_max prompt_lookup_min speculative_token_tree " +
    "suffix_decoding_max_tree_depth suffix_decoding_max_cached_requests suffix_decoding_max_spec_factor " +
    "suffix_decoding_min_token_prob parallel_drafting enforce_eager moe_backend attention_backend kv_cache_dtype " +
    "acceptance_method draft_sample_method rejection_sample_method num_lookahead_slots use_local_argmax_reduction"
  ).split(" "),
);

/** vLLM's `--speculative-config`, whose fields may also be written behind dots. https://docs.vllm.ai/en/latest/features/spec_decode/ */
function readConfig(config: Fields | undefined): Draft[] | undefined {
  if (config === undefined) return undefined;
  const { model, method, revision, quantization, ...others } = config;
  if (Object.keys(others).some((key) => !harmless.has(key.replaceAll("-", "_")))) return undefined;
  if (![model, method, revision, quantization].every(isTextOrNothing)) return undefined;
  if (isText(method) && !methods.test(method)) return undefined;
  const isOwn = !isText(model) || ownMethods.has(model);
  if (isOwn) return isText(revision) ? undefined : [];
  return [{ source: model, revision: getText(revision), quantization: getText(quantization) }];
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function getText(value: unknown): string | undefined {
  return isText(value) ? value : undefined;
}
