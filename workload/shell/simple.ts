import { assignAll } from "./assignments.ts";
import { type Builtin, builtins } from "./builtins.ts";
import { expandWords } from "./expansion/expand.ts";
import type { ExpandedWords } from "./expansion/fields.ts";
import { isOpaque } from "../expansion.ts";
import type { Interpreter } from "./interpreter.ts";
import { applyRedirections } from "./redirections.ts";
import type { Command, Simple } from "./grammar/syntax.ts";
import { keys, unknown, type Value } from "./values.ts";

/** Runs a program, a function or a builtin, with the assignments before it. */
export function runSimple(shell: Interpreter, command: Command & Simple): void {
  const expanded = expandWords(shell, command.words);
  shell.around = applyRedirections(shell, command.redirects, shell.around);
  shell.status = undefined;
  if (expanded.words.length > 0) return runWords(shell, command, expanded);
  if (command.redirects.length > 0 && shell.around.writes.length > 0) shell.emit({ words: [":"], splits: false });
  assignAll(shell, command.assignments);
}

function runWords(shell: Interpreter, { assignments, declared }: Simple, expanded: ExpandedWords): void {
  if (assignments.length === 0) return runWord(shell, expanded, declared);
  const [first = ""] = expanded.words;
  const mark = shell.state.mark();
  assignAll(shell, assignments, true);
  const names = new Set(assignments.map(({ name }) => name));
  const changesMore = shell.state.changedSince(mark).size > names.size;
  if (!changesMore && isProgram(shell, first)) {
    shell.emit(expanded);
    return shell.state.undo(mark);
  }
  const isLost = !changesMore && builtins.get(first)?.isSpecial === false && getFunction(shell, first) === undefined;
  if (isLost) shell.state.undo(mark);
  runWord(shell, expanded, declared);
  // An assignment that fails takes the command with it.
  shell.isDead = false;
  // Otherwise shells differ in whether it stays.
  if (!isLost) for (const name of names) shell.state.set(name, unknown);
}

function isProgram(shell: Interpreter, first: string): boolean {
  if (isOpaque(first) || /^(?:command|builtin)$/.test(first)) return false;
  return getFunction(shell, first) === undefined && !builtins.has(first);
}

function runWord(shell: Interpreter, expanded: ExpandedWords, declared: Simple["declared"]): void {
  const [first = ""] = expanded.words;
  if (isOpaque(first)) return runOpaque(shell, expanded);
  if (shell.isInTrap) shell.namesInTraps.add(first);
  const found = getFunction(shell, first);
  if (found?.kind === "function") return callFunction(shell, found.body, expanded);
  runNoFunction(shell, first, expanded, declared);
  if (found !== undefined) noteMaybeCalled(shell, first);
}

function runNoFunction(shell: Interpreter, first: string, expanded: ExpandedWords, declared: Simple["declared"]): void {
  if (first === "command" || first === "builtin") return runWrapped(shell, expanded, declared);
  const builtin = builtins.get(first);
  if (builtin === undefined) shell.emit(expanded);
  else runBuiltin(shell, builtin, expanded, declared);
}

/** A function that is not known, and that an opaque command before may have made. */
function noteMaybeCalled(shell: Interpreter, name: string): void {
  if (shell.state.save(keys.function(name)) !== undefined)
    shell.note(`calls ${name}, which may be one of several functions`);
  shell.state.forget();
}

function runBuiltin(shell: Interpreter, builtin: Builtin, expanded: ExpandedWords, declared: Simple["declared"]): void {
  if (builtin.isListed) shell.emit(expanded);
  builtin.run(shell, expanded, declared);
}

function getFunction(shell: Interpreter, name: string): Value | undefined {
  return shell.state.get(keys.function(name));
}

/** A path is a program; any other word may be a function, `eval`, or `export`. */
function runOpaque(shell: Interpreter, expanded: ExpandedWords): void {
  shell.emit(expanded);
  const isPath = (expanded.words[0] ?? "").replaceAll(/\0[^\0]*\0/g, "").includes("/");
  if (!isPath || expanded.splits) shell.state.forget();
}

/** `command` and `builtin` pass functions by. */
function runWrapped(shell: Interpreter, { words, splits }: ExpandedWords, declared: Simple["declared"]): void {
  let at = 0;
  while (/^(?:command|builtin)$/.test(words[at] ?? "")) at += /^-[-p]$/.test(words[at + 1] ?? "") ? 2 : 1;
  const first = words[at];
  if (first === undefined || first.startsWith("-")) return shell.emit({ words, splits });
  const rest = { words: words.slice(at), splits };
  if (isOpaque(first)) return runOpaque(shell, rest);
  const builtin = builtins.get(first);
  if (builtin === undefined) return shell.emit(rest);
  runBuiltin(shell, builtin, rest, declared);
  // Shells differ in whether they split the values then.
  if (rest.words.some((word) => word.includes("=")) && /^(?:export|readonly|local|declare|typeset)$/.test(first)) {
    shell.state.forgetVariables();
  }
}

function callFunction(shell: Interpreter, body: Command, { words, splits }: ExpandedWords): void {
  const mark = shell.state.mark();
  const { frame, hasReturned, locals } = shell;
  Object.assign(shell, { frame: frame + 1, hasReturned: false, locals: [] });
  shell.state.set(keys.positional(shell.frame), splits ? unknown : { kind: "positional", args: words, from: 1 });
  shell.command(body);
  if (shell.hasReturned) shell.state.setAll(shell.state.rangeSince(mark));
  for (const name of shell.locals) shell.state.set(name, unknown);
  Object.assign(shell, { frame, hasReturned, locals });
  shell.status = undefined;
}
