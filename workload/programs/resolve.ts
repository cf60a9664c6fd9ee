import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import { getBaseName } from "../file-path.ts";
import { type Environment, isOpaque, listOpaqueNames } from "../expansion.ts";
import { runScript, type ShellCommand } from "../shell/run-script.ts";
import type { Code } from "./code.ts";
import { isHarmlessFile, python, shells } from "./known.ts";
import { Overlay } from "./overlay.ts";
import { findWrapper, unwrap } from "./wrappers.ts";

/** One program that a container runs, with what it is given. */
export interface Command {
  /** The program's name first; a Python module stands as `-m`, module. Never a shell or a wrapper. */
  readonly words: readonly string[];
  readonly env: Environment;
  /** Words may be added, dropped or split when it runs. */
  readonly splits: boolean;
  /** An earlier command may have changed the working directory. */
  readonly moved: boolean;
  /** JSON path of the command line that it comes from. */
  readonly field: string;
}

/** What a command line comes to: the programs that it may run, and why that may not be all. */
export interface ResolvedCommand {
  readonly commands: readonly Command[];
  /** Files that scripts in it write, as written. */
  readonly writes: readonly string[];
  readonly problem: string | undefined;
}

const maxDepth = 6;

/** Of more files it is not told which are written. */
export const maxWrites = 64;

/** Looks through shells, `env` and other wrappers. */
export function resolveCommand(words: readonly string[], env: Environment, container: ResolveContext): ResolvedCommand {
  const found: Found = { commands: [], writes: [], problem: undefined };
  follow({ words, env, splits: false, moved: false, field: container.field }, container, found, 0);
  return found;
}

/** What is needed to say what a command runs. */
export interface ResolveContext {
  readonly field: string;
  readonly code: Code;
  readonly container: Container;
  readonly budget: Budget;
}

interface Found {
  readonly commands: Command[];
  readonly writes: string[];
  problem: string | undefined;
}

function follow(command: Command, resolving: ResolveContext, found: Found, depth: number): void {
  const [first] = command.words;
  if (first === undefined) return;
  const name = getBaseName(first);
  const problem =
    depth > maxDepth ? "commands inside commands, too deep" : problemOfProgram(first, command, resolving.code);
  if (problem !== undefined) return void (found.problem ??= problem);
  if (shells.has(name)) return followShell(command, resolving, found, depth);
  if (name === "env") return followEnv(command, resolving, found, depth);
  const wrapper = findWrapper(name);
  if (wrapper !== undefined) {
    const inner = command.splits || startsMore(name, command) ? undefined : unwrap(wrapper, command.words);
    if (inner === undefined) return void (found.problem ??= `${name} runs what the gate cannot tell`);
    return follow({ ...command, words: inner }, resolving, found, depth + 1);
  }
  found.commands.push({ ...command, words: [...programWords(name, command.words)] });
}

const mpiVariables = (
  "OMPI_MCA_plm_rsh_agent OMPI_MCA_plm_ssh_agent OMPI_MCA_orte_launch_agent OMPI_MCA_mca_base_param_files OMPI_MCA_mca_base_component_path " +
  "PRTE_MCA_plm_ssh_agent PRTE_MCA_prte_launch_agent PRTE_MCA_mca_base_component_path PMIX_MCA_mca_base_component_path OPAL_PREFIX " +
  "PRTE_PREFIX PMIX_PREFIX HYDRA_LAUNCHER HYDRA_LAUNCHER_EXEC HYDRA_BOOTSTRAP HYDRA_BOOTSTRAP_EXEC"
).split(" ");

/** MPI starts a second program behind a colon, and is told by variables how to start any. */
function startsMore(name: string, { words, env }: Command): boolean {
  if (!/^mpi(?:run|exec)$/.test(name)) return false;
  return words.includes(":") || mpiVariables.some((one) => env.values.has(one));
}

function problemOfProgram(program: string, { env, moved }: Command, code: Code): string | undefined {
  if (program.includes("=")) return `${program.slice(0, 80)} is a variable to some programs`;
  if (moved && program.includes("/") && !program.startsWith("/"))
    return `${program} lies in a folder that the script changes to`;
  return code.findProblem(program, env);
}

/** Without the path, and for Python without the interpreter and its own flags. */
function programWords(name: string, words: readonly string[]): readonly string[] {
  if (!python.test(name)) return name === words[0] ? words : [name, ...words.slice(1)];
  let at = 1;
  for (;;) {
    if (/^-[uOBsqIEv]+$/.test(words[at] ?? "")) at += 1;
    else if (isHarmlessOption(words[at], words[at + 1])) at += 2;
    else break;
  }
  return words[at] === "-m" ? words.slice(at) : [name, ...words.slice(at)];
}

/** Others name a folder of compiled modules, or a module that is imported. */
function isHarmlessOption(flag: string | undefined, value = ""): boolean {
  if (flag === "-X")
    return /^(?:faulthandler|dev|utf8|importtime|tracemalloc|frozen_modules=(?:on|off)|int_max_str_digits=\d+)$/.test(
      value,
    );
  return flag === "-W" && /^(?:ignore|default|error|always|once|module)$/.test(value);
}

/** `env -u X A=1 program …`: every word with an equals sign is a variable. */
function followEnv(command: Command, resolving: ResolveContext, found: Found, depth: number): void {
  const own = new Map<string, string>();
  let at = 1;
  for (; at < command.words.length; at += 1) {
    const word = command.words[at] ?? "";
    const [, name, value = ""] = assignment.exec(word) ?? [];
    if (name?.startsWith("BASH_FUNC_") === true) found.problem ??= `env defines the function ${name.slice(0, 80)}`;
    if (name !== undefined) own.set(name, value);
    else if (word === "-u") own.set(command.words[(at += 1)] ?? "", "");
    else if (word !== "--") break;
  }
  const inner = command.words.slice(at);
  if (inner[0]?.startsWith("-") === true || command.splits)
    return void (found.problem ??= "env runs what the gate cannot tell");
  const values = new Overlay(command.env.values, own);
  follow({ ...command, words: inner, env: { ...command.env, values } }, resolving, found, depth + 1);
}

const assignment = /^([^=-][^=]*)=([^]*)$/;

/** `sh -c script zero args…`. A script in a file, or on standard input, is not seen. */
function followShell(command: Command, resolving: ResolveContext, found: Found, depth: number): void {
  const parsed = command.splits ? undefined : shellArguments(command.words);
  if (parsed === undefined) {
    const file = command.words.slice(1).find((word) => !/^[-+]/.test(word));
    if (file !== undefined && file === command.words[1] && !command.splits && startsRay(file, resolving.code)) return;
    return void (found.problem ??= `${command.words[0] ?? "a shell"} runs ${file === undefined ? "what the gate cannot tell" : `the script ${isOpaque(file) ? listOpaqueNames(file) : file}, which admission does not see`}`);
  }
  const { script, zero, args } = parsed;
  const { budget, field, code } = resolving;
  const shell = getBaseName(command.words[0] ?? "sh");
  const isSetup = (file: string): boolean => isImageSetup(file, code);
  const start = { env: command.env, positional: { zero, args }, shell, isSetup };
  const reading = runScript(script, start, budget, field);
  found.problem ??= reading.problem;
  for (const inner of reading.commands) {
    found.problem ??= problemOfWrites(inner, code);
    for (const file of inner.writes)
      if (!found.writes.includes(file) && found.writes.length <= maxWrites) found.writes.push(file);
    follow(fromShell(inner, command), resolving, found, depth + 1);
  }
}

function fromShell({ words, env, splits, moved }: ShellCommand, outer: Command): Command {
  return { ...outer, words, env, splits, moved: moved || outer.moved };
}

/** What is written may be a program, a module or a part of a model. */
function problemOfWrites({ writes }: ShellCommand, code: Code): string | undefined {
  const file = writes.find((target) => !isHarmlessFile(target) || code.isCodePlace(target));
  return file === undefined ? undefined : `the script writes ${isOpaque(file) ? "a file that is not known" : file}`;
}

/** What shells read when they start, and virtual environments of the image. */
export function isImageSetup(file: string, code: Code): boolean {
  return (
    /^\/(?:[\w.-]+\/)*(?:activate|conda\.sh|setvars\.sh|profile|bashrc|\.bashrc|\.profile|set_env\.sh)$/.test(file) &&
    !code.isForeign(file)
  );
}

/** vLLM's own script for several nodes, which starts Ray and nothing else. https://github.com/vllm-project/vllm/tree/main/examples */
function startsRay(file: string, code: Code): boolean {
  return (
    /^\/(?:vllm-workspace|workspace\/vllm)\/(?:[\w-]+\/)*multi-node-serving\.sh$/.test(file) && !code.isForeign(file)
  );
}

/** Options that change nothing of what is read and run. */
const plainOptions = /^(?:pipefail|errexit|nounset|xtrace|errtrace|noglob|verbose)$/;

/** Undefined where the shell is not given its script as a word, or is told to read it in another way. */
function shellArguments(
  words: readonly string[],
): { script: string; zero: string; args: readonly string[] } | undefined {
  let hasScript = false;
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!/^[-+]./.test(word) || word === "--") {
      const from = word === "--" ? at + 1 : at;
      const script = words[from];
      if (!hasScript || script === undefined) return undefined;
      return { script, zero: words[from + 1] ?? words[0] ?? "sh", args: words.slice(from + 2) };
    }
    if (/^[-+][eucxlvafEB]*o$/.test(word) && plainOptions.test(words[at + 1] ?? "")) at += 1;
    else if (!/^[-+][eucxlvafEB]+$|^--(?:login|noprofile|norc)$/.test(word)) return undefined;
    if (/^-[A-Za-z]*c/.test(word)) hasScript = true;
  }
  return undefined;
}
