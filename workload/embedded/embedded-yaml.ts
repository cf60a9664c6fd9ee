import type { Budget } from "../budget.ts";
import { resolveScalar } from "./embedded-scalar.ts";

/** The text is not YAML of the kind that {@link readEmbedded} takes. Says at which line. */
export class EmbeddedError extends Error {
  override readonly name = "EmbeddedError";
}

/** Nested deeper is refused. A Ray Serve config: 9. */
const maxDepth = 32;

/**
 * The value of YAML or JSON that stands in a string of an object. The text is written by the requester.
 *
 * Takes one document of block and flow collections, scalars of one line, block scalars and comments: what people and serializers
 * write. Refuses tags, anchors, aliases, merge keys, complex keys, duplicate keys, scalars over several lines, tabs between
 * tokens, and what versions of YAML read differently where that matters. Each character is looked at a bounded number of times.
 *
 * Throws an {@link EmbeddedError}, and a WorkloadTooLarge where the budget is spent.
 */
export function readEmbedded(text: string, path: string, budget: Budget): unknown {
  budget.spend("embeddedCharacters", text.length, path);
  return new Reader(text.replaceAll("\r\n", "\n")).read();
}

/** Control characters, line breaks of old YAML, and the byte order mark. Tab is refused where it stands between tokens. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const foreign = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

class Reader {
  readonly #text: string;
  #at = 0;
  /** Where the line starts that `#at` is in. */
  #line = 0;
  #depth = 0;
  #isStarted = false;

  constructor(text: string) {
    if (foreign.test(text)) throw new EmbeddedError("a control character");
    this.#text = text;
  }

  read(): unknown {
    this.#skipLines();
    this.#isStarted = true;
    if (this.#text.startsWith("---", this.#at) && this.#column === 0) {
      this.#at += 3;
      this.#skipSpaces();
      if (!this.#isLineEnd()) this.#fail("a document marker with more after it");
      this.#endLine();
      this.#skipLines();
    }
    if (this.#isDone) return null;
    const value = this.#block(-1);
    if (!this.#isDone) this.#fail("something after the value");
    return value;
  }

  get #isDone(): boolean {
    return this.#at >= this.#text.length;
  }

  get #column(): number {
    return this.#at - this.#line;
  }

  get #next(): string {
    return this.#text.charAt(this.#at);
  }

  #fail(problem: string): never {
    throw new EmbeddedError(`${problem}, at character ${this.#at}`);
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) this.#fail(`more than ${maxDepth} levels`);
  }

  /** The node that starts here, at the first character of a line or behind `- `. `parent` is the column that it is deeper than. */
  #block(parent: number): unknown {
    this.#enter();
    const column = this.#column;
    const value = this.#isEntry() ? this.#sequence(column) : this.#mappingOrScalar(column, parent);
    this.#depth -= 1;
    return value;
  }

  #isEntry(): boolean {
    return this.#next === "-" && this.#isBlankAt(this.#at + 1);
  }

  #sequence(column: number): unknown[] {
    const items: unknown[] = [];
    while (!this.#isDone && this.#column === column && this.#isEntry()) {
      this.#at += 1;
      this.#skipSpaces();
      if (this.#isLineEnd()) {
        this.#endLine();
        this.#skipLines();
        items.push(!this.#isDone && this.#column > column ? this.#block(column) : null);
      } else {
        items.push(this.#block(column));
      }
    }
    return items;
  }

  #mappingOrScalar(column: number, parent: number): unknown {
    const first = this.#next;
    if (first === "|" || first === ">") return this.#blockScalar(parent);
    if (first === "[" || first === "{") return this.#lastOnLine(this.#flow(), parent);
    const scalar = this.#scalar(false);
    if (!this.#isKeyMark(false)) return this.#lastOnLine(scalar.value, parent);
    return this.#mapping(column, scalar);
  }

  /** The keys that start at this column. The first of them has been read, up to its colon. */
  #mapping(column: number, first: Scalar): unknown {
    const map = newMap();
    let key = first;
    for (;;) {
      this.#at += 1;
      this.#put(map, key, () => this.#valueOfKey(column));
      if (this.#isDone || this.#column < column) return map;
      if (this.#column > column) this.#fail("an indentation that fits nothing");
      if (this.#isEntry() || this.#next === "[" || this.#next === "{") this.#fail("no key");
      key = this.#scalar(false);
      if (!this.#isKeyMark(false)) this.#fail("no key");
    }
  }

  #valueOfKey(column: number): unknown {
    this.#skipSpaces();
    if (!this.#isLineEnd()) return this.#valueOnLine(column);
    this.#endLine();
    this.#skipLines();
    if (this.#isDone || this.#column < column) return null;
    if (this.#column > column) return this.#block(column);
    return this.#isEntry() ? this.#block(column) : null;
  }

  #valueOnLine(column: number): unknown {
    if (this.#next === "|" || this.#next === ">") return this.#blockScalar(column);
    if (this.#next === "[" || this.#next === "{") return this.#lastOnLine(this.#flow(), column);
    if (this.#isEntry()) this.#fail("a list after a key");
    return this.#lastOnLine(this.#scalar(false).value, column);
  }

  /** Nothing may follow on this line, nor go on in the next. */
  #lastOnLine<T>(value: T, parent: number): T {
    this.#skipSpaces();
    if (!this.#isLineEnd()) this.#fail("something after the value");
    this.#endLine();
    this.#skipLines();
    if (!this.#isDone && this.#column > parent) this.#fail("a value over several lines");
    return value;
  }

  #put(map: Record<string, unknown>, key: Scalar, value: () => unknown): void {
    if (key.isPlain && (key.text === "<<" || key.value === null || typeof key.value === "boolean"))
      this.#fail("a key that is not text");
    if (Object.hasOwn(map, key.text)) this.#fail(`${JSON.stringify(key.text.slice(0, 64))} twice`);
    map[key.text] = value();
  }

  #flow(): unknown {
    this.#enter();
    const value = this.#next === "[" ? this.#flowList() : this.#flowMap();
    this.#depth -= 1;
    return value;
  }

  #flowList(): unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    this.#skipFlowSpace();
    while (this.#next !== "]") {
      items.push(this.#flowValue());
      this.#flowComma("]");
    }
    this.#at += 1;
    return items;
  }

  #flowMap(): unknown {
    const map = newMap();
    this.#at += 1;
    this.#skipFlowSpace();
    while (this.#next !== "}") {
      const key = this.#scalar(true);
      if (!this.#isKeyMark(!key.isPlain)) this.#fail("no key");
      this.#at += 1;
      this.#skipFlowSpace();
      this.#put(map, key, () => this.#flowValue());
      this.#flowComma("}");
    }
    this.#at += 1;
    return map;
  }

  #flowValue(): unknown {
    return this.#next === "[" || this.#next === "{" ? this.#flow() : this.#scalar(true).value;
  }

  #flowComma(end: string): void {
    this.#skipFlowSpace();
    if (this.#next === ",") {
      this.#at += 1;
      this.#skipFlowSpace();
    } else if (this.#next !== end) this.#fail(`no , or ${end}`);
  }

  /** Spaces, lines and comments between the tokens of a flow collection. */
  #skipFlowSpace(): void {
    this.#skipSpaces();
    while (!this.#isDone && this.#isLineEnd()) {
      this.#endLine();
      this.#skipSpaces();
      if (this.#column === 0) this.#refuseMarker();
    }
  }

  #scalar(isFlow: boolean): Scalar {
    const mark = this.#next;
    if (mark === '"') return this.#doubleQuoted();
    if (mark === "'") return this.#singleQuoted();
    return this.#plain(isFlow);
  }

  #plain(isFlow: boolean): Scalar {
    const start = this.#at;
    const first = this.#next;
    const isMark = (first === "-" || first === "?") && this.#isMarkAt(start + 1, isFlow);
    if (first === "" || isMark || "\n,[]{}#&*!|>'\"%@`:".includes(first))
      this.#fail("a tag, an anchor or another mark");
    let end = start;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const character = this.#next;
      if (character === "\n") break;
      if (character === "\t") this.#fail("a tab");
      if (isFlow && ",[]{}".includes(character)) break;
      if (character === ":" && this.#isMarkAt(this.#at + 1, isFlow)) break;
      if (character === "#" && this.#text.charAt(this.#at - 1) === " ") break;
      if (character !== " ") end = this.#at + 1;
    }
    const text = this.#text.slice(start, end);
    return { text, value: resolveScalar(text), isPlain: true };
  }

  /** Whether what stands before is a mark of its own and no text. */
  #isMarkAt(behind: number, isFlow: boolean): boolean {
    return this.#isBlankAt(behind) || (isFlow && ",[]{}".includes(this.#text.charAt(behind)));
  }

  #singleQuoted(): Scalar {
    const start = this.#at + 1;
    for (this.#at = start; ; this.#at += 1) {
      if (this.#isDone || this.#next === "\n") this.#fail("a quote that is not closed on its line");
      if (this.#next !== "'") continue;
      if (this.#text.charAt(this.#at + 1) !== "'") break;
      this.#at += 1;
    }
    const text = this.#text.slice(start, this.#at).replaceAll("''", "'");
    this.#at += 1;
    return { text, value: text, isPlain: false };
  }

  #doubleQuoted(): Scalar {
    const start = this.#at;
    for (this.#at = start + 1; this.#next !== '"'; this.#at += 1) {
      if (this.#isDone || this.#next === "\n") this.#fail("a quote that is not closed on its line");
      if (this.#next === "\\") this.#at += 1;
    }
    this.#at += 1;
    const quoted = this.#text.slice(start, this.#at);
    const text = this.#unquote(quoted.includes("\t") ? quoted.replaceAll("\t", String.raw`\t`) : quoted);
    return { text, value: text, isPlain: false };
  }

  /** The escapes that YAML shares with JSON, and no others. */
  #unquote(quoted: string): string {
    try {
      return String(JSON.parse(quoted));
    } catch {
      return this.#fail("an escape that JSON does not have");
    }
  }

  /** `|` or `>`: the lines below that are deeper than `parent`. */
  #blockScalar(parent: number): string {
    if (parent < 0) this.#fail("a block that is the whole text");
    const isFolded = this.#next === ">";
    this.#at += 1;
    const chomp = this.#next === "-" || this.#next === "+" ? this.#next : "";
    this.#at += chomp.length;
    if (!this.#isLineEnd() && this.#next !== " ") this.#fail("a block with an indentation of its own");
    this.#skipSpaces();
    if (!this.#isLineEnd()) this.#fail("something after the block's mark");
    this.#endLine();
    const lines = this.#blockLines(parent);
    this.#skipLines();
    return chomped(isFolded ? this.#folded(lines) : lines, chomp);
  }

  #blockLines(parent: number): string[] {
    const lines: string[] = [];
    let indent = -1;
    while (!this.#isDone) {
      const end = this.#lineEnd();
      let content = this.#at;
      while (content < end && this.#text.charAt(content) === " ") content += 1;
      const column = content - this.#at;
      if (content === end) {
        if (indent === -1 ? column > parent : column > indent) this.#fail("a blank line with spaces in a block");
        lines.push("");
      } else {
        if (indent === -1) indent = column;
        if (column <= parent || column < indent) break;
        if (this.#text.charAt(content) === "\t" && column === indent) this.#fail("a tab");
        lines.push(this.#text.slice(this.#at + indent, end));
      }
      this.#at = end;
      this.#endLine();
    }
    return lines;
  }

  /** Only what every reader folds alike: lines of one paragraph. */
  #folded(lines: string[]): string[] {
    const content = lines.slice(0, lines.findLastIndex((line) => line !== "") + 1);
    if (content.some((line) => line === "" || line.startsWith(" "))) this.#fail("a folded block of several paragraphs");
    return content.length === 0 ? lines : [content.join(" "), ...lines.slice(content.length)];
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end === -1 ? this.#text.length : end;
  }

  /** A colon that ends a key. Behind quotes in a flow collection nothing has to follow it. */
  #isKeyMark(isQuotedInFlow: boolean): boolean {
    this.#skipSpaces();
    return this.#next === ":" && (isQuotedInFlow || this.#isBlankAt(this.#at + 1));
  }

  #isBlankAt(at: number): boolean {
    return at >= this.#text.length || this.#text.charAt(at) === " " || this.#text.charAt(at) === "\n";
  }

  #skipSpaces(): void {
    while (this.#next === " ") this.#at += 1;
  }

  /** At the end of the line, or at a comment that has white space before it. */
  #isLineEnd(): boolean {
    if (this.#isDone || this.#next === "\n") return true;
    return this.#next === "#" && (this.#column === 0 || this.#text.charAt(this.#at - 1) === " ");
  }

  /** Past the rest of the line. */
  #endLine(): void {
    this.#at = Math.min(this.#lineEnd() + 1, this.#text.length);
    this.#line = this.#at;
  }

  /** To the next token: past lines that are empty or comments. */
  #skipLines(): void {
    this.#skipSpaces();
    while (!this.#isDone && this.#isLineEnd()) {
      this.#endLine();
      this.#skipSpaces();
    }
    if (this.#next === "\t") this.#fail("a tab");
    if (this.#column === 0) this.#refuseMarker();
  }

  #refuseMarker(): void {
    const marker = this.#text.slice(this.#at, this.#at + 3);
    if (marker === "..." || (marker === "---" && this.#isStarted)) this.#fail("a second document");
  }
}

interface Scalar {
  readonly text: string;
  readonly value: unknown;
  readonly isPlain: boolean;
}

/** An object without a prototype, so that no key is special. */
function newMap(): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  Object.setPrototypeOf(map, null);
  return map;
}

function chomped(lines: readonly string[], chomp: string): string {
  const text = lines.map((line) => `${line}\n`).join("");
  if (chomp === "+") return text;
  let end = text.length;
  while (end > 0 && text.charAt(end - 1) === "\n") end -= 1;
  return end === 0 ? "" : text.slice(0, chomp === "-" ? end : end + 1);
}
