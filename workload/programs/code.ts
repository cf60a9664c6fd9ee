import type { Container } from "../containers.ts";
import { isWithin, normalizePath } from "../file-path.ts";
import type { Mount, Volumes } from "../volumes.ts";
import { type Environment, isOpaque, type Variables } from "../expansion.ts";
import { Overlay } from "./overlay.ts";
import { isCode, isDriver, isInCodePlace, mayBeEntryPoint, mayBeModule, replacesCode } from "./code-places.ts";
import {
  type Files,
  findProblemOfAuthorities,
  findProblemOfFunctions,
  findProblemOfHome,
  findProblemOfVariables,
  findProblemOfWorkingDir,
} from "../flags/code-variables.ts";

/**
 * Where the code of a container comes from: its image, as long as nothing is mounted over the places that programs,
 * libraries and modules are found in, and no variable names other places. A program is known by its name only then.
 */
export interface Code extends Files {
  /** Why no program of this container is what its name says; undefined where it is. */
  readonly problem: string | undefined;
  /** Why this one is not, in words; undefined where its name tells what it is. `program` as written. */
  findProblem(program: string, env: Environment): string | undefined;
  /** Whether programs, libraries or modules are looked for there. */
  isCodePlace(path: string): boolean;
  /** Whether something is mounted in this folder, but for one in it. */
  hasMountIn(folder: string, except: string): boolean;
}

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
  const files = listFiles(container, mounts, downloads);
  const findChange = createVariableCheck(container.env.values, files);
  const replaced = mounts.find((at) => replacesCode(at) || (!container.hasCommand && mayBeEntryPoint(at)));
  const problem =
    (replaced === undefined ? undefined : `a volume at ${replaced === "" ? "/" : replaced} may replace programs`) ??
    findProblemOfVariables(container.env.values, files) ??
    findProblemOfFunctions(container.env) ??
    findProblemOfHome(container.env, mounted, volumes) ??
    findProblemOfAuthorities(container.env, mounts) ??
    findProblemOfWorkingDir(container, files.isForeignFolder);
  return {
    problem,
    ...files,
    hasMountIn: (folder, except) => mounts.some((mount) => isWithin(mount, folder) && !isWithin(mount, except)),
    isCodePlace: (path) => isCode(normalizePath(path)) || isInCodePlace(normalizePath(path)),
    findProblem(program, env) {
      if (problem !== undefined) return problem;
      return findChange(env.values) ?? problemOfProgram(program, container, mounts, files);
    },
  };
}

/**
 * Looks at variables that are set over the container's own, which have no problem, each time for what is new: a script may run
 * thousands of commands, each within several `env`.
 */
function createVariableCheck(own: Variables, files: Files): (values: Variables) => string | undefined {
  const known = new WeakMap<Variables, { readonly problem: string | undefined }>([[own, { problem: undefined }]]);
  return function find(values): string | undefined {
    const before = known.get(values);
    if (before !== undefined) return before.problem;
    const problem: string | undefined =
      values instanceof Overlay
        ? (find(values.base) ?? findProblemOfVariables(values.over, files))
        : findProblemOfVariables(values, files);
    known.set(values, { problem });
    return problem;
  };
}

function listFiles(container: Container, mounts: readonly string[], downloads: readonly string[]): Files {
  const isForeign = (path: string): boolean => {
    if (path.startsWith("$")) return mounts.some((mount) => mount.includes("$") || !isAside(mount, container));
    const normal = normalizePath(path);
    if (outputFile.test(normal)) return true;
    if (downloads.some((place) => isWithin(place, normal))) return true;
    return [...writablePlaces, ...mounts, ...downloads].some((place) => isWithin(normal, place));
  };
  return {
    isForeign,
    isForeignFolder: (path) =>
      isForeign(path) || (path.startsWith("/") && mounts.some((mount) => mayBeModule(mount, normalizePath(path)))),
  };
}

function problemOfProgram(
  program: string,
  { workingDir }: Container,
  mounts: readonly string[],
  { isForeign }: Files,
): string | undefined {
  if (isOpaque(program)) return "the program that is run cannot be known";
  if (program.includes("/") && !program.startsWith("/") && !/^\.\/[^/]+$/.test(program) && mounts.length > 0)
    return `${program} may lie in a volume`;
  const path = program.includes("/") ? absolute(program, workingDir) : undefined;
  return path !== undefined && isForeign(path)
    ? `${program} comes from a volume, or was written at run time`
    : undefined;
}

function absolute(program: string, workingDir: string | undefined): string {
  return program.startsWith("/") ? program : `${workingDir ?? "/image"}/${program}`;
}

/** Images work in other folders than these; where the container names its own, that is known. */
function isAside(mount: string, { workingDir }: Container): boolean {
  return /^\/dev\/shm$|\/\.cache(?:\/|$)/.test(mount) || workingDir?.startsWith("/") === true;
}
