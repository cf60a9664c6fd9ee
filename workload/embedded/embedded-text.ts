/** The text is not YAML of the kind that {@link import("./embedded-yaml.ts").readEmbedded} takes. Says at which character. */
export class EmbeddedError extends Error {
  override readonly name = "EmbeddedError";
}

/** Nested deeper is refused. A Ray Serve config: 9. */
const maxDepth = 32;

/** Control characters, line breaks of old YAML, and the byte order mark. Tab is refused where it stands between tokens. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const foreign = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

/** The text and how far it has been read, by lines and columns. Attacker-controlled. */
export class EmbeddedText {
  readonly text: string;
  at = 0;
  /** Where the line starts that `at` is in. */
  line = 0;
  depth = 0;
  /** Something of the document has been read, so that a marker begins another. */
  isStarted = false;

  constructor(text: string) {
    if (foreign.test(text)) throw new EmbeddedError("a control character");
    this.text = text;
  }

  get isDone(): boolean {
    return this.at >= this.text.length;
  }

  get column(): number {
    return this.at - this.line;
  }

  get next(): string {
    return this.text.charAt(this.at);
  }

  fail(problem: string): never {
    throw new EmbeddedError(`${problem}, at character ${this.at}`);
  }

  enter(): void {
    this.depth += 1;
    if (this.depth > maxDepth) this.fail(`more than ${maxDepth} levels`);
  }

  /** Spaces, lines and comments between the tokens of a flow collection. */
  skipFlowSpace(): void {
    this.skipSpaces();
    while (!this.isDone && this.isLineEnd()) {
      this.endLine();
      this.skipSpaces();
      if (this.column === 0) this.refuseMarker();
    }
  }

  lineEnd(): number {
    const end = this.text.indexOf("\n", this.at);
    return end === -1 ? this.text.length : end;
  }

  /** A colon that ends a key. Behind quotes in a flow collection nothing has to follow it. */
  isKeyMark(isQuotedInFlow: boolean): boolean {
    this.skipSpaces();
    return this.next === ":" && (isQuotedInFlow || this.isBlankAt(this.at + 1));
  }

  isBlankAt(at: number): boolean {
    return at >= this.text.length || this.text.charAt(at) === " " || this.text.charAt(at) === "\n";
  }

  skipSpaces(): void {
    while (this.next === " ") this.at += 1;
  }

  /** At the end of the line, or at a comment that has white space before it. */
  isLineEnd(): boolean {
    if (this.isDone || this.next === "\n") return true;
    return this.next === "#" && (this.column === 0 || this.text.charAt(this.at - 1) === " ");
  }

  /** Past the rest of the line. */
  endLine(): void {
    this.at = Math.min(this.lineEnd() + 1, this.text.length);
    this.line = this.at;
  }

  /** To the next token: past lines that are empty or comments. */
  skipLines(): void {
    this.skipSpaces();
    while (!this.isDone && this.isLineEnd()) {
      this.endLine();
      this.skipSpaces();
    }
    if (this.next === "\t") this.fail("a tab");
    if (this.column === 0) this.refuseMarker();
  }

  refuseMarker(): void {
    const marker = this.text.slice(this.at, this.at + 3);
    if (marker === "..." || (marker === "---" && this.isStarted)) this.fail("a second document");
  }
}
