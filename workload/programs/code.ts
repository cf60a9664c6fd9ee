import type { Container } from "../containers.ts";
import { isWithin, normalizePath } from "../file-path.ts";
import { type Environment, isOpaque } from "../servers/expansion.ts";
import { isFields } from "../shape.ts";
import { isScratch, type Mount, type Volumes } from "../models/volumes.ts";

/**
 * Where the code of a container comes from: its image, as long as nothing is mounted over the places that programs,
 * libraries and modules are found in, and no variable names other places. A program is known by its name only then.
 */
export interface Code {
  /** Why no program of this container is what its name says; undefined where it is. */
  readonly problem: string | undefined;
  /** Why this one is not, in words; undefined where its name tells what it is. `program` as written. */
  problemOf(program: string, env: Environment): string | undefined;
  /** Whether programs, libraries or modules are looked for there. */
  isCodePlace(path: string): boolean;
  /** Whether a file of this path comes from a volume, or from a place that anything in the container may write to. */
  isForeign(path: string): boolean;
  /** Whether modules or programs that are looked for in this folder may come from a volume. */
  isForeignFolder(path: string): boolean;
  /** Whether something is mounted in this folder, but for one in it. */
  hasMountIn(folder: string, except: string): boolean;
}

/** Places in which images keep programs, libraries and modules. What is mounted there, above or below, may be other code. */
const codePlaces = (
  "/bin /sbin /lib /lib32 /lib64 /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/local/bin /usr/local/sbin " +
  "/usr/local/lib /usr/local/libexec /opt/venv /opt/conda /opt/python /root/.local /root/.pyenv /root/miniconda3 /venv " +
  "/usr/local/lib64 /etc/ld.so.cache /etc/alternatives /etc/pip.conf /etc/gitconfig /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/OpenCL " +
  "/vllm-workspace /sgl-workspace /etc/profile /etc/profile.d /etc/bash.bashrc /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d"
).split(" ");

/** Drivers: the device plugins of some clouds mount them from the node, which is no place of the requester's. */
const driverPlaces = ["/usr/local/nvidia", "/usr/local/cuda"];

/** Folders and files of other names that hold programs, libraries, modules, or what shells and installers read. */
const codeNames =
  /(?:^|\/)(?:bin|sbin|lib(?:exec|32|64)?|site-packages|dist-packages|python[0-9.]*|\.local|\.?venv|\.pyenv|\.config\/(?:pip|git|uv)|conda|miniconda3|miniforge3|\.bash_profile|\.bash_login|\.profile|\.bashrc|\.gitconfig|\.pip)(?:\/|$)|\.(?:so(?:\.[0-9.]+)?|py|pyc|pth|egg-link)$/;
/** Packages that images keep beside their working directory. */
const packageFolder =
  /^(?:\/(?:app|workspace|code|src|usr\/src|root))?\/(?:vllm|sglang|transformers|torch|huggingface_hub|lmdeploy|ray|huggingfaceserver)(?:\/|$)/;

function isCode(path: string): boolean {
  return (codeNames.test(path) && !path.startsWith("/var/lib/")) || packageFolder.test(path);
}

/** Where the drivers lie on the nodes of clouds. */
const nodeDrivers =
  /^\/(?:home\/kubernetes\/bin\/nvidia|usr\/local\/(?:nvidia|cuda)|opt\/nvidia|run\/nvidia|var\/lib\/nvidia|usr\/lib\/nvidia)[^/]*(?:\/|$)/;

const writablePlaces = ["/tmp", "/var/tmp", "/dev", "/run", "/proc", "/var/run", "/var/log", "/log", "/logs"];
/** Names that output is written to. */
const outputFile = /\.(?:log|out|txt|pid|err)$/;

/** `downloads`: folders that the container's own commands fill. */
export function readCode(
  container: Container,
  mounted: readonly Mount[],
  volumes: Volumes,
  downloads: readonly string[] = [],
): Code {
  const mounts = mounted.filter((mount) => !isDriver(mount, volumes)).map(({ at }) => at);
  const isForeign = (path: string): boolean => {
    if (path.startsWith("$")) return mounts.some((mount) => mount.includes("$") || !isAside(mount, container));
    const normal = normalizePath(path);
    if (outputFile.test(normal)) return true;
    if (downloads.some((place) => isWithin(place, normal))) return true;
    return [...writablePlaces, ...mounts, ...downloads].some((place) => isWithin(normal, place));
  };
  const isForeignFolder = (path: string): boolean =>
    isForeign(path) || (path.startsWith("/") && mounts.some((mount) => mayBeModule(mount, normalizePath(path))));
  const replaced = mounts.find(
    (mount) =>
      isCode(mount) ||
      [...codePlaces, ...driverPlaces].some((place) => isWithin(mount, place) || isWithin(place, mount)),
  );
  const problem =
    (replaced === undefined ? undefined : `a volume at ${replaced === "" ? "/" : replaced} may replace programs`) ??
    problemOfVariables(container.env, isForeign, isForeignFolder) ??
    problemOfFunctions(container.env) ??
    problemOfHome(container.env, mounted, volumes) ??
    problemOfAuthorities(container.env, mounts) ??
    problemOfWorkingDir(container, isForeignFolder);
  return {
    problem,
    isForeign,
    isForeignFolder,
    hasMountIn: (folder, except) => mounts.some((mount) => isWithin(mount, folder) && !isWithin(mount, except)),
    isCodePlace: (path) => {
      const normal = normalizePath(path);
      return isCode(normal) || codePlaces.some((place) => isWithin(normal, place));
    },
    problemOf(program, env) {
      if (problem !== undefined) return problem;
      const changed = env === container.env ? undefined : problemOfVariables(env, isForeign, isForeignFolder);
      if (changed !== undefined) return changed;
      if (isOpaque(program)) return "the program that is run cannot be known";
      if (program.includes("/") && !program.startsWith("/") && !/^\.\/[^/]+$/.test(program) && mounts.length > 0)
        return `${program} may lie in a volume`;
      const path = program.includes("/") ? absolute(program, container.workingDir) : undefined;
      return path !== undefined && isForeign(path)
        ? `${program} comes from a volume, or was written at run time`
        : undefined;
    },
  };
}

function absolute(program: string, workingDir: string | undefined): string {
  return program.startsWith("/") ? program : `${workingDir ?? "/image"}/${program}`;
}

/** The node's own drivers, mounted from the node. */
function isDriver({ at, volume }: Mount, { byName }: Volumes): boolean {
  const host = byName.get(volume)?.fields["hostPath"];
  const from = isFields(host) ? host["path"] : undefined;
  return (
    typeof from === "string" &&
    nodeDrivers.test(normalizePath(from)) &&
    driverPlaces.some((place) => isWithin(at, place))
  );
}

/** Python finds modules in the home directory, and shells their settings. What is empty when the pod starts holds none. */
function problemOfHome({ values }: Environment, mounted: readonly Mount[], { byName }: Volumes): string | undefined {
  const home = values.get("HOME");
  if (home === undefined) return undefined;
  const at = normalizePath(home);
  const isFilled = mounted.some((mount) => isWithin(at, mount.at) && !isScratch(byName.get(mount.volume)));
  return isFilled || !home.startsWith("/") ? `the home directory ${home.slice(0, 80)} may hold other code` : undefined;
}

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

function problemOfVariables(
  { values }: Environment,
  isForeign: Code["isForeign"],
  isForeignFolder: Code["isForeignFolder"],
): string | undefined {
  if (values instanceof Map && values.size === 0) return undefined;
  const name =
    pathLists.find((list) => !isOwnList(list, values.get(list) ?? "", isForeignFolder)) ??
    codeFiles.find((file) => !isOwnFile(file, values.get(file) ?? "", isForeign));
  return name === undefined ? undefined : `${name} may put other code in the place of the image's`;
}

/** An empty entry is the working directory. What scripts add to the image's own list stands beside that. */
function isOwnList(name: string, value: string, isForeign: Code["isForeign"]): boolean {
  if (value === "") return true;
  if (value === `\0$${name}\0`) return false;
  const isOwn = (part: string): boolean =>
    part === `\0$${name}\0` ||
    part === `\0\${${name}}\0` ||
    isUnmade(part, name, isForeign) ||
    isImagePath(part, isForeign);
  return value.split(name === "LD_LIBRARY_PATH" ? /[:;]/ : ":").every(isOwn);
}

/** Images work in other folders than these; where the container names its own, that is known. */
function isAside(mount: string, { workingDir }: Container): boolean {
  return /^\/dev\/shm$|\/\.cache(?:\/|$)/.test(mount) || workingDir?.startsWith("/") === true;
}

/**
 * A variable's value is not the shell's to expand: its own name in it is a folder beside the program that nobody has made,
 * unless a volume is mounted there.
 */
function isUnmade(part: string, name: string, isForeign: Code["isForeign"]): boolean {
  return (part === `\${${name}}` || part === `$${name}`) && !isForeign(part);
}

function isOwnFile(name: string, value: string, isForeign: Code["isForeign"]): boolean {
  if (value === "") return true;
  if (ownNames.has(name)) return /^[\w.+-]+$/.test(value) || (!/\s/.test(value) && isImagePath(value, isForeign));
  return name === "LD_PRELOAD" && value.split(/[: ]/).every((part) => isImagePath(part, isForeign));
}

/** Only the container can set them: no script and no `env` can. */
function problemOfFunctions({ values }: Environment): string | undefined {
  if (!(values instanceof Map)) return undefined;
  for (const name of values.keys())
    if (String(name).startsWith("BASH_FUNC_")) return `${String(name)} defines a function of the shell`;
  return undefined;
}

const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const authorityPlaces = ["/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates"];

/** A proxy with an authority of its own answers under the name of any hub. */
function problemOfAuthorities({ values }: Environment, mounts: readonly string[]): string | undefined {
  const at = mounts.find((mount) => authorityPlaces.some((place) => isWithin(mount, place) || isWithin(place, mount)));
  const name = at && proxies.find((key) => values.has(key));
  return name && `${name} and the authorities at ${at} change where the model comes from`;
}

function isImagePath(part: string, isForeign: Code["isForeign"]): boolean {
  // oxlint-disable-next-line no-control-regex -- an opaque part begins with NUL
  return /^\/[^$\0]*$/.test(part) && !isForeign(part);
}

/** Folders beside the code that hold data, and those of the system: nobody imports a module of such a name. */
const dataFolder =
  /^(?:models?|data|datasets?|caches?|\.[\w-]+|configs?|logs?|weights|adapters?|loras?|templates?|certs?|secrets?|tokens?|hf|huggingface|outputs?|results?|checkpoints?|dev|etc|home|mnt|media|opt|proc|root|run|srv|sys|tmp|usr|var|bin|lib|lib64|sbin|shm|scratch|workspace)$/;

/** A volume directly below a folder that is searched stands there under a name of its own. */
function mayBeModule(mount: string, folder: string): boolean {
  if (mount === folder || !isWithin(mount, folder)) return false;
  const [name = ""] = mount.slice(folder.length + 1).split("/", 1);
  return !dataFolder.test(name);
}

/** Python looks for modules in the working directory first. */
function problemOfWorkingDir({ workingDir }: Container, isForeign: Code["isForeignFolder"]): string | undefined {
  if (workingDir === undefined || workingDir === "") return undefined;
  const isKnown = workingDir.startsWith("/") && !isForeign(workingDir);
  return isKnown ? undefined : `the working directory ${workingDir} may hold other code`;
}
