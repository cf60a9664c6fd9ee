import { type HereDocument, type Language, Source } from "./source.ts";
import type {
  Assignment,
  Body,
  CaseItem,
  Command,
  Item,
  List,
  Part,
  Pipeline,
  Redirect,
  Simple,
  Word,
} from "./syntax.ts";
import { getLiteral, readArithmetic, readDocument, readWord, takeName } from "./words.ts";

/**
 * A script as a tree. Throws {@link NotUnderstood}: for what is no shell, and where shells differ in what they read. Linear in
 * the length of the script, which is counted. `isForeign`: text that only the cluster knows stands in it, and may be anything.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_10
 * https://www.gnu.org/software/bash/manual/bash.html#Shell-Syntax
 */
export function parseScript(
  script: string,
  language: Omit<Language, "readList">,
): { readonly body: List; readonly isForeign: boolean } {
  const source = new Source(script, { ...language, readList }, 0);
  const body = readList(source, []);
  readDocuments(source);
  return { body, isForeign: source.isForeign };
}

const blanks = /(?:[ \t]|\\\n)+/y;
const comment = /#[^\n]*/y;
/** A backslash may continue the word in the next line; nobody breaks these. */
const reserved =
  /(?:if|then|elif|else|fi|do|done|case|esac|while|until|for|function|select|coproc|time|\[\[|[{}!])(?=[ \t\n;&|()<>]|$)/y;
const beforeCommands = new Set(["then", "elif", "else", "fi", "do", "done", "esac", "}"]);
const declarations = new Set(["export", "readonly", "local", "declare", "typeset"]);
const redirection = /&>>?|<<<|<<-?|<>|<&|>>|>&|>\||[<>]/y;

function readList(source: Source, ends: readonly string[]): List {
  return source.nested(() => {
    const items: Item[] = [];
    for (;;) {
      skipLines(source);
      if (source.isAtEnd || ends.some((end) => isAt(source, end))) break;
      items.push(readItem(source));
      if (!isAtSeparator(source)) break;
    }
    if (source.isAtEnd ? ends.length > 0 : !ends.some((end) => isAt(source, end))) source.fail(lacking(source, ends));
    return items;
  });
}

function lacking(source: Source, ends: readonly string[]): string {
  const found = source.isAtEnd
    ? "its end"
    : JSON.stringify(source.text.slice(source.at, source.at + 20).replaceAll("\0", ""));
  return `has ${found} where ${ends.join(" or ") || "a command"} is expected`;
}

/** A reserved word counts as a whole, an operator as it stands. */
function isAt(source: Source, end: string): boolean {
  return /^[a-z}]/.test(end) ? peekReserved(source) === end : source.startsWith(end);
}

function isAtSeparator(source: Source): boolean {
  const last = source.text[source.at - 1];
  return source.peek() === "\n" || last === ";" || last === "&";
}

function peekReserved(source: Source): string {
  const at = source.at;
  const word = source.take(reserved);
  source.at = at;
  return word;
}

function takeReserved(source: Source, word: string): boolean {
  if (peekReserved(source) !== word) return false;
  source.at += word.length;
  return true;
}

function expectReserved(source: Source, word: string): void {
  skipLines(source);
  if (!takeReserved(source, word)) source.fail(lacking(source, [word]));
}

function skipBlanks(source: Source): void {
  source.take(blanks);
  if (source.peek() === "#") source.take(comment);
}

function skipLines(source: Source): void {
  for (;;) {
    skipBlanks(source);
    if (source.peek() !== "\n") return;
    source.at += 1;
    readDocuments(source);
  }
}

function readDocuments(source: Source): void {
  const pending = source.pending;
  source.pending = [];
  for (const document of pending) document.redirect.target = readHereDocument(source, document);
}

function readHereDocument(source: Source, { delimiter, isQuoted, stripsTabs }: HereDocument): Word {
  const lines: string[] = [];
  for (;;) {
    if (source.isAtEnd) source.fail("has a here-document that is not closed");
    const end = source.text.indexOf("\n", source.at);
    const line = source.text.slice(source.at, end === -1 ? undefined : end);
    source.at = end === -1 ? source.text.length : end + 1;
    const stripped = stripsTabs ? line.replace(/^\t+/, "") : line;
    if (stripped === delimiter) {
      if (!isQuoted && lines.at(-1)?.endsWith("\\\n") === true)
        source.fail("continues the last line of a here-document");
      break;
    }
    lines.push(`${stripped}\n`);
  }
  const text = lines.join("");
  if (text.includes("\0")) source.isForeign = true;
  if (isQuoted) return [{ kind: "text", text, isQuoted: true }];
  return source.nested(() => readDocument(new Source(text, source.language, source.depth)));
}

function readItem(source: Source): Item {
  const steps: Item["steps"][number][] = [{ after: "", pipeline: readPipeline(source) }];
  for (;;) {
    skipBlanks(source);
    const after = source.takeText("&&") ? "&&" : source.takeText("||") ? "||" : undefined;
    if (after === undefined) break;
    skipLines(source);
    steps.push({ after, pipeline: readPipeline(source) });
  }
  if (source.startsWith(";;")) return { steps, isBackground: false };
  if (source.startsWith(";&")) return { steps, isBackground: false };
  const isBackground = source.takeText("&");
  if (!isBackground) source.takeText(";");
  return { steps, isBackground };
}

function readPipeline(source: Source): Pipeline {
  let isNegated = false;
  skipBlanks(source);
  while (takeReserved(source, "!") || takeTime(source)) {
    isNegated = true;
    skipBlanks(source);
  }
  const commands = [readCommand(source)];
  for (;;) {
    skipBlanks(source);
    if (source.startsWith("||") || !source.takeText("|")) return { isNegated, commands };
    source.takeText("&");
    skipLines(source);
    commands.push(readCommand(source));
  }
}

function takeTime(source: Source): boolean {
  if (!takeReserved(source, "time")) return false;
  skipBlanks(source);
  if (source.peek() === "-") source.fail("has options of time");
  return true;
}

function readCommand(source: Source): Command {
  source.countPart();
  return source.nested(() => {
    skipBlanks(source);
    const redirects: Redirect[] = [];
    const body = readCompound(source) ?? readSimple(source, redirects);
    if (body.kind !== "simple" && body.kind !== "function") readRedirects(source, redirects);
    return { ...body, redirects };
  });
}

function readCompound(source: Source): Body | undefined {
  if (source.startsWith("((")) return readArithmeticCommand(source);
  if (source.takeText("(")) return readSubshell(source);
  const word = peekReserved(source);
  if (word === "") return undefined;
  if (beforeCommands.has(word)) source.fail(lacking(source, []));
  source.at += word.length;
  switch (word) {
    case "if":
      return readIf(source);
    case "while":
    case "until":
      return readLoop(source);
    case "for":
      return readFor(source);
    case "case":
      return readCase(source);
    case "{":
      return readGroup(source);
    case "[[":
      return readTest(source);
    case "function":
      return readFunction(source);
    default:
      return source.fail(`uses ${JSON.stringify(word)}`);
  }
}

function readSubshell(source: Source): Body {
  const body = readList(source, [")"]);
  source.expect(")");
  return { kind: "subshell", body };
}

function readGroup(source: Source): Body {
  const body = readList(source, ["}"]);
  expectReserved(source, "}");
  return { kind: "group", body };
}

function readIf(source: Source): Body {
  const branches: { condition: List; body: List }[] = [];
  do {
    const condition = readList(source, ["then"]);
    expectReserved(source, "then");
    branches.push({ condition, body: readList(source, ["elif", "else", "fi"]) });
  } while (takeReserved(source, "elif"));
  const otherwise = takeReserved(source, "else") ? readList(source, ["fi"]) : [];
  expectReserved(source, "fi");
  return { kind: "if", branches, otherwise };
}

function readLoop(source: Source): Body {
  const condition = readList(source, ["do"]);
  return { kind: "loop", condition, body: readDo(source) };
}

function readDo(source: Source): List {
  expectReserved(source, "do");
  const body = readList(source, ["done"]);
  expectReserved(source, "done");
  return body;
}

function readFor(source: Source): Body {
  skipBlanks(source);
  if (source.startsWith("((")) return readArithmeticFor(source);
  const name = source.take(/[A-Za-z_][A-Za-z0-9_]*(?=[ \t\n;])/y);
  if (name === "") source.fail("has a for without a name");
  skipLines(source);
  const words = source.take(/in(?=[ \t\n;])/y) === "" ? undefined : readWordsOfLine(source);
  skipBlanks(source);
  source.takeText(";");
  return { kind: "for", name, words, body: readDo(source) };
}

function readWordsOfLine(source: Source): Word[] {
  const words: Word[] = [];
  for (;;) {
    skipBlanks(source);
    const word = readWord(source);
    if (word.length === 0) return words;
    words.push(word);
  }
}

/** `for ((first; condition; step))`. */
function readArithmeticFor(source: Source): Body {
  const { expression } = readArithmeticCommand(source);
  skipBlanks(source);
  source.takeText(";");
  const [first = [], ...rest] = splitAtSemicolons(expression);
  const rounds = rest.map(evaluation);
  const loop: Command = { kind: "loop", condition: rounds, body: [...readDo(source), ...rounds], redirects: [] };
  return {
    kind: "group",
    body: [evaluation(first), { steps: [{ after: "", pipeline: alone(loop) }], isBackground: false }],
  };
}

function splitAtSemicolons(expression: Word): Word[] {
  const words: Part[][] = [[]];
  for (const part of expression) {
    const [text = "", ...more] = part.kind === "text" ? part.text.split(";") : [];
    words.at(-1)?.push(part.kind === "text" ? { ...part, text } : part);
    for (const next of more) words.push([{ kind: "text", text: next, isQuoted: false }]);
  }
  return words;
}

function evaluation(expression: Word): Item {
  return {
    steps: [{ after: "", pipeline: alone({ kind: "arithmetic", expression, redirects: [] }) }],
    isBackground: false,
  };
}

function alone(command: Command): Pipeline {
  return { isNegated: true, commands: [command] };
}

/** In a POSIX shell these are two subshells. */
function readArithmeticCommand(source: Source): Extract<Body, { kind: "arithmetic" }> {
  refuseUnlessBash(source, "((…))");
  source.at += 2;
  const expression = readArithmetic(source);
  source.expect("))");
  return { kind: "arithmetic", expression };
}

function refuseUnlessBash(source: Source, what: string): void {
  if (!source.language.isBash) source.fail(`has ${what}, which only bash reads so`);
}

function readCase(source: Source): Body {
  skipBlanks(source);
  const word = readWord(source);
  expectIn(source);
  const items: CaseItem[] = [];
  for (;;) {
    skipLines(source);
    if (takeReserved(source, "esac")) return { kind: "case", word, items };
    items.push(readCaseItem(source));
  }
}

function expectIn(source: Source): void {
  skipLines(source);
  if (source.take(/in(?=[ \t\n])/y) === "") source.fail(lacking(source, ["in"]));
}

function readCaseItem(source: Source): CaseItem {
  source.takeText("(");
  const patterns: Word[] = [];
  do {
    skipBlanks(source);
    const pattern = readWord(source);
    if (pattern.length === 0) source.fail("has a pattern that is not understood");
    patterns.push(pattern);
    skipBlanks(source);
  } while (source.takeText("|"));
  source.expect(")");
  const body = readList(source, [";;", ";&", "esac"]);
  const end = source.take(/;;&|;;|;&/y);
  return { patterns, body, falls: end.endsWith("&") };
}

/** In a POSIX shell a program of this name, with what follows an operator as a command of its own. */
function readTest(source: Source): Body {
  const words: Word[] = [];
  for (;;) {
    source.take(/(?:[ \t\n]|\\\n)+/y);
    if (source.take(/\]\](?=[ \t\n;&|()<>]|$)/y) !== "") return { kind: "test", words };
    const word = readWord(source);
    if (word.length > 0) words.push(word);
    else if (source.take(/[()<>|&!]/y) === "") source.fail("has a [[ that is not closed");
    else refuseUnlessBash(source, "operators in [[…]]");
  }
}

function readFunction(source: Source): Body {
  refuseUnlessBash(source, "the word function");
  skipBlanks(source);
  const name = source.take(/[A-Za-z_][A-Za-z0-9_:.-]*/y);
  skipBlanks(source);
  if (source.takeText("(")) closeParentheses(source);
  return readFunctionBody(source, name);
}

function closeParentheses(source: Source): void {
  skipBlanks(source);
  source.expect(")");
}

function readFunctionBody(source: Source, name: string): Body {
  if (!/^[A-Za-z_][A-Za-z0-9_:.-]*$/.test(name)) source.fail("has a function whose name is not understood");
  skipLines(source);
  const body = readCommand(source);
  if (body.kind === "simple" || body.kind === "function") source.fail("has a function without a body");
  return { kind: "function", name, body };
}

interface Draft extends Simple {
  readonly assignments: Assignment[];
  readonly words: Word[];
  readonly declared: Assignment[];
}

function readSimple(source: Source, redirects: Redirect[]): Body {
  const draft: Draft = { kind: "simple", assignments: [], words: [], declared: [] };
  const from = source.at;
  for (;;) {
    skipBlanks(source);
    if (readRedirect(source, redirects)) continue;
    if (takeAssignment(source, draft)) continue;
    const start = source.at;
    const word = readWord(source);
    if (word.length === 0) break;
    if (isDescriptor(source, word, start))
      redirects.push(...readDescribed(source, source.text.slice(start, source.at)));
    else draft.words.push(word);
  }
  if (source.peek() === "(") return readFunctionAfter(source, draft, redirects);
  if (source.at === from) source.fail(lacking(source, []));
  return draft;
}

function readFunctionAfter(source: Source, { words, assignments }: Draft, redirects: readonly Redirect[]): Body {
  const [word] = words;
  const name = word === undefined ? undefined : getLiteral(word);
  if (name === undefined || words.length > 1 || assignments.length > 0 || redirects.length > 0) {
    source.fail("has a parenthesis where none is expected");
  }
  source.at += 1;
  closeParentheses(source);
  return readFunctionBody(source, name);
}

function takeAssignment(source: Source, draft: Draft): boolean {
  const isDeclared = draft.words.length > 0 && declarations.has(getLiteral(draft.words[0] ?? []) ?? "");
  if (draft.words.length > 0 && !isDeclared) return false;
  const target = takeName(source);
  if (target === undefined) return false;
  const value = source.takeText("(") ? { items: readItems(source) } : readWord(source);
  (isDeclared ? draft.declared : draft.assignments).push({ ...target, value });
  return true;
}

/** The words of `name=(…)`. */
function readItems(source: Source): Word[] {
  const items: Word[] = [];
  for (;;) {
    skipLines(source);
    if (source.takeText(")")) return items;
    const word = readWord(source);
    if (word.length === 0) source.fail("has an array that is not closed");
    items.push(word);
  }
}

function isDescriptor(source: Source, word: Word, start: number): boolean {
  if (!/[<>]/.test(source.peek()) || source.peek(1) === "(" || word.length !== 1) return false;
  const text = source.text.slice(start, source.at);
  if (/^\{\w+\}$/.test(text)) source.fail("has a variable for a file descriptor");
  return /^[0-9]+$/.test(text);
}

function readDescribed(source: Source, descriptor: string): Redirect[] {
  const redirects: Redirect[] = [];
  if (!readRedirect(source, redirects, descriptor)) source.fail("has a redirection that is not understood");
  return redirects;
}

function readRedirects(source: Source, redirects: Redirect[]): void {
  for (;;) {
    skipBlanks(source);
    const descriptor = source.take(/[0-9]+(?=[<>])/y);
    if (!readRedirect(source, redirects, descriptor === "" ? undefined : descriptor)) return;
  }
}

function readRedirect(source: Source, redirects: Redirect[], descriptor?: string): boolean {
  if (/^[<>]\($/.test(source.text.slice(source.at, source.at + 2))) return false;
  const operator = source.take(redirection);
  if (operator === "") return false;
  if (operator.startsWith("&")) refuseUnlessBash(source, operator);
  skipBlanks(source);
  const start = source.at;
  const target = readWord(source);
  if (target.length === 0) source.fail("has a redirection without a target");
  const redirect = { operator, descriptor, target };
  redirects.push(redirect);
  if (/^<<-?$/.test(operator)) source.pending.push(hereDocument(source, redirect, source.text.slice(start, source.at)));
  return true;
}

function hereDocument(source: Source, redirect: Redirect & { target: Word }, written: string): HereDocument {
  const plain = /^(?:'([^'\n]*)'|"([^"\\$`\n]*)"|\\?([A-Za-z0-9_.!%+,:@^~-]+))$/.exec(written);
  if (plain === null) return source.fail("has a here-document whose end is not understood");
  const [, single, double, bare] = plain;
  return {
    delimiter: single ?? double ?? bare ?? "",
    isQuoted: bare === undefined || written.startsWith("\\"),
    stripsTabs: redirect.operator === "<<-",
    redirect,
  };
}
