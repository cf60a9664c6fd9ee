import type { Container } from "../containers.ts";
import { isWithin, normalizePath } from "../file-path.ts";
import { isScratch, type Mount, type Volumes } from "../volumes.ts";
import type { Environment } from "../expansion.ts";

/** Lists of folders that are searched in order. */
const pathLists = ["PATH", "LD_LIBRARY_PATH", "PYTHONPATH"];

/** Files that are loaded, or other homes of the interpreter. */
const codeFiles = (
  "LD_PRELOAD LD_AUDIT BASH_ENV ENV PYTHONHOME PYTHONUSERBASE PYTHONSTARTUP PYTHONPLATLIBDIR PERL5LIB PERL5OPT RUBYOPT RUBYLIB " +
  "NODE_OPTIONS NODE_PATH GCONV_PATH JAVA_TOOL_OPTIONS PROMPT_COMMAND SHELLOPTS BASHOPTS PYTHONEXECUTABLE PYTHONPYCACHEPREFIX " +
  "RAY_RUNTIME_ENV_HOOK NVCC_PREPEND_FLAGS NVCC_APPEND_FLAGS CUDA_INJECTION64_PATH CUDA_INJECTION32_PATH NVTX_INJECTION64_PATH " +
  "NCCL_NET_PLUGIN NCCL_TUNER_PLUGIN NCCL_PROFILER_PLUGIN NCCL_ENV_PLUGIN OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES CC CXX " +
  "CUDAHOSTCXX NVCC_CCBIN TRITON_PTXAS_PATH"
).split(" ");

/** Plug-ins, compilers and settings: a name is looked for among the image's own. */
const ownNames: ReadonlySet<string> = new Set(
  (
    "CUDA_INJECTION64_PATH CUDA_INJECTION32_PATH NVTX_INJECTION64_PATH NCCL_NET_PLUGIN NCCL_TUNER_PLUGIN NCCL_PROFILER_PLUGIN " +
    "NCCL_ENV_PLUGIN OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES CC CXX CUDAHOSTCXX NVCC_CCBIN TRITON_PTXAS_PATH"
  ).split(" "),
);

/** Variables that put other code in the place of the image's. A folder or file of the image itself does no harm. */
export const codeVariables: readonly string[] = [...pathLists, ...codeFiles];

/** What is known of a container's files. */
export interface Files {
  /** Whether a file of this path comes from a volume, or from a place that anything in the container may write to. */
  isForeign(path: string): boolean;
  /** Whether modules or programs that are looked for in this folder may come from a volume. */
  isForeignFolder(path: string): boolean;
}

/** Which variable may put other code in the place of the image's, in words. */
export function findProblemOfVariables(
  { values }: Environment,
  { isForeign, isForeignFolder }: Files,
): string | undefined {
  if (values instanceof Map && values.size === 0) return undefined;
  const name =
    pathLists.find((list) => !isOwnList(list, values.get(list) ?? "", isForeignFolder)) ??
    codeFiles.find((file) => !isOwnFile(file, values.get(file) ?? "", isForeign));
  return name === undefined ? undefined : `${name} may put other code in the place of the image's`;
}

/** An empty entry is the working directory. What scripts add to the image's own list stands beside that. */
function isOwnList(name: string, value: string, isForeign: Files["isForeign"]): boolean {
  if (value === "") return true;
  if (value === `\0$${name}\0`) return false;
  const isOwn = (part: string): boolean =>
    part === `\0$${name}\0` ||
    part === `\0\${${name}}\0` ||
    isUnmade(part, name, isForeign) ||
    isImagePath(part, isForeign);
  return value.split(name === "LD_LIBRARY_PATH" ? /[:;]/ : ":").every(isOwn);
}

/**
 * A variable's value is not the shell's to expand: its own name in it is a folder beside the program that nobody has made,
 * unless a volume is mounted there.
 */
function isUnmade(part: string, name: string, isForeign: Files["isForeign"]): boolean {
  return (part === `\${${name}}` || part === `$${name}`) && !isForeign(part);
}

function isOwnFile(name: string, value: string, isForeign: Files["isForeign"]): boolean {
  if (value === "") return true;
  if (ownNames.has(name)) return /^[\w.+-]+$/.test(value) || (!/\s/.test(value) && isImagePath(value, isForeign));
  return name === "LD_PRELOAD" && value.split(/[: ]/).every((part) => isImagePath(part, isForeign));
}

function isImagePath(part: string, isForeign: Files["isForeign"]): boolean {
  // oxlint-disable-next-line no-control-regex -- an opaque part begins with NUL
  return /^\/[^$\0]*$/.test(part) && !isForeign(part);
}

/** Only the container can set them: no script and no `env` can. */
export function findProblemOfFunctions({ values }: Environment): string | undefined {
  if (!(values instanceof Map)) return undefined;
  for (const name of values.keys())
    if (String(name).startsWith("BASH_FUNC_")) return `${String(name)} defines a function of the shell`;
  return undefined;
}

const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

const authorityPlaces = ["/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates"];

/** A proxy with an authority of its own answers under the name of any hub. */
export function findProblemOfAuthorities({ values }: Environment, mounts: readonly string[]): string | undefined {
  const at = mounts.find((mount) => authorityPlaces.some((place) => isWithin(mount, place) || isWithin(place, mount)));
  const name = at && proxies.find((key) => values.has(key));
  return name && `${name} and the authorities at ${at} change where the model comes from`;
}

/** Python finds modules in the home directory, and shells their settings. What is empty when the pod starts holds none. */
export function findProblemOfHome(
  { values }: Environment,
  mounted: readonly Mount[],
  { byName }: Volumes,
): string | undefined {
  const home = values.get("HOME");
  if (home === undefined) return undefined;
  const at = normalizePath(home);
  const isFilled = mounted.some((mount) => isWithin(at, mount.at) && !isScratch(byName.get(mount.volume)));
  return isFilled || !home.startsWith("/") ? `the home directory ${home.slice(0, 80)} may hold other code` : undefined;
}

/** Python looks for modules in the working directory first. */
export function findProblemOfWorkingDir(
  { workingDir }: Container,
  isForeign: Files["isForeignFolder"],
): string | undefined {
  if (workingDir === undefined || workingDir === "") return undefined;
  const isKnown = workingDir.startsWith("/") && !isForeign(workingDir);
  return isKnown ? undefined : `the working directory ${workingDir} may hold other code`;
}
