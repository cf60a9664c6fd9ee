import { codeVariables } from "./code-variables.ts";
import { type Environment, isOpaque, mayBeSet } from "../expansion.ts";
import { type Change, variables } from "./tables/variables.ts";

/** A variable that changes what is loaded, or lets it change later, in a way that admission cannot see. */
export interface Hazard {
  readonly variable: string;
  readonly change: Change;
}

const does: Readonly<Record<Change, string>> = {
  model: "changes what is loaded",
  adapters: "lets adapters be loaded that the command line does not name",
  hub: "changes where the model comes from",
  code: "brings code from elsewhere",
  file: "names files that cannot be read at admission",
};

/** Where a cache lies, how the hub is reached, and what only restricts: these load nothing else. */
const harmless: ReadonlySet<string> = new Set(
  (
    "HF_HOME HF_HUB_CACHE HUGGINGFACE_HUB_CACHE TRANSFORMERS_CACHE PYTORCH_TRANSFORMERS_CACHE PYTORCH_PRETRAINED_BERT_CACHE " +
    "SENTENCE_TRANSFORMERS_HOME XDG_CACHE_HOME HF_XET_CACHE HF_ASSETS_CACHE HUGGINGFACE_ASSETS_CACHE HF_INFERENCE_ENDPOINT " +
    "HTTPS_PROXY https_proxy HTTP_PROXY http_proxy ALL_PROXY all_proxy MODELSCOPE_CACHE MODELSCOPE_HOME VLLM_ASSETS_CACHE " +
    "VLLM_CACHE_ROOT SGLANG_CACHE_DIR LLAMA_CACHE INFINITY_HOME INFINITY_CACHE_DIR NIM_CACHE_PATH NIM_SERVED_MODEL_NAME " +
    "VLLM_PLUGINS SPECULATE DTYPE KV_CACHE_DTYPE POOLING INFINITY_DTYPE INFINITY_ENGINE TRUST_REMOTE_CODE " +
    "HF_MODEL_TRUST_REMOTE_CODE NIM_FORCE_TRUST_REMOTE_CODE INFINITY_TRUST_REMOTE_CODE LLAMA_ARG_MODELS_MAX HOME VIRTUAL_ENV"
  ).split(" "),
);

/** With authorities of their own, another hub may answer under the name of the real one. */
const authorities: readonly Hazard[] = ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"].map(
  (variable) => ({ variable, change: "hub" }),
);

/** The variables that count for whom `readers` names in the table, and for everything that loads from a hub. */
export function listHazards(...readers: readonly string[]): readonly Hazard[] {
  const found = ["huggingFace", ...readers].flatMap((reader) =>
    [...(variables.get(reader) ?? [])].map(([variable, change]): Hazard => ({ variable, change })),
  );
  return [...found, ...authorities].filter(({ variable }) => !harmless.has(variable));
}

/** The variables that change what any server loads: for a container of which it is not known which server it runs. */
export const everyHazard: readonly Hazard[] = listHazards(
  ...[...variables.keys()].filter((reader) => reader !== "process" && reader !== "kserveStorage"),
);

const off = new Set(["", "0", "false", "no", "off", "n"]);

/** Of other variables these values are names of files. An empty CURL_CA_BUNDLE asks for no authority at all. */
const isSwitch =
  /OFFLINE|STAGING|_USE_|ALLOW_|ENABLE|TRUST|INSECURE|DEV_MODE|PICKLE|_AUTO$|AUTOLOAD|RANDOM_LOAD|_AGENT$|S3_USE_HTTPS|CUSTOM_MODEL$|TEST_SCRIPTED_RUNTIME$/;

function isHarmless(name: string, value: string): boolean {
  if (name === "HF_ENDPOINT" || name === "MODEL_ENDPOINT") return /^(?:|https:\/\/huggingface\.co\/?)$/.test(value);
  if (value === "") return name !== "CURL_CA_BUNDLE";
  return isSwitch.test(name) && off.has(value.trim().toLowerCase());
}

/** The first variable that changes what is loaded, in words; undefined where none does. `settings`: those that are read as settings. */
export function findHazard(
  { values }: Environment,
  watched: readonly Hazard[],
  settings: readonly string[] = [],
): string | undefined {
  if (values instanceof Map && values.size === 0) return undefined;
  for (const { variable, change } of watched) {
    const value = values.get(variable);
    if (value === undefined || settings.includes(variable)) continue;
    if (isOpaque(value) || !isHarmless(variable, value)) return `${variable} ${does[change]}`;
  }
  return undefined;
}

/** Names the variables that an environment from elsewhere may set and that would change what is loaded. */
export function findOpenVariables(
  env: Environment,
  watched: readonly Hazard[],
  asked: readonly string[],
  settings: readonly string[] = [],
): string | undefined {
  if (!env.open) return undefined;
  const names = [
    ...asked,
    ...watched.map(({ variable }) => variable).filter((one) => !settings.includes(one)),
    ...codeVariables,
  ];
  const open = [...new Set(names)].filter((name) => !env.values.has(name) && mayBeSet(env, name));
  if (open.length === 0) return undefined;
  const shown = open.slice(0, 3).join(", ");
  return open.length > 3 ? `${shown} and ${open.length - 3} more` : shown;
}
