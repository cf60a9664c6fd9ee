/** Goes through one line of a header from left to right. */
export interface HeaderScanner {
  readonly isAtEnd: boolean;
  /** The character that comes next; undefined at the end. */
  readonly next: string | undefined;
  /** What a sticky expression matches here, which is then behind; null, and nothing is, where it does not match. */
  take(expression: RegExp): RegExpExecArray | null;
}

/** Where each expression has one way to match, reading is linear in the line. */
export function createHeaderScanner(line: string): HeaderScanner {
  let at = 0;
  return {
    get isAtEnd() {
      return at >= line.length;
    },
    get next() {
      return line[at];
    },
    take(expression) {
      expression.lastIndex = at;
      const match = expression.exec(line);
      if (match !== null) at = expression.lastIndex;
      return match;
    },
  };
}

/** The lines of a header that may be there once, several times, or not at all. */
export function listHeaderLines(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  return typeof header === "string" ? [header] : header;
}
