import { isOpaque, toOpaque } from "../../expansion.ts";
import type { Parameter, Part, Word } from "../grammar/syntax.ts";
import { unknown } from "../values.ts";
import { addItems, addUnknown, addValue } from "./add-values.ts";
import { type ExpandedWords, Fields, isBraceList, isPattern } from "./fields.ts";
import { applyOperator, isAscii } from "./parameters.ts";
import { countRead, isNotEmpty, getPositional, type Shell, toText } from "./variables.ts";

type Part_<Kind extends Part["kind"]> = Extract<Part, { kind: Kind }>;

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
  addUnknown(shell, raw, fields, isQuoted);
}

function addSubstitution(shell: Shell, { body, raw }: Part_<"substitution">, fields: Fields, isQuoted: boolean): void {
  const printsNumber = shell.substitute(body);
  addUnknown(shell, printsNumber ? "$((…))" : raw, fields, isQuoted);
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
  const value = getPositional(shell);
  if (name === "#" && value?.kind === "positional") {
    return addValue(shell, String(value.args.length - value.from), fields, isQuoted);
  }
  addUnknown(shell, raw, fields, isQuoted);
}

function addLength(shell: Shell, part: Parameter, value: string | undefined, fields: Fields, isQuoted: boolean): void {
  countRead(shell, value);
  if (value === undefined || isOpaque(value) || !isAscii(value)) return addUnknown(shell, part.raw, fields, isQuoted);
  addValue(shell, String(value.length), fields, isQuoted);
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
  const value = getPositional(shell);
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
  if (part.prefix === "#") return addUnknown(shell, part.raw, fields, isQuoted);
  if (!fields.joins) fields.splits = true;
  addUnknownOf(shell, part, fields, isQuoted);
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
