import type { Variables } from "../expansion.ts";

/**
 * Packages that start scripts install over the image's own before they run a server. An installer that is told to take these
 * by name, from the index that the image knows, brings the code of those who make the server; anything else (a URL, a folder,
 * another index, a requirements file) brings code of whoever wrote the command.
 */
const packages: ReadonlySet<string> = new Set(
  (
    "vllm sglang lmdeploy transformers tokenizers huggingface-hub hf-transfer hf-xet ray torch torchvision torchaudio triton xformers " +
    "flashinfer flashinfer-python flash-attn accelerate bitsandbytes sentencepiece protobuf einops tiktoken blobfile boto3 runai-model-streamer " +
    "tensorizer timm pillow librosa soundfile scipy numpy pandas datasets openai requests httpx fastapi uvicorn lm-eval guidellm " +
    "mistral-common qwen-vl-utils nixl lmcache autoawq auto-gptq optimum peft modelscope setuptools wheel pip uv packaging ninja opentelemetry-sdk " +
    "opentelemetry-api opentelemetry-exporter-otlp opentelemetry-semantic-conventions-ai prometheus-client evalplus inspect-ai garak"
  ).split(" "),
);

const installFlags: ReadonlySet<string> = new Set(
  "-U --upgrade -q -qq --quiet --no-cache-dir --no-deps --pre --system --user --break-system-packages -v --no-build-isolation --force-reinstall --ignore-installed --disable-pip-version-check --no-input --root-user-action=ignore".split(
    " ",
  ),
);

const requirement =
  /^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9,._-]*\])?(?:(?:[=<>!~]=?|===)[A-Za-z0-9.*+!]+(?:,(?:[=<>!~]=?)[A-Za-z0-9.*+!]+)*)?$/;

/** `pip install …`, `pip3 …`, `uv pip install …`, `python -m pip install …`: true where only packages of the list come in, by name. */
export function installsKnownPackages(words: readonly string[]): boolean {
  const at = words[0] === "uv" ? 1 : 0;
  if (!/^pip[0-9.]*$/.test(words[at] ?? "")) return false;
  const [command, ...rest] = words.slice(at + 1);
  if (/^(?:list|show|freeze|--version|check)$/.test(command ?? ""))
    return rest.every((word) => /^[\w.-]+$/.test(word) && !word.startsWith("--"));
  return (
    command === "install" && rest.length > 0 && rest.every((word) => installFlags.has(word) || isKnownPackage(word))
  );
}

function isKnownPackage(word: string): boolean {
  const name = requirement.exec(word)?.[1];
  return name !== undefined && packages.has(name.toLowerCase().replace(/[._]/g, "-"));
}

/** Variables that give installers another source of packages, another place for them, or a file to write. */
const installerVariables = (
  "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_CONFIG_FILE PIP_REQUIREMENT PIP_CONSTRAINT PIP_TARGET PIP_PREFIX PIP_ROOT " +
  "PIP_SRC PIP_EDITABLE PIP_LOG PIP_REPORT PIP_TRUSTED_HOST PIP_CERT PIP_PROXY PIP_PYTHON UV_INDEX_URL UV_EXTRA_INDEX_URL " +
  "UV_DEFAULT_INDEX UV_INDEX UV_FIND_LINKS UV_CONFIG_FILE UV_PYTHON UV_OVERRIDE UV_CONSTRAINT UV_BUILD_CONSTRAINT UV_ENV_FILE " +
  "UV_INSECURE_HOST UV_PROJECT XDG_CONFIG_HOME XDG_CONFIG_DIRS"
).split(" ");

/** The first of them that is set. */
export function findInstallerVariable(values: Variables): string | undefined {
  return installerVariables.find((name) => values.has(name));
}
