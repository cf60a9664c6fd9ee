import { type Environment, isOpaque } from "../expansion.ts";
import { isWithin, normalizePath } from "../file-path.ts";

/*
 * Folders in which a server finds models by their names, or code that was compiled before: whoever fills one decides what is
 * loaded, whatever the command names.
 */

/** A folder of that sort, normalised; or opaque, and so any. */
export interface Cache {
  readonly folder: string;
  /** Models that are looked up by name, and no code. */
  readonly isForNames: boolean;
}

type Parts = Readonly<Record<string, readonly string[]>>;
const whole = (names: string): Parts => Object.fromEntries(names.split(" ").map((name) => [name, [""]]));

/** Variables of clients of hubs, and where in such a folder models lie. */
const ofHubs: Parts = {
  ...whole(
    "HF_HUB_CACHE HUGGINGFACE_HUB_CACHE TRANSFORMERS_CACHE PYTORCH_TRANSFORMERS_CACHE PYTORCH_PRETRAINED_BERT_CACHE " +
      "SENTENCE_TRANSFORMERS_HOME HF_XET_CACHE HF_ASSETS_CACHE HUGGINGFACE_ASSETS_CACHE MODELSCOPE_CACHE MODELSCOPE_HOME LLAMA_CACHE " +
      "INFINITY_HOME INFINITY_CACHE_DIR NIM_CACHE_PATH VLLM_ASSETS_CACHE WEIGHTS_CACHE_OVERRIDE",
  ),
  HF_HOME: ["/hub", "/xet"],
};

const compiled = "/torchinductor_root";

/** Variables of what keeps code, which is run from there. */
const ofCompilers: Parts = {
  ...whole(
    "XDG_CACHE_HOME HF_MODULES_CACHE TRITON_CACHE_DIR TRITON_HOME TORCHINDUCTOR_CACHE_DIR TORCH_EXTENSIONS_DIR TORCH_HOME " +
      "VLLM_CACHE_ROOT VLLM_CONFIG_ROOT VLLM_XLA_CACHE_PATH SGLANG_CACHE_DIR SGLANG_DG_CACHE_DIR FLASHINFER_WORKSPACE_BASE " +
      "CUDA_CACHE_PATH NUMBA_CACHE_DIR CUPY_CACHE_DIR DG_JIT_CACHE_DIR TVM_FFI_CACHE_DIR TILELANG_CACHE_DIR " +
      "JAX_COMPILATION_CACHE_DIR NEURON_COMPILE_CACHE_URL",
  ),
  HF_HOME: ["/modules"],
  HOME: ["/.cache", "/.triton", "/.config/vllm", "/.nv"],
  TMPDIR: [compiled],
  TMP: [compiled],
  TEMP: [compiled],
};

/** Flags that name the folder of a hub's client. */
const flags =
  /^--(?:download|cache|model[-_]cache)[-_]dir$|^--(?:huggingface[-_]hub[-_]cache|weights[-_]cache[-_]override)$/;

/** Without a variable. TGI and TEI keep models in `/data`. */
const usual: Cache = { folder: `/tmp${compiled}`, isForNames: false };
const ofTextServers: Cache = { folder: "/data", isForNames: true };

const textServer = /text-(?:generation|embeddings)/;

/** A program that looks into caches: how it is called, with which variables, and in which image. */
export interface Lookup {
  readonly words: readonly string[];
  readonly env: Environment;
  readonly image: string;
}

/** So that comparing each with each download stays cheap. */
const maxCaches = 64;

/** The caches of these programs, each once; undefined where they have more than are looked at. */
export function listCaches(lookups: readonly Lookup[]): readonly Cache[] | undefined {
  const found = new Map<string, Cache>();
  for (const lookup of lookups) {
    for (const cache of readCaches(lookup)) found.set(`${cache.isForNames} ${cache.folder}`, cache);
    if (found.size > maxCaches) return undefined;
  }
  return [...found.values()];
}

function readCaches({ env: { values }, words, image }: Lookup): Cache[] {
  const caches = [usual];
  if (textServer.test(words[0] ?? "") || textServer.test(image)) caches.push(ofTextServers);
  addVariables(values, caches);
  for (const [at, word] of words.entries()) {
    if (!word.startsWith("--")) continue;
    const equals = word.indexOf("=");
    if (!flags.test(equals === -1 ? word : word.slice(0, equals))) continue;
    caches.push(...toCaches(equals === -1 ? words[at + 1] : word.slice(equals + 1), [""], true));
  }
  return caches;
}

const ofVariables: ReadonlyMap<string, (folder: string | undefined) => readonly Cache[]> = new Map(
  [...new Set([...Object.keys(ofHubs), ...Object.keys(ofCompilers)])].map((name) => [
    name,
    (folder) => [...toCaches(folder, ofHubs[name] ?? [], true), ...toCaches(folder, ofCompilers[name] ?? [], false)],
  ]),
);

/** Most containers have fewer variables than there are caches, and a script is asked for each. */
function addVariables(values: Environment["values"], caches: Cache[]): void {
  if (values instanceof Map && values.size < ofVariables.size) {
    for (const name of values.keys()) {
      const list = ofVariables.get(String(name));
      if (list !== undefined) caches.push(...list(values.get(name)));
    }
    return;
  }
  for (const [name, list] of ofVariables) caches.push(...list(values.get(name)));
}

function toCaches(folder: string | undefined, parts: readonly string[], isForNames: boolean): Cache[] {
  if (folder === undefined || folder === "") return [];
  if (isOpaque(folder)) return [{ folder, isForNames }];
  const at = normalizePath(folder);
  return parts.map((part) => ({ folder: at + part, isForNames }));
}

/** Folders of which any part may be a cache, by their names. */
const hidden = /(?:^|\/)(?:\.[^/]+|torchinductor_[^/]*)(?:\/|$)/;

/** Whether somewhere on the way to this folder lies one in which caches are looked for. */
export function isInCache(path: string): boolean {
  return hidden.test(path);
}

/** The caches in a volume that is mounted there, where no variable says otherwise. The client of the Hugging Face Hub has some beside others' files. */
export function listUsualCaches(at: string): Cache[] {
  if (!isInCache(at)) return [];
  const ofHub = at.endsWith("/.cache/huggingface") ? toCaches(at, ["/hub", "/xet"], true) : [];
  return ofHub.length > 0 ? [...ofHub, ...toCaches(at, ["/modules"], false)] : [{ folder: at, isForNames: false }];
}

/** Under names such as these a hub's client looks for models in its folder. */
const looked = /^(?:hub|xet|modules|(?:models|datasets|spaces)--[^/]*|\.[^/]*)(?:\/|$)/;

/**
 * Whether what is put at `target` may be taken for something in the cache, which lies at `folder`: it may bring a cache with it,
 * or lies in one. What lies beside the models in a hub's folder is not found by any name.
 */
export function mayFillCache({ isForNames }: Cache, target: string, folder: string): boolean {
  if (isWithin(folder, target)) return true;
  const inside = folder === "" ? target : target.slice(folder.length + 1);
  return isWithin(target, folder) && (!isForNames || looked.test(inside));
}
