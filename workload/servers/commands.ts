import type { Container } from "../containers.ts";
import type { Environment } from "./expansion.ts";
import { splitScript } from "./shell.ts";

/** One command that a container runs, with the environment it runs in. */
export interface Command {
  readonly words: readonly string[];
  readonly env: Environment;
  /** Words may be added, dropped or split when it runs. */
  readonly splits: boolean;
  /** The words are arguments of the image's own entry point. */
  readonly isForImage: boolean;
}

const shells = new Set(["sh", "bash", "ash", "dash", "zsh", "ksh"]);
const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/;
const maxDepth = 3;
/** Far more than a real start script has; bounds the commands that are read. */
const maxScriptCharacters = 64 * 1024;

/** The commands of a container: one, or those of its shell script. Undefined: a script that cannot be read. */
export function commandsOf({ words, env, hasCommand }: Container): readonly Command[] | undefined {
  const [first, second] = words;
  const isScriptForShellImage =
    !hasCommand && second !== undefined && /^-[a-z]*c$/.test(first ?? "") && /\s/.test(second);
  if (isScriptForShellImage) return commandsOfScript(second, env, 1);
  return commandsIn({ words, env, splits: false, isForImage: !hasCommand }, 0);
}

/** A command that starts a shell is its script. Where the shell comes later the words before it count too: they may be a server. */
function commandsIn(command: Command, depth: number): readonly Command[] | undefined {
  const found = scriptIn(command.words);
  if (found === undefined) return [command];
  const inner = commandsOfScript(found.script, command.env, depth + 1);
  if (inner === undefined) return undefined;
  const nested = command.splits ? inner.map(mayChange) : inner;
  return found.at === 0 ? nested : [command, ...nested];
}

function mayChange(command: Command): Command {
  return { ...command, splits: true };
}

function commandsOfScript(script: string, env: Environment, depth: number): readonly Command[] | undefined {
  const parts = depth > maxDepth || script.length > maxScriptCharacters ? undefined : splitScript(script);
  if (parts === undefined) return undefined;
  let current = env;
  const commands: Command[] = [];
  for (const { words, splits } of parts) {
    const local = withAssignments(current, words);
    if (words[0] === "export" || words.every((word) => assignment.test(word))) {
      current = local;
      continue;
    }
    const nested = commandsIn({ words, env: local, splits, isForImage: false }, depth);
    if (nested === undefined) return undefined;
    commands.push(...nested);
  }
  return commands;
}

/** What `sh -c` is given, also behind another program: `tini -- bash -lc …`. */
function scriptIn(words: readonly string[]): { readonly script: string; readonly at: number } | undefined {
  const at = words.findIndex((word) => shells.has(baseName(word)));
  if (at === -1) return undefined;
  let hasC = false;
  for (let next = at + 1; next < words.length; next += 1) {
    const word = words[next] ?? "";
    if (!/^[-+]./.test(word)) return hasC ? { script: word, at } : undefined;
    if (/^-[A-Za-z]*c[A-Za-z]*$/.test(word)) hasC = true;
    if (/^[-+][A-Za-z]*[oO]$/.test(word) || word === "--init-file" || word === "--rcfile") next += 1;
  }
  return undefined;
}

/** `A=1 server`, `env A=1 server` and `export A=1`, as far as the words before the first flag go. */
function withAssignments(env: Environment, words: readonly string[]): Environment {
  if (!words.some((word) => assignment.test(word))) return env;
  const values = new Map(env.values);
  for (const word of words) {
    if (word.startsWith("-")) break;
    const name = assignment.exec(word)?.[1];
    if (name !== undefined) values.set(name, word.slice(name.length + 1));
  }
  return { ...env, values };
}

export function baseName(word: string): string {
  return word.slice(word.lastIndexOf("/") + 1);
}
