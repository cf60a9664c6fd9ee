import type { Container } from "../containers.ts";
import { isWithin, normalizePath } from "../file-path.ts";
import { type Environment, isOpaque } from "../servers/expansion.ts";
import { isFields } from "../shape.ts";
import type { Mount, Volumes } from "../models/volumes.ts";

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
  /** Whether something is mounted in this folder, but for one in it. */
  hasMountIn(folder: string, except: string): boolean;
}

/** Places in which images keep programs, libraries and modules. What is mounted there, above or below, may be other code. */
const codePlaces = (
  "/bin /sbin /lib /lib32 /lib64 /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/local/bin /usr/local/sbin " +
  "/usr/local/lib /usr/local/libexec /opt/venv /opt/conda /opt/python /root/.local /root/.pyenv /root/miniconda3 /venv " +
  "/vllm-workspace /sgl-workspace /etc/profile /etc/profile.d /etc/bash.bashrc /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d"
).split(" ");

/** Drivers: the device plugins of some clouds mount them from the node, which is no place of the requester's. */
const driverPlaces = ["/usr/local/nvidia", "/usr/local/cuda"];

const writablePlaces = ["/tmp", "/var/tmp", "/dev", "/run", "/proc", "/var/run"];

export function readCode(container: Container, mounted: readonly Mount[], volumes: Volumes): Code {
  const mounts = mounted.filter((mount) => !isDriver(mount, volumes)).map(({ at }) => at);
  const isForeign = (path: string): boolean => {
    if (path.startsWith("$")) return mounts.some((mount) => mount.includes("$") || !isAside(mount, container));
    const normal = normalizePath(path);
    return [...writablePlaces, ...mounts].some((place) => isWithin(normal, place));
  };
  const replaced = mounts.find((mount) =>
    [...codePlaces, ...driverPlaces].some((place) => isWithin(mount, place) || isWithin(place, mount)),
  );
  const problem =
    (replaced === undefined ? undefined : `a volume at ${replaced === "" ? "/" : replaced} may replace programs`) ??
    problemOfVariables(container.env, isForeign) ??
    problemOfFunctions(container.env) ??
    problemOfWorkingDir(container, isForeign);
  return {
    problem,
    isForeign,
    hasMountIn: (folder, except) => mounts.some((mount) => isWithin(mount, folder) && !isWithin(mount, except)),
    isCodePlace: (path) => codePlaces.some((place) => isWithin(normalizePath(path), place)),
    problemOf(program, env) {
      if (problem !== undefined) return problem;
      const changed = env === container.env ? undefined : problemOfVariables(env, isForeign);
      if (changed !== undefined) return changed;
      if (isOpaque(program)) return "the program that is run cannot be known";
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
  return isFields(byName.get(volume)?.fields["hostPath"]) && driverPlaces.some((place) => isWithin(at, place));
}

/** Lists of folders that are searched in order. */
const pathLists = ["PATH", "LD_LIBRARY_PATH", "PYTHONPATH"];
/** Files that are loaded, or other homes of the interpreter. */
const codeFiles = (
  "LD_PRELOAD LD_AUDIT BASH_ENV ENV PYTHONHOME PYTHONUSERBASE PYTHONSTARTUP PYTHONPLATLIBDIR PERL5LIB PERL5OPT RUBYOPT RUBYLIB " +
  "NODE_OPTIONS NODE_PATH GCONV_PATH JAVA_TOOL_OPTIONS PROMPT_COMMAND SHELLOPTS BASHOPTS PYTHONEXECUTABLE PYTHONPYCACHEPREFIX"
).split(" ");

/** Variables that put other code in the place of the image's. A folder or file of the image itself does no harm. */
export const codeVariables: readonly string[] = [...pathLists, ...codeFiles];

function problemOfVariables({ values }: Environment, isForeign: Code["isForeign"]): string | undefined {
  if (values instanceof Map && values.size === 0) return undefined;
  const name =
    pathLists.find((list) => !isOwnList(list, values.get(list) ?? "", isForeign)) ??
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
  return value.split(":").every(isOwn);
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
  return name === "LD_PRELOAD" && value.split(/[: ]/).every((part) => isImagePath(part, isForeign));
}

/** Only the container can set them: no script and no `env` can. */
function problemOfFunctions({ values }: Environment): string | undefined {
  if (!(values instanceof Map)) return undefined;
  for (const name of values.keys())
    if (String(name).startsWith("BASH_FUNC_")) return `${String(name)} defines a function of the shell`;
  return undefined;
}

function isImagePath(part: string, isForeign: Code["isForeign"]): boolean {
  // oxlint-disable-next-line no-control-regex -- an opaque part begins with NUL
  return /^\/[^$\0]*$/.test(part) && !isForeign(part);
}

/** Python looks for modules in the working directory first. */
function problemOfWorkingDir({ workingDir }: Container, isForeign: Code["isForeign"]): string | undefined {
  if (workingDir === undefined || workingDir === "") return undefined;
  const isKnown = workingDir.startsWith("/") && !isForeign(workingDir);
  return isKnown ? undefined : `the working directory ${workingDir} may hold other code`;
}
