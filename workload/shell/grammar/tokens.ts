import { type HereDocument, Source } from "./source.ts";
import type { Word } from "./syntax.ts";
import { readDocument } from "./words.ts";

const blanks = /(?:[ \t]|\\\n)+/y;
const comment = /#[^\n]*/y;

/** A backslash may continue the word in the next line; nobody breaks these. */
const reserved =
  /(?:if|then|elif|else|fi|do|done|case|esac|while|until|for|function|select|coproc|time|\[\[|[{}!])(?=[ \t\n;&|()<>]|$)/y;

/** What is wrong where one of these, or a command where there are none, should stand: completes a sentence about the script. */
export function describeUnexpected(source: Source, ends: readonly string[]): string {
  const found = source.isAtEnd
    ? "its end"
    : JSON.stringify(source.text.slice(source.at, source.at + 20).replaceAll("\0", ""));
  return `has ${found} where ${ends.join(" or ") || "a command"} is expected`;
}

/** A reserved word counts as a whole, an operator as it stands. */
export function isNext(source: Source, end: string): boolean {
  return /^[a-z}]/.test(end) ? peekReserved(source) === end : source.startsWith(end);
}

/** Whether a command may begin here, after a line or `;` or `&`. */
export function isAtSeparator(source: Source): boolean {
  const last = source.text[source.at - 1];
  return source.peek() === "\n" || last === ";" || last === "&";
}

/** The reserved word that comes next, or nothing. */
export function peekReserved(source: Source): string {
  const at = source.at;
  const word = source.take(reserved);
  source.at = at;
  return word;
}

/** Whether the reserved word came next; then it is taken. */
export function takeReserved(source: Source, word: string): boolean {
  if (peekReserved(source) !== word) return false;
  source.at += word.length;
  return true;
}

/** Takes a reserved word, and fails where another comes. */
export function expectReserved(source: Source, word: string): void {
  skipLines(source);
  if (!takeReserved(source, word)) source.fail(describeUnexpected(source, [word]));
}

/** Goes on to what is not a blank, and is not in a comment. */
export function skipBlanks(source: Source): void {
  source.take(blanks);
  if (source.peek() === "#") source.take(comment);
}

/** Goes on to the next line that holds something, and reads the here-documents in between. */
export function skipLines(source: Source): void {
  for (;;) {
    skipBlanks(source);
    if (source.peek() !== "\n") return;
    source.at += 1;
    readDocuments(source);
  }
}

/** Reads the here-documents that the line before announced. */
export function readDocuments(source: Source): void {
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

/** Fails where a shell other than bash would read something else. */
export function refuseUnlessBash(source: Source, what: string): void {
  if (!source.language.isBash) source.fail(`has ${what}, which only bash reads so`);
}
