import { isOpaque, toOpaque } from "../../expansion.ts";

/** Words as expansion makes them of one word or of many. */
export interface ExpandedWords {
  readonly words: readonly string[];
  /** Words may be added, dropped or split when it runs. */
  readonly splits: boolean;
}

/**
 * Puts the pieces of one word together to fields. `joins`: where no fields are made, as in an assignment.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_06_05
 */
export class Fields {
  readonly words: string[] = [];
  readonly joins: boolean;
  #current: string | undefined;
  splits = false;

  constructor(joins: boolean) {
    this.joins = joins;
  }

  /** Text that stays as it is. */
  add(text: string): void {
    this.#current = (this.#current ?? "") + text;
  }

  /** The value of an expansion that no quotes protect. */
  addSplitting(text: string): void {
    if (this.joins) return this.add(text);
    if (isOpaque(text)) {
      this.splits = true;
      return this.add(text);
    }
    const parts = text.split(/[ \t\n]+/);
    for (const [at, part] of parts.entries()) {
      if (at > 0) this.endField();
      if (part !== "") this.#addMatching(part);
    }
  }

  /** The end of one positional parameter, of which the next one starts a field of its own. */
  endField(): void {
    if (this.joins) return this.add(" ");
    if (this.#current !== undefined) this.words.push(this.#current);
    this.#current = undefined;
  }

  /** All fields; ends the word. `pattern`: the word as written holds a glob or a brace list. */
  finish(pattern: boolean): ExpandedWords {
    if (this.#current !== undefined) this.words.push(this.#current);
    if (!pattern || this.joins) return { words: this.words, splits: this.splits };
    return { words: this.words.map(hide), splits: true };
  }

  #addMatching(part: string): void {
    if (!isPattern(part)) return this.add(part);
    this.splits = true;
    this.add(hide(part));
  }
}

function hide(text: string): string {
  return toOpaque(text.replaceAll("\0", ""));
}

/** What matches file names. `[` alone is a command. */
export function isPattern(text: string): boolean {
  return /[*?]/.test(text) || (text.includes("[") && text.indexOf("]") > text.indexOf("["));
}

/** `{a,b}` and `{1..3}`, in bash. */
export function isBraceList(text: string): boolean {
  const open = text.indexOf("{");
  return open !== -1 && /,|\.\./.test(text.slice(open)) && text.includes("}");
}
