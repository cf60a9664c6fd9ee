import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import { baseName } from "../file-path.ts";
import { type Environment, isOpaque, opaqueNames } from "../servers/expansion.ts";
import { runScript, type ShellCommand } from "../shell/run-script.ts";
import type { Code } from "./code.ts";
import { isHarmlessFile, python, shells } from "./known.ts";
import { overlay } from "./overlay.ts";
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
export interface Resolved {
  readonly commands: readonly Command[];
  readonly problem: string | undefined;
}

const maxDepth = 6;

/** Looks through shells, `env` and other wrappers. */
export function resolveCommand(words: readonly string[], env: Environment, container: Resolving): Resolved {
  const found: Found = { commands: [], problem: undefined };
  follow({ words, env, splits: false, moved: false, field: container.field }, container, found, 0);
  return found;
}

export interface Resolving {
  readonly field: string;
  readonly code: Code;
  readonly container: Container;
  readonly budget: Budget;
}

interface Found {
  readonly commands: Command[];
  problem: string | undefined;
}

function follow(command: Command, resolving: Resolving, found: Found, depth: number): void {
  const [first] = command.words;
  if (first === undefined) return;
  const name = baseName(first);
  const problem =
    depth > maxDepth ? "commands inside commands, too deep" : resolving.code.problemOf(first, command.env);
  if (problem !== undefined) return void (found.problem ??= problem);
  if (shells.has(name)) return followShell(command, resolving, found, depth);
  if (name === "env") return followEnv(command, resolving, found, depth);
  const wrapper = findWrapper(name);
  if (wrapper !== undefined) {
    const inner = command.splits ? undefined : unwrap(wrapper, command.words);
    if (inner === undefined) return void (found.problem ??= `${name} runs what the gate cannot tell`);
    return follow({ ...command, words: inner }, resolving, found, depth + 1);
  }
  found.commands.push({ ...command, words: [...programWords(name, command.words)] });
}

/** Without the path, and for Python without the interpreter and its own flags. */
function programWords(name: string, words: readonly string[]): readonly string[] {
  if (!python.test(name)) return name === words[0] ? words : [name, ...words.slice(1)];
  let at = 1;
  while (/^-[uOBsqIEv]+$/.test(words[at] ?? "") || words[at] === "-X" || words[at] === "-W")
    at += words[at] === "-X" || words[at] === "-W" ? 2 : 1;
  return words[at] === "-m" ? words.slice(at) : [name, ...words.slice(at)];
}

/** `env -u X A=1 program …` */
function followEnv(command: Command, resolving: Resolving, found: Found, depth: number): void {
  const own = new Map<string, string>();
  let at = 1;
  for (; at < command.words.length; at += 1) {
    const word = command.words[at] ?? "";
    const [, name, value = ""] = assignment.exec(word) ?? [];
    if (name !== undefined) own.set(name, value);
    else if (word === "-u") own.set(command.words[(at += 1)] ?? "", "");
    else if (word !== "--") break;
  }
  const inner = command.words.slice(at);
  if (inner[0]?.startsWith("-") === true || command.splits)
    return void (found.problem ??= "env runs what the gate cannot tell");
  const values = overlay(command.env.values, own);
  follow({ ...command, words: inner, env: { ...command.env, values } }, resolving, found, depth + 1);
}

const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/;

/** `sh -c script zero args…`. A script in a file, or on standard input, is not seen. */
function followShell(command: Command, resolving: Resolving, found: Found, depth: number): void {
  const parsed = command.splits ? undefined : shellArguments(command.words);
  if (parsed === undefined) {
    const file = command.words.slice(1).find((word) => !/^[-+]/.test(word));
    if (file !== undefined && !command.splits && startsRay(file, resolving.code)) return;
    return void (found.problem ??= `${command.words[0] ?? "a shell"} runs ${file === undefined ? "what the gate cannot tell" : `the script ${isOpaque(file) ? opaqueNames(file) : file}, which admission does not see`}`);
  }
  const { script, zero, args } = parsed;
  const { budget, field, code } = resolving;
  const shell = baseName(command.words[0] ?? "sh");
  const isSetup = (file: string): boolean => isImageSetup(file, code);
  const start = { env: command.env, positional: { zero, args }, shell, isSetup };
  const reading = runScript(script, start, budget, field);
  found.problem ??= reading.problem;
  for (const inner of reading.commands) {
    found.problem ??= problemOfWrites(inner, code);
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

/** Undefined where the shell is not given its script as a word. */
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
    if (/^-[A-Za-z]*[is]/.test(word) || word === "--init-file" || word === "--rcfile") return undefined;
    if (/^-[A-Za-z]*c/.test(word)) hasScript = true;
    if (/^[-+][A-Za-z]*[oO]$/.test(word)) at += 1;
  }
  return undefined;
}
