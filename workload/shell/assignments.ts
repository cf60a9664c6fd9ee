import { isOpaque, toOpaque } from "../expansion.ts";
import { expandText, expandWords } from "./expansion/expand.ts";
import { toText } from "./expansion/variables.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Assignment } from "./grammar/syntax.ts";
import { keys, unknown, type Value } from "./values.ts";

/** `A=1 B=$A`, one after the other. `exports`: the program before which they stand is given them. */
export function assignAll(shell: Interpreter, assignments: readonly Assignment[], exports = false): void {
  shell.budget.spend("words", assignments.length, shell.path);
  for (const assignment of assignments) {
    const value = expandValue(shell, assignment);
    assign(shell, assignment.name, value);
    if (exports) exportVariable(shell, assignment.name);
  }
}

/** The one place where a variable gets its value. */
export function assign(shell: Pick<Interpreter, "state" | "note">, name: string, value: Value): void {
  const { state } = shell;
  if (name.startsWith("BASH_")) shell.note(`sets ${name}, with which bash may run something else`);
  if (changesShell.has(name)) shell.note(`sets ${name}, which changes how bash runs commands`);
  if (name === "PS4" && !(value.kind === "text" && isPlain(value.text))) shell.note("sets PS4, which bash expands");
  if (state.get(keys.readonly(name)) !== undefined) return state.set(name, unknown);
  if (value.kind !== "text") return state.set(name, value);
  state.set(name, { ...value, isExported: value.isExported || isExported(shell, name) });
}

/** Variables that limit which commands bash runs, or how. */
export const changesShell: ReadonlySet<string> = new Set(["FUNCNEST", "EXECIGNORE", "POSIXLY_CORRECT", "BASH_COMPAT"]);

function isPlain(text: string): boolean {
  return !isOpaque(text) && !/[$`]/.test(text);
}

function isExported({ state }: Pick<Interpreter, "state">, name: string): boolean {
  // Every process is given a PATH, and what stands in the environment stays there.
  if (name === "PATH" || state.get(keys.exportsAll)?.kind === "text") return true;
  const before = state.get(name);
  return before === undefined ? state.inherited(name) !== undefined : before.kind === "text" && before.isExported;
}

/** From here on programs are given the variable, if it has a known value. */
export function exportVariable({ state }: Pick<Interpreter, "state">, name: string): void {
  const value = state.get(name);
  if (value?.kind === "text") state.set(name, { ...value, isExported: true });
}

function expandValue(shell: Interpreter, { name, appends, index, value }: Assignment): Value {
  if (index !== undefined) return expandElement(shell, index, value);
  if ("items" in value) {
    const items = expandWords(shell, value.items);
    if (items.words.some((word) => /^\[.*\]=/s.test(word))) return unknown;
    return appends ? longer(shell, name, items) : { kind: "array", items: items.words, splits: items.splits };
  }
  const text = expandText(shell, value);
  return appends ? withMore(shell, name, text) : { kind: "text", text, isExported: false };
}

function expandElement(shell: Interpreter, index: NonNullable<Assignment["index"]>, value: Assignment["value"]): Value {
  shell.evaluate(expandText(shell, index));
  if ("items" in value) expandWords(shell, value.items);
  else expandText(shell, value);
  return unknown;
}

/** `name+=(…)`. */
function longer(shell: Interpreter, name: string, more: { words: readonly string[]; splits: boolean }): Value {
  const before = shell.state.get(name);
  if (before?.kind !== "array") return unknown;
  shell.budget.spend("words", before.items.length, shell.path);
  return { kind: "array", items: [...before.items, ...more.words], splits: before.splits || more.splits };
}

/** `name+=text`: a POSIX shell takes it for the name of a program. */
function withMore(shell: Interpreter, name: string, more: string): Value {
  const before = shell.state.get(name);
  if (!shell.isBash || before?.kind === "array") return unknown;
  const text = (toText(shell, name) ?? toOpaque(`$${name}`)) + more;
  shell.budget.spend("expandedCharacters", text.length, shell.path);
  return { kind: "text", text, isExported: false };
}
