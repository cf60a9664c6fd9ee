import { isOpaque, toOpaque } from "../../expansion.ts";
import type { Budget } from "../../budget.ts";
import { type ExpandedWords, Fields, isBraceList, isPattern } from "./fields.ts";
import { isAscii, applyOperator } from "./parameters.ts";
import type { State } from "../state.ts";
import type { List, Parameter, Part, Word } from "../grammar/syntax.ts";
import { isNumber, keys, unknown, type Value } from "../values.ts";

/** What expansion needs of the shell that it happens in. */
export interface Shell {
  readonly state: State;
  readonly budget: Budget;
  readonly path: string;
  readonly zero: string;
  /** How many function calls deep. */
  readonly frame: number;
  /** Runs what a substitution holds. True: what it prints is a number. */
  readonly substitute: (body: List) => boolean;
  /** An expression is evaluated: it may assign, and what it reads may be more than numbers. */
  readonly evaluate: (expression: string) => void;
  readonly assign: (name: string, value: Value) => void;
}

type Part_<Kind extends Part["kind"]> = Extract<Part, { kind: Kind }>;

/** The shell sets these itself, whatever the container says. */
const dynamic =
  /^(?:_|BASH.*|COLUMNS|COMP_.*|DIRSTACK|EPOCHSECONDS|EPOCHREALTIME|E?UID|FUNCNAME|GROUPS|HISTCMD|HOSTTYPE|LINENO|LINES|MACHTYPE|OLDPWD|OPTARG|OPTIND|OPTERR|OSTYPE|PIPESTATUS|PPID|PS1|PS2|PWD|RANDOM|READLINE.*|REPLY|SECONDS|SHELLOPTS|SHLVL|SRANDOM)$/;

/** The words that these words become. */
export function expandWords(shell: Shell, words: readonly Word[]): ExpandedWords {
  const all: string[] = [];
  let splits = false;
  for (const word of words) {
    const expanded = expandWord(shell, word, false);
    // A word that vanishes was work, too.
    shell.budget.spend("words", Math.max(1, expanded.words.length), shell.path);
    for (const one of expanded.words) all.push(one);
    splits ||= expanded.splits;
  }
  return { words: all, splits };
}

/** One text where a shell makes no fields: assignments, here-documents, the word of a case. */
export function expandText(shell: Shell, word: Word): string {
  return expandWord(shell, word, true).words[0] ?? "";
}

function expandWord(shell: Shell, word: Word, joins: boolean): ExpandedWords {
  shell.budget.spend("expandedCharacters", word.length, shell.path);
  const fields = new Fields(joins);
  let written = "";
  for (const [at, part] of word.entries()) {
    if (part.kind === "text" && !part.isQuoted) written += part.text;
    if (part.kind === "text" && !part.isQuoted && isHome(part.text, at === 0, joins)) fields.add(toOpaque(part.text));
    else addPart(shell, part, fields, false);
  }
  return fields.finish(!joins && (isPattern(written) || isBraceList(written)));
}

/** `~` is a home directory at the start of a word, and after a colon in an assignment or what looks like one. */
function isHome(text: string, isFirst: boolean, joins: boolean): boolean {
  if (isFirst && (text.startsWith("~") || text.includes("=~"))) return true;
  return joins && text.includes(":~");
}

function addPart(shell: Shell, part: Part, fields: Fields, isQuoted: boolean): void {
  switch (part.kind) {
    case "text":
      shell.budget.spend("expandedCharacters", part.text.length, shell.path);
      return fields.add(part.text);
    case "quotes":
      return addQuotes(shell, part, fields);
    case "parameter":
      return addParameter(shell, part, fields, isQuoted);
    case "substitution":
      return addSubstitution(shell, part, fields, isQuoted);
    case "process":
      shell.substitute(part.body);
      return fields.add(toOpaque(part.raw));
    case "arithmetic":
      return addArithmetic(shell, part, fields, isQuoted);
    case "unknown":
      return addUnknown(shell, part.raw, fields, isQuoted);
  }
}

/** `"$@"` without parameters is no word at all. */
function addQuotes(shell: Shell, { parts }: Part_<"quotes">, fields: Fields): void {
  shell.budget.spend("expandedCharacters", parts.length, shell.path);
  const mayVanish = parts.some((part) => part.kind === "parameter" && (part.name === "@" || part.index !== undefined));
  if (!mayVanish) fields.add("");
  for (const part of parts) addPart(shell, part, fields, true);
}

function addArithmetic(
  shell: Shell,
  { expression, raw }: Part_<"arithmetic">,
  fields: Fields,
  isQuoted: boolean,
): void {
  shell.evaluate(expandText(shell, [{ kind: "quotes", parts: expression }]));
  addNumber(shell, raw, fields, isQuoted);
}

function addSubstitution(shell: Shell, { body, raw }: Part_<"substitution">, fields: Fields, isQuoted: boolean): void {
  const printsNumber = shell.substitute(body);
  addUnknown(shell, printsNumber ? "$((…))" : raw, fields, isQuoted);
}

/** A number has no blanks, so no quotes are missed. */
function addNumber(shell: Shell, raw: string, fields: Fields, isQuoted: boolean): void {
  addValue(shell, toOpaque(raw), fields, isQuoted);
}

function addUnknown(shell: Shell, raw: string, fields: Fields, isQuoted: boolean): void {
  addValue(shell, toOpaque(raw), fields, isQuoted);
}

function addValue(shell: Shell, text: string, fields: Fields, isQuoted: boolean): void {
  shell.budget.spend("expandedCharacters", text.length, shell.path);
  if (isQuoted || fields.joins) return fields.add(text);
  if (!splitsAtBlanks(shell.state)) {
    fields.splits = true;
    return fields.add(toOpaque(text.replaceAll("\0", "")));
  }
  if (isNumber(text)) return fields.add(text);
  fields.addSplitting(text);
}

function splitsAtBlanks(state: State): boolean {
  const value = state.get("IFS");
  return value === undefined || value.kind === "unset";
}

function addParameter(shell: Shell, part: Part_<"parameter">, fields: Fields, isQuoted: boolean): void {
  if (part.index !== undefined) return addElement(shell, part, part.index, fields, isQuoted);
  if (part.prefix === "!") return addUnknownOf(shell, part, fields, isQuoted);
  if (part.name === "@" || part.name === "*") return addPositional(shell, part, fields, isQuoted);
  if (part.prefix === "#") return addLength(shell, part, toText(shell, part.name), fields, isQuoted);
  if (/^[#?$!]$/.test(part.name) && part.operator === "") return addSpecial(shell, part, fields, isQuoted);
  addOperated(shell, part, toText(shell, part.name), fields, isQuoted);
}

/** What stands in it is expanded for what runs there; what comes out is not known. */
function addUnknownOf(shell: Shell, part: Parameter, fields: Fields, isQuoted: boolean): void {
  const argument = expandText(shell, part.argument);
  if (part.index !== undefined) shell.evaluate(expandText(shell, part.index));
  if (part.operator === ":") shell.evaluate(argument);
  // bash expands the value once more, as a prompt.
  if (part.operator === "@P") shell.evaluate("$");
  if (part.operator.endsWith("=")) shell.assign(part.name, unknown);
  if (part.prefix === "!") shell.evaluate(toText(shell, part.name) ?? "");
  addUnknown(shell, part.raw, fields, isQuoted);
}

function addSpecial(shell: Shell, { name, raw }: Parameter, fields: Fields, isQuoted: boolean): void {
  const value = positionalOf(shell);
  if (name === "#" && value?.kind === "positional") {
    return addValue(shell, String(value.args.length - value.from), fields, isQuoted);
  }
  addNumber(shell, raw, fields, isQuoted);
}

function addLength(shell: Shell, part: Parameter, value: string | undefined, fields: Fields, isQuoted: boolean): void {
  countRead(shell, value);
  if (value === undefined || isOpaque(value) || !isAscii(value)) return addNumber(shell, part.raw, fields, isQuoted);
  addValue(shell, String(value.length), fields, isQuoted);
}

/** A value that is looked through costs as much as one that is put in, however little comes of it. */
export function countRead(shell: Shell, value: string | undefined): void {
  shell.budget.spend("expandedCharacters", value?.length ?? 0, shell.path);
}

/** The value of a variable or positional parameter. Undefined: nothing is known of it, not even that it is set. */
export function toText(shell: Shell, name: string): string | undefined {
  if (name === "0") return shell.zero;
  if (/^[0-9]+$/.test(name)) return parameterAt(shell, Number(name));
  if (dynamic.test(name) || /^[^A-Za-z_]/.test(name)) return undefined;
  const value = shell.state.get(name);
  if (value === undefined) return name === "IFS" ? undefined : shell.state.inherited(name);
  if (value.kind === "text") return value.text;
  if (value.kind === "array" && !value.splits) return value.items[0] ?? "";
  if (value.kind === "unknown" && value.isNumber) return toOpaque(`$((${name}))`);
  return value.kind === "unset" ? "" : undefined;
}

function positionalOf({ state, frame }: Shell): Value | undefined {
  return state.get(keys.positional(frame));
}

function parameterAt(shell: Shell, at: number): string | undefined {
  const value = positionalOf(shell);
  return value?.kind === "positional" ? (value.args[value.from + at - 1] ?? "") : undefined;
}

function addOperated(
  shell: Shell,
  part: Parameter,
  value: string | undefined,
  fields: Fields,
  isQuoted: boolean,
): void {
  const { operator, argument } = part;
  if (operator === "") return addValue(shell, value ?? toOpaque(part.raw), fields, isQuoted);
  countRead(shell, value);
  const test = /^(:?)([-=?+])$/.exec(operator);
  if (test === null) return addTransformed(shell, part, value, fields, isQuoted);
  const isSet = value === undefined ? undefined : isNotEmpty(value);
  // An empty value may also be an unset one, which only the forms without a colon tell apart.
  if (isSet === undefined || (!isSet && test[1] === "")) return addUnknownOf(shell, part, fields, isQuoted);
  if (test[2] === "+") return isSet ? addArgument(shell, argument, fields, isQuoted) : undefined;
  if (isSet) return addValue(shell, value ?? "", fields, isQuoted);
  if (test[2] === "?") return addUnknownOf(shell, part, fields, isQuoted);
  if (test[2] === "=") return addAssigned(shell, part, fields, isQuoted);
  addArgument(shell, argument, fields, isQuoted);
}

function addAssigned(shell: Shell, { name, argument }: Parameter, fields: Fields, isQuoted: boolean): void {
  const text = expandText(shell, argument);
  shell.assign(name, { kind: "text", text, isExported: false });
  addValue(shell, text, fields, isQuoted);
}

/** Undefined: it may be empty, and it may not. */
function isNotEmpty(value: string): boolean | undefined {
  if (value === "") return false;
  return value.replaceAll(/\0[^\0]*\0/g, "") === "" ? undefined : true;
}

/** Text that no quotes protect is split here, though it stands in the script. */
function addArgument(shell: Shell, argument: Word, fields: Fields, isQuoted: boolean): void {
  for (const part of argument) {
    if (part.kind === "text" && !part.isQuoted && !isQuoted) addValue(shell, tildeless(part.text), fields, false);
    else addPart(shell, part, fields, isQuoted);
  }
}

function tildeless(text: string): string {
  return text.startsWith("~") || isBraceList(text) ? toOpaque(text) : text;
}

function addTransformed(
  shell: Shell,
  part: Parameter,
  value: string | undefined,
  fields: Fields,
  isQuoted: boolean,
): void {
  const isPlain = part.argument.every((one) => one.kind === "text" && !one.isQuoted && !one.text.startsWith("~"));
  if (value === undefined || !isPlain) return addUnknownOf(shell, part, fields, isQuoted);
  const text = applyOperator(value, part.operator, expandText(shell, part.argument));
  if (text === undefined) return addUnknownOf(shell, part, fields, isQuoted);
  addValue(shell, text, fields, isQuoted);
}

function addPositional(shell: Shell, part: Parameter, fields: Fields, isQuoted: boolean): void {
  const value = positionalOf(shell);
  if (value?.kind !== "positional" || part.prefix !== "") return addUnknownList(shell, part, fields, isQuoted);
  shell.budget.spend("words", value.args.length - value.from, shell.path);
  const items = value.args.slice(value.from);
  if (part.operator === "") return addItems(shell, part.name === "@", items, fields, isQuoted);
  // `${1+"$@"}` is written with a name; of the operators on all parameters only `:+` and `+` are common.
  if (part.operator.endsWith("+") && items.length > 0 && items.every((item) => isNotEmpty(item) === true)) {
    return addArgument(shell, part.argument, fields, isQuoted);
  }
  addUnknownList(shell, part, fields, isQuoted);
}

/** Any number of words, in quotes or not. */
function addUnknownList(shell: Shell, part: Parameter, fields: Fields, isQuoted: boolean): void {
  if (part.prefix === "#") return addNumber(shell, part.raw, fields, isQuoted);
  if (!fields.joins) fields.splits = true;
  addUnknownOf(shell, part, fields, isQuoted);
}

function addItems(shell: Shell, isEach: boolean, items: readonly string[], fields: Fields, isQuoted: boolean): void {
  shell.budget.spend("words", items.length, shell.path);
  if (isQuoted && !isEach) return addJoined(shell, items, fields);
  for (const [at, item] of items.entries()) {
    if (at > 0) fields.endField();
    addValue(shell, item, fields, isQuoted);
  }
}

function addJoined(shell: Shell, items: readonly string[], fields: Fields): void {
  const text = splitsAtBlanks(shell.state) ? items.join(" ") : toOpaque("$*");
  addValue(shell, text, fields, true);
}

/** `${name[@]}`, `${name[0]}`. */
function addElement(shell: Shell, part: Parameter, index: Word, fields: Fields, isQuoted: boolean): void {
  const at = index.length === 1 && index[0]?.kind === "text" ? index[0].text : "";
  const value = shell.state.get(part.name);
  const isAll = at === "@" || at === "*";
  if (value?.kind !== "array" || value.splits || part.prefix === "!")
    return addUnknownElement(shell, part, isAll, fields, isQuoted);
  if (part.prefix === "#" && isAll) return addValue(shell, String(value.items.length), fields, isQuoted);
  if (part.prefix === "" && part.operator === "" && isAll)
    return addItems(shell, at === "@", value.items, fields, isQuoted);
  const item = /^[0-9]{1,4}$/.test(at) ? value.items[Number(at)] : undefined;
  if (part.prefix === "" && part.operator === "" && item !== undefined) return addValue(shell, item, fields, isQuoted);
  addUnknownElement(shell, part, isAll, fields, isQuoted);
}

function addUnknownElement(shell: Shell, part: Parameter, isAll: boolean, fields: Fields, isQuoted: boolean): void {
  const value = shell.state.get(part.name);
  if (isAll && value?.kind === "array" && part.prefix === "" && part.operator === "") {
    fields.splits ||= !fields.joins;
    return addItems(shell, true, value.items, fields, isQuoted);
  }
  if (isAll) return addUnknownList(shell, part, fields, isQuoted);
  addUnknownOf(shell, part, fields, isQuoted);
}
