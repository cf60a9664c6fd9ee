import { isOpaque } from "../expansion.ts";
import { assign, assignAll, exportVariable } from "./assignments.ts";
import type { ExpandedWords } from "./expansion/fields.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Assignment } from "./grammar/syntax.ts";
import { evaluateTest } from "./conditions.ts";
import { keys, unknown, type Value } from "./values.ts";

/** A command that changes the shell itself. */
export interface Builtin {
  /** POSIX lets variables before it stay. */
  readonly isSpecial: boolean;
  /** It is a command that readers see, too. */
  readonly isListed: boolean;
  readonly run: (shell: Interpreter, command: ExpandedWords, declared: readonly Assignment[]) => void;
}

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;
const yes: Value = { kind: "text", text: "1", isExported: false };

const special = (run: Builtin["run"]): Builtin => ({ isSpecial: true, isListed: false, run });
const regular = (run: Builtin["run"]): Builtin => ({ isSpecial: false, isListed: false, run });
const listed = (run: Builtin["run"]): Builtin => ({ isSpecial: false, isListed: true, run });
const moves = listed(({ state }) => state.set(keys.moved, yes));
/** Of its words some may be harmless. */
const refused = (why: string, harmless = /^$/): Builtin =>
  listed((shell, { words }) => !words.slice(1).every((word) => harmless.test(word)) && shell.note(why));
const ends = (status: boolean): Builtin => listed((shell) => void (shell.status = status));

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_15 and bash's own. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [":", { ...ends(true), isSpecial: true }],
  ["true", ends(true)],
  ["false", ends(false)],
  ["test", listed(test)],
  ["[", listed(test)],
  [".", { isSpecial: true, isListed: true, run: source }],
  ["source", { isSpecial: true, isListed: true, run: source }],
  ["eval", special(evaluateText)],
  ["exec", special(exec)],
  ["exit", special(exit)],
  ["return", special((shell) => void (shell.hasReturned = true))],
  ["break", special(() => undefined)],
  ["continue", special(() => undefined)],
  ["set", special(set)],
  ["shift", special(shift)],
  ["trap", special(trap)],
  ["unset", special(unset)],
  ["export", special(declare)],
  ["readonly", special(declare)],
  ["local", regular(declare)],
  ["declare", regular(declare)],
  ["typeset", regular(declare)],
  ["read", regular(read)],
  ["mapfile", regular(read)],
  ["readarray", regular(read)],
  ["getopts", regular((shell, { words, splits }) => forgetNames(shell, words.slice(2, 3), splits))],
  ["wait", listed((shell, { words }) => waitFor(shell, words))],
  ["printf", listed(printf)],
  ["let", regular((shell, { words }) => words.slice(1).forEach((word) => shell.evaluate(word)))],
  ["cd", moves],
  ["pushd", moves],
  ["popd", moves],
  ["alias", refused("defines an alias")],
  [
    "shopt",
    refused("changes with shopt how bash reads and runs commands", /^(?:-[pqu]+|pipefail|.*glob|inherit_errexit)$/),
  ],
  ["jobs", refused("may run a command with jobs", /^-[lnprs]+$|^%/)],
  ["hash", refused("says with hash where programs are")],
  ["enable", refused("changes with enable what is a builtin")],
]);

/** With other words than one number shells differ in whether they exit. */
function exit(shell: Interpreter, { words, splits }: ExpandedWords): void {
  const [, status = "0", ...more] = words;
  shell.isDead = !splits && more.length === 0 && /^(?:[0-9]{1,3}|\0\$\?\0)$/.test(status);
}

function test(shell: Interpreter, { words, splits }: ExpandedWords): void {
  if (words[0] === "[" && words.at(-1) !== "]") return;
  const operands = words.slice(1, words[0] === "[" ? -1 : undefined);
  const names = operands.some((word) => word === "-v" || word === "-R");
  if (names && operands.some((word) => isOpaque(word) || word.includes("["))) {
    shell.note("asks for a variable whose name is not known");
  }
  if (!splits) shell.status = evaluateTest(operands);
}

function source(shell: Interpreter, { words, splits }: ExpandedWords): void {
  if (words.length === 2 && !splits && shell.isSetup(words[1] ?? "")) return;
  shell.note("sources a file that cannot be read at admission");
  shell.state.forget();
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_19 */
function evaluateText(shell: Interpreter, { words, splits }: ExpandedWords): void {
  const text = words.slice(words[1] === "--" ? 2 : 1).join(" ");
  shell.budget.spend("expandedCharacters", text.length, shell.path);
  if (splits) shell.note("evaluates text that is not known");
  if (!shell.runText(text) || splits) shell.state.forget();
}

function exec(shell: Interpreter, { words, splits }: ExpandedWords): void {
  let at = 1;
  while (/^-[acl]+$|^--$/.test(words[at] ?? "")) at += /a/.test(words[at] ?? "") ? 2 : 1;
  if (words.slice(1, at).some((word) => /^-.*c/.test(word))) shell.note("empties the environment with exec -c");
  const rest = words.slice(at);
  if (rest.length === 0) return redirect(shell);
  shell.emit({ words: rest, splits });
  // Words that vanish leave no command, and those that fail to expand none either: the script goes on.
  if (splits) shell.state.forget();
  else shell.isDead = !words.some(isOpaque);
}

/** `exec <file >log`, for all that follows. */
function redirect(shell: Interpreter): void {
  if (shell.around.stdin) shell.state.set(keys.input, yes);
  if (shell.around.writes.length > 0) shell.emit({ words: [":"], splits: false });
}

function set(shell: Interpreter, { words, splits }: ExpandedWords): void {
  const { state, frame } = shell;
  let at = 1;
  for (; /^[-+]./.test(words[at] ?? "") && words[at] !== "--"; at += 1) {
    const word = words[at] ?? "";
    const isLong = /^[-+][a-zA-Z]*o$/.test(word);
    setOption(shell, word, isLong ? (words[at + 1] ?? "") : "");
    if (isLong) at += 1;
  }
  if (words.slice(1, at + 1).some(isOpaque)) state.set(keys.exportsAll, unknown);
  if (words[at] === "-") at += 1;
  const hasParameters = words[at] === "--" || words.length > at;
  if (words[at] === "--") at += 1;
  if (splits) state.set(keys.positional(frame), unknown);
  else if (hasParameters) state.set(keys.positional(frame), { kind: "positional", args: words, from: at });
}

function setOption(shell: Interpreter, flags: string, long: string): void {
  const option = long === "" ? flags.slice(1) : long;
  if (long === "keyword" || (long === "" && option.includes("k"))) shell.note("sets the option -k");
  if (long === "allexport" || /^[-+][b-zA-Z]*a/.test(flags)) {
    shell.state.set(keys.exportsAll, flags.startsWith("-") ? yes : { kind: "unset" });
  }
}

function shift({ state, frame }: Interpreter, { words, splits }: ExpandedWords): void {
  const key = keys.positional(frame);
  const value = state.get(key);
  const by = words[1] ?? "1";
  const isKnown = value?.kind === "positional" && !splits && /^[0-9]{1,5}$/.test(by);
  if (!isKnown || value.from + Number(by) > value.args.length) return state.set(key, unknown);
  state.set(key, { ...value, from: value.from + Number(by) });
}

/** The action runs at any time, so it finds any variables, and must not change what others find. */
function trap(shell: Interpreter, { words, splits }: ExpandedWords): void {
  const action = words[words[1] === "--" ? 2 : 1] ?? "-";
  if (words.length < 3 || /^(?:-.*|[0-9]+|)$/.test(action)) return;
  if (splits || isOpaque(action)) return shell.note("sets a trap that is not known");
  shell.isolated(() => {
    shell.state.forgetVariables();
    const mark = shell.state.mark();
    shell.isInTrap = true;
    const isKnown = shell.runText(action);
    shell.isInTrap = false;
    if (!isKnown) return;
    const changed = shell.state.differingSince(mark).filter((key) => !isInnerFrame(key, shell.frame));
    if (changed.length > 0) shell.note("changes variables in a trap");
  });
}

/** The parameters of a function that has been left. */
function isInnerFrame(key: string, frame: number): boolean {
  return key.startsWith("@") && key !== keys.positional(frame);
}

function unset(shell: Interpreter, { words, splits }: ExpandedWords): void {
  if (splits || words.some((word) => isOpaque(word) || word.includes("["))) {
    if (words.some((word) => word.includes("["))) shell.note("unsets a variable whose name is not known");
    return shell.state.forget();
  }
  const isFunction = words[1] === "-f";
  for (const word of words.slice(1)) {
    if (word.startsWith("-")) continue;
    const key = keys.function(word);
    if (isFunction || shell.state.get(key) !== undefined) shell.state.set(key, unknown);
    if (!isFunction) unsetVariable(shell, word);
  }
}

function unsetVariable({ state }: Interpreter, word: string): void {
  state.set(word, state.get(keys.readonly(word)) === undefined ? { kind: "unset" } : unknown);
}

/** `export`, `readonly`, `local`, `declare`. */
function declare(shell: Interpreter, command: ExpandedWords, declared: readonly Assignment[]): void {
  const { words, splits } = command;
  const [kind = ""] = words;
  const flags = words.slice(1).filter((word) => /^[-+]/.test(word));
  const names = words.slice(1).filter((word) => !/^[-+]/.test(word));
  if (splits || words.some(isOpaque)) shell.state.forgetVariables();
  if (words.some((word) => word.includes("["))) shell.note("declares a variable whose name is not known");
  if (kind === "local" || (kind !== "export" && kind !== "readonly"))
    shell.locals.push(...names, ...declared.map((one) => one.name));
  assignAll(shell, declared);
  const all = [...names.map((word) => assignWord(shell, word, kind)), ...declared.map((one) => one.name)];
  if (kind === "export" && flags.length === 0) for (const one of all) exportVariable(shell, one);
  else if (flags.length > 0 || !shell.isBash) treat(shell, kind, flags.join(""), all);
  if (kind === "readonly") for (const one of all) shell.state.set(keys.readonly(one), yes);
}

/** `A=1` that is not an assignment to the parser, as in `export $X`, and a bare name. */
function assignWord(shell: Interpreter, word: string, kind: string): string {
  const [, target = word, text] = /^([A-Za-z_][A-Za-z0-9_]*)=([^]*)$/.exec(word) ?? [];
  if (text !== undefined) assign(shell, target, { kind: "text", text, isExported: false });
  else if (kind !== "export" && kind !== "readonly" && name.test(target)) shell.state.set(target, unknown);
  return target;
}

/** Flags change what a variable is; POSIX shells have no `declare`. */
function treat(shell: Interpreter, kind: string, flags: string, names: readonly string[]): void {
  if (flags.includes("i")) shell.note("declares integers, whose values bash evaluates");
  if (kind === "export" ? flags.includes("f") : /[nfF]/.test(flags)) shell.note("declares references or functions");
  if (/^-[ax]*$/.test(flags) && (shell.isBash || kind === "export" || kind === "local")) {
    if (flags.includes("x")) for (const one of names) exportVariable(shell, one);
    return;
  }
  if (kind === "readonly" || (kind === "local" && flags === "")) return;
  for (const one of names) if (name.test(one)) shell.state.set(one, unknown);
}

/** Any word may be a name here: options take values, and some of those are not names. */
function read(shell: Interpreter, { words, splits }: ExpandedWords): void {
  if (words[0] !== "read" && words.some((word) => /^-[A-Za-z0-9]*C/.test(word)))
    shell.note("runs a command for lines that it reads");
  forgetNames(shell, words.slice(1), splits);
}

function forgetNames(shell: Interpreter, words: readonly string[], splits: boolean): void {
  if (splits || words.some(isOpaque)) shell.state.forgetVariables();
  if (words.some((word) => /^[A-Za-z_]\w*\[/.test(word))) shell.note("reads into a variable whose name is not known");
  for (const word of [...words, "MAPFILE"]) if (name.test(word)) assign(shell, word, unknown);
}

function waitFor(shell: Interpreter, words: readonly string[]): void {
  if (words.some((word) => word.startsWith("-") && word.includes("p"))) shell.state.forgetVariables();
  if (words.some((word) => word.includes("["))) shell.note("waits into a variable whose name is not known");
}

function printf(shell: Interpreter, { words, splits }: ExpandedWords): void {
  if (splits && words[1] === "-v") shell.state.forgetVariables();
  if (words[1]?.startsWith("-v") !== true) return;
  forgetNames(shell, words[1] === "-v" ? words.slice(2, 3) : [words[1].slice(2)], splits);
}
