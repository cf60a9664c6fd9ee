import type { Budget } from "../../budget.ts";
import type { Command, List, Redirect, Word } from "./syntax.ts";

/** Deeper than any script that people write, and shallow enough for the stack. */
const maxDepth = 200;

/** The script holds what this reader does not understand. The message completes "the script …". */
export class UnsupportedScript extends Error {
  override readonly name = "UnsupportedScript";
}

/** A here-document whose text follows after the line. */
export interface HereDocument {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  readonly stripsTabs: boolean;
  readonly redirect: Redirect & { target: Word };
}

/** Which shell reads the script, and what it may cost. */
export interface Language {
  /** The shell is known to be bash; otherwise it may also be a plain POSIX shell. */
  readonly isBash: boolean;
  readonly budget: Budget;
  /** JSON path of the script, for the budget's message. */
  readonly path: string;
  /** What reads commands within words and within commands. */
  readonly readList: (source: Source, ends: readonly string[]) => List;
  readonly readCommand: (source: Source) => Command;
}

/** The text of a script and how far it has been read. Attacker-controlled. */
export class Source {
  readonly text: string;
  readonly language: Language;
  at = 0;
  depth: number;
  pending: HereDocument[] = [];
  /** Holds text that only the cluster knows: it may be any command. */
  isForeign = false;

  constructor(text: string, language: Language, depth: number) {
    language.budget.spend("shellCharacters", text.length, language.path);
    this.text = text;
    this.language = language;
    this.depth = depth;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  peek(ahead = 0): string {
    return this.text[this.at + ahead] ?? "";
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** What a sticky pattern finds here; moves behind it. Empty: nothing. */
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }

  takeText(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.takeText(text)) this.fail(`lacks a ${JSON.stringify(text)}`);
  }

  /** What was written since `from`, short enough for a message. */
  raw(from: number): string {
    const text = this.text.slice(from, Math.min(this.at, from + 40)).replaceAll("\0", "");
    return this.at > from + 40 ? `${text}…` : text;
  }

  nested<Result>(read: () => Result): Result {
    this.depth += 1;
    if (this.depth > maxDepth) this.fail("is nested too deeply");
    const result = read();
    this.depth -= 1;
    return result;
  }

  /** One more node of the tree. */
  countPart(): void {
    this.language.budget.spend("shellParts", 1, this.language.path);
  }

  fail(problem: string): never {
    throw new UnsupportedScript(problem);
  }
}
