import { Source } from "./source.ts";
import type { Assignment, List, Part, Word } from "./syntax.ts";

/** Where a run of parts ends, and what is special in it. */
interface Mode {
  readonly plain: RegExp;
  /** Characters that end it. */
  readonly ends: string;
  readonly isQuoted: boolean;
  /** Which characters a backslash takes their meaning from; undefined: all. */
  readonly escapes: string | undefined;
  readonly quotes: string;
}

const bare: Mode = {
  plain: /[^ \t\n;&|()<>\\'"$`\0]+/y,
  ends: " \t\n;&|()<>",
  isQuoted: false,
  escapes: undefined,
  quotes: `'"`,
};
const inBraces: Mode = { plain: /[^}\\'"$`\0]+/y, ends: "}", isQuoted: false, escapes: undefined, quotes: `'"` };
const inIndex: Mode = { plain: /[^\]\\'"$`\0]+/y, ends: "]", isQuoted: false, escapes: undefined, quotes: `'"` };
const inQuotes: Mode = { plain: /[^"\\$`\0]+/y, ends: '"', isQuoted: true, escapes: '$`"\\', quotes: "" };
const inQuotedBraces: Mode = { plain: /[^}"\\$`\0']+/y, ends: "}", isQuoted: true, escapes: '$`"\\}', quotes: '"' };
const inDocument: Mode = { plain: /[^\\$`\0]+/y, ends: "", isQuoted: true, escapes: "$`\\", quotes: "" };
const inArithmetic: Mode = { plain: /[^()\\'"$`\0]+/y, ends: "()", isQuoted: true, escapes: '$`"\\', quotes: "" };

const parameter = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]/y;
const parameterInBraces = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]/y;
const operators = /:?[-=?+]|##?|%%?|\/[/#%]?|\^\^?|,,?|:|@[A-Za-z]/y;

/** The word that starts here. No parts: there is none. */
export function readWord(source: Source): Word {
  const parts: Part[] = [];
  for (;;) {
    parts.push(...readParts(source, bare));
    if (!/^[<>]\($/.test(source.text.slice(source.at, source.at + 2))) return parts;
    parts.push(readProcess(source));
  }
}

/** The text of a here-document without quotes around its delimiter. */
export function readDocument(source: Source): Word {
  return [{ kind: "quotes", parts: readParts(source, inDocument) }];
}

/** An expression up to the parenthesis that closes it. */
export function readArithmetic(source: Source): Word {
  const parts: Part[] = [];
  for (let open = 0; ;) {
    parts.push(...readParts(source, inArithmetic));
    const next = source.peek();
    if (next === "" || (next === ")" && open === 0)) return parts;
    open += next === "(" ? 1 : -1;
    parts.push({ kind: "text", text: next, isQuoted: false });
    source.at += 1;
  }
}

function readParts(source: Source, mode: Mode): Part[] {
  const parts: Part[] = [];
  while (!source.isAtEnd && !mode.ends.includes(source.peek())) {
    const part = readPart(source, mode);
    if (part !== undefined) parts.push(part);
  }
  return parts;
}

function readPart(source: Source, mode: Mode): Part | undefined {
  source.countPart();
  const character = source.peek();
  if (character === "\\") return readEscape(source, mode);
  if (character === "$") return source.nested(() => readDollar(source, mode));
  if (character === "`") return source.nested(() => readBackticks(source, mode));
  if (character === "\0") return readForeign(source);
  if (character === "'" && mode.quotes.includes("'")) return readSingleQuotes(source);
  if (character === "'" && mode === inQuotedBraces)
    return source.fail("has a single quote within ${…} in double quotes");
  if (character === '"' && mode.quotes.includes('"')) return source.nested(() => readDoubleQuotes(source));
  const text = source.take(mode.plain);
  if (text === "") source.at += 1;
  // A pattern keeps its meaning in `"${name%pattern}"`.
  return { kind: "text", text: text === "" ? character : text, isQuoted: mode.isQuoted && mode !== inQuotedBraces };
}

function readEscape(source: Source, { escapes }: Mode): Part | undefined {
  const next = source.peek(1);
  source.at += 2;
  if (next === "\n") return undefined;
  if (next === "" || next === "\0") return source.fail("ends a line or a text with a backslash");
  const isTaken = escapes === undefined || escapes.includes(next);
  return { kind: "text", text: isTaken ? next : `\\${next}`, isQuoted: true };
}

function readForeign(source: Source): Part {
  const from = source.at;
  const end = source.text.indexOf("\0", from + 1);
  source.at = end === -1 ? source.text.length : end + 1;
  source.isForeign = true;
  return { kind: "unknown", raw: source.raw(from) };
}

function readSingleQuotes(source: Source): Part {
  const end = source.text.indexOf("'", source.at + 1);
  if (end === -1) source.fail("has a quote that is not closed");
  const text = source.text.slice(source.at + 1, end);
  if (text.includes("\0")) source.isForeign = true;
  refuseLinesBeforeDocument(source, text);
  source.at = end + 1;
  return text.includes("\0")
    ? { kind: "unknown", raw: text.replaceAll("\0", "") }
    : { kind: "text", text, isQuoted: true };
}

function readDoubleQuotes(source: Source): Part {
  const from = source.at;
  source.at += 1;
  const parts = readParts(source, inQuotes);
  if (!source.takeText('"')) source.fail("has a quote that is not closed");
  refuseLinesBeforeDocument(source, source.text.slice(from, source.pending.length > 0 ? source.at : from));
  return { kind: "quotes", parts };
}

/** Shells differ in where the here-document starts then. */
function refuseLinesBeforeDocument(source: Source, text: string): void {
  if (source.pending.length > 0 && text.includes("\n"))
    source.fail("has a text of several lines before a here-document");
}

function readDollar(source: Source, mode: Mode): Part {
  const from = source.at;
  const next = source.peek(1);
  source.at += 1;
  if (next === "(") return source.peek(1) === "(" ? readArithmeticPart(source, from) : readSubstitution(source, from);
  if (next === "{") return readBraces(source, mode.isQuoted, from);
  if (next === "[" || (next === "\\" && source.peek(1) === "\n"))
    return source.fail(`has a ${JSON.stringify(`$${next}`)}`);
  if (!mode.isQuoted && next === "'") return readEscapedQuotes(source, from);
  if (!mode.isQuoted && next === '"') return { kind: "unknown", raw: "$" };
  const found = source.take(parameter);
  if (found === "") return { kind: "text", text: "$", isQuoted: true };
  if (source.startsWith("\\\n") && /\w/.test(source.peek(2))) source.fail("continues a name in the next line");
  return { kind: "parameter", name: found, prefix: "", index: undefined, operator: "", argument: [], raw: `$${found}` };
}

/** `$'…'`: bash reads escapes, a POSIX shell of yesterday a dollar sign. */
function readEscapedQuotes(source: Source, from: number): Part {
  const text = source.take(/'(?:[^'\\\0]|\\[^'\0])*'/y);
  if (text === "") source.fail("has a $'…' that shells read differently");
  return { kind: "unknown", raw: source.raw(from) };
}

function readSubstitution(source: Source, from: number): Part {
  return { kind: "substitution", body: readInParentheses(source), raw: source.raw(from) };
}

function readProcess(source: Source): Part {
  const from = source.at;
  source.at += 1;
  return { kind: "process", body: source.nested(() => readInParentheses(source)), raw: source.raw(from) };
}

function readInParentheses(source: Source): List {
  if (source.pending.length > 0) source.fail("has a substitution before a here-document");
  source.expect("(");
  const body = source.language.readList(source, [")"]);
  if (source.pending.length > 0) source.fail("has a here-document that is not closed");
  source.expect(")");
  return body;
}

/** What is not an expression after all is a command in parentheses: too rare to guess. */
function readArithmeticPart(source: Source, from: number): Part {
  source.at += 2;
  const expression = readArithmetic(source);
  source.expect("))");
  return { kind: "arithmetic", expression, raw: source.raw(from) };
}

function readBackticks(source: Source, { isQuoted }: Mode): Part {
  const from = source.at;
  if (source.pending.length > 0) source.fail("has a substitution before a here-document");
  const [whole = "", inner = ""] = matchAt(/`((?:[^`\\]|\\[^])*)`/y, source);
  if (whole === "") source.fail("has a ` that is not closed");
  source.at += whole.length;
  const text = inner.replaceAll(isQuoted ? /\\([$`\\"])/g : /\\([$`\\])/g, "$1");
  const commands = new Source(text, source.language, source.depth);
  const body = source.language.readList(commands, []);
  if (commands.isForeign) source.isForeign = true;
  return { kind: "substitution", body, raw: source.raw(from) };
}

function matchAt(pattern: RegExp, source: Source): readonly string[] {
  pattern.lastIndex = source.at;
  return pattern.exec(source.text) ?? [];
}

function readBraces(source: Source, isQuoted: boolean, from: number): Part {
  source.at += 1;
  const prefix = readPrefix(source);
  const found = source.take(parameterInBraces);
  if (found === "") source.fail("has a ${…} that is not understood");
  const index = source.takeText("[") ? readIndex(source) : undefined;
  const operator = source.take(operators);
  const argument = readParts(source, isQuoted ? inQuotedBraces : inBraces);
  if (operator === "" && argument.length > 0) source.fail("has a ${…} that is not understood");
  source.expect("}");
  return { kind: "parameter", name: found, prefix, index, operator, argument, raw: source.raw(from) };
}

/** `${#}` and `${!}` are parameters, `${#-}` and its like nobody writes. */
function readPrefix(source: Source): "" | "#" | "!" {
  const next = source.peek();
  if ((next !== "#" && next !== "!") || /[}:%+=?-]/.test(source.peek(1))) return "";
  source.at += 1;
  return next;
}

function readIndex(source: Source): Word {
  const index = readParts(source, inIndex);
  source.expect("]");
  return index;
}

/** The whole word, where it holds no quotes and no expansion. */
export function getLiteral(word: Word): string | undefined {
  let text = "";
  for (const part of word) {
    if (part.kind !== "text" || part.isQuoted) return undefined;
    text += part.text;
  }
  return text;
}

/** `NAME=`, `NAME+=` and `NAME[index]=` at the start of a word. */
export function takeName(source: Source): Pick<Assignment, "name" | "appends" | "index"> | undefined {
  const [whole = "", found = "", index, plus] = matchAt(assignment, source);
  if (whole === "") return undefined;
  source.at += found.length;
  const word = index === undefined ? undefined : readSubscript(source);
  source.at += plus === undefined ? 1 : 2;
  return { name: found, appends: plus !== undefined, index: word };
}

const assignment = /([A-Za-z_][A-Za-z0-9_]*)(\[[^[\]\s;&|()<>`'"\\\0]{1,200}\])?(\+)?=/y;

function readSubscript(source: Source): Word {
  source.at += 1;
  return source.nested(() => readIndex(source));
}
