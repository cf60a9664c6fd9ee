import type { Container } from "../containers.ts";
import { isWithin, normalizePath } from "../file-path.ts";
import { isScratch, type Mount, type Volumes } from "../volumes.ts";
import { type Environment, isOpaque, type Variables } from "../expansion.ts";

/** Lists of folders that are searched in order. */
const pathLists = ["PATH", "LD_LIBRARY_PATH", "PYTHONPATH"];

/** Files that are loaded, or other homes of the interpreter. */
const codeFiles = (
  "LD_PRELOAD LD_AUDIT BASH_ENV ENV PYTHONHOME PYTHONUSERBASE PYTHONSTARTUP PYTHONPLATLIBDIR PERL5LIB PERL5OPT RUBYOPT RUBYLIB " +
  "NODE_OPTIONS NODE_PATH GCONV_PATH JAVA_TOOL_OPTIONS PROMPT_COMMAND SHELLOPTS BASHOPTS PYTHONEXECUTABLE PYTHONPYCACHEPREFIX " +
  "RAY_RUNTIME_ENV_HOOK RAY_JOB_CONFIG_JSON_ENV_VAR NVCC_PREPEND_FLAGS NVCC_APPEND_FLAGS CUDA_INJECTION64_PATH CUDA_INJECTION32_PATH NVTX_INJECTION64_PATH " +
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

/**
 * Toolkits, plug-ins, drivers and settings of libraries that servers load: names, or folders and files of the image, or lists
 * of them. They count where a volume or a writable folder stands in them.
 */
const toolkitFiles = (
  "CUDA_HOME CUDA_PATH CUDA_ROOT ROCM_PATH ROCM_HOME HIP_PATH CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH COMPILER_PATH " +
  "GCC_EXEC_PREFIX TRITON_PLUGIN_PATHS TRITON_OVERRIDE_DIR TRITON_LIBCUDA_PATH TRITON_CUDACRT_PATH TRITON_CUDART_PATH TRITON_CUPTI_PATH " +
  "TRITON_PTXAS_BLACKWELL_PATH TRITON_CUOBJDUMP_PATH TRITON_NVDISASM_PATH NCCL_CONF_FILE NCCL_MSCCLPP_LIB NVSHMEM_BOOTSTRAP_PLUGIN " +
  "NIXL_PLUGIN_DIR UCX_MODULE_DIR FI_PROVIDER_PATH IBV_DRIVERS RDMAV_DRIVERS LIBIBVERBS_DRIVERS HSA_TOOLS_LIB ROCP_TOOL_LIB " +
  "OCL_ICD_FILENAMES OCL_ICD_VENDORS VK_ICD_FILENAMES VK_DRIVER_FILES VK_ADD_DRIVER_FILES VK_LAYER_PATH TPU_LIBRARY_PATH " +
  "PJRT_NAMES_AND_LIBRARY_PATHS NEURON_COMPILED_ARTIFACTS GC_KERNEL_PATH HABANA_PLUGINS_LIB_PATH ASCEND_CUSTOM_OPP_PATH ASCEND_OPP_PATH " +
  "ASCEND_HOME_PATH OPAL_PREFIX PRTE_PREFIX PMIX_PREFIX OMPI_MCA_mca_base_component_path PMIX_MCA_mca_base_component_path " +
  "OMPI_MCA_mca_base_param_files CFLAGS CPPFLAGS CXXFLAGS LDFLAGS RAY_CONDA_HOME COVERAGE_PROCESS_START COVERAGE_PROCESS_CONFIG GUNICORN_CMD_ARGS ZDOTDIR FPATH"
).split(" ");

/** Variables that put other code in the place of the image's. A folder or file of the image itself does no harm. */
export const codeVariables: readonly string[] = [...pathLists, ...codeFiles, ...toolkitFiles];

/** What is known of a container's files. */
export interface Files {
  /** Whether a file of this path comes from a volume, or from a place that anything in the container may write to. */
  isForeign(path: string): boolean;
  /** Whether modules or programs that are looked for in this folder may come from a volume. */
  isForeignFolder(path: string): boolean;
}

/** Which variable may put other code in the place of the image's, in words. */
export function findProblemOfVariables(values: Variables, files: Files): string | undefined {
  const name = listAsked(values).find((one) => !isHarmless(one, values.get(one) ?? "", files));
  return name === undefined ? undefined : `${name} may put other code in the place of the image's`;
}

const asked: ReadonlySet<string> = new Set(codeVariables);

/** Most containers have fewer variables than there are such names, and a script is asked for each. */
function listAsked(values: Variables): readonly string[] {
  if (!(values instanceof Map) || values.size > codeVariables.length) return codeVariables;
  return [...values.keys()].map(String).filter((name) => asked.has(name));
}

function isHarmless(name: string, value: string, { isForeign, isForeignFolder }: Files): boolean {
  if (pathLists.includes(name)) return isOwnList(name, value, isForeignFolder);
  return toolkits.has(name) ? isOfImage(value, isForeign) : isOwnFile(name, value, isForeign);
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

const toolkits: ReadonlySet<string> = new Set(toolkitFiles);

/** Every path that stands in it is one of the image's, whatever is written around it. One that begins at the working directory may be any. */
function isOfImage(value: string, isForeign: Files["isForeign"]): boolean {
  if (isOpaque(value)) return false;
  return value.split(/[\s:;,="']+/).every((part) => {
    const slash = part.indexOf("/");
    if (slash === -1) return !/^(?:-[A-Za-z]+)?\.+$/.test(part);
    return /^(?:-[A-Za-z]+)?$/.test(part.slice(0, slash)) && !isForeign(part.slice(slash));
  });
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
