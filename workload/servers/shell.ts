import { isOpaque, opaque } from "./expansion.ts";

/** One simple command of a script. */
export interface ShellCommand {
  readonly words: readonly string[];
  /** Some unquoted expansion may add, drop or split words when the script runs. */
  readonly splits: boolean;
}

/**
 * The simple commands of a POSIX-like shell script, in order. Quotes, backslashes, comments, redirections and continued lines
 * are understood; every expansion ($X, ${X}, $(…), `…`) makes its word opaque. Undefined: a script that this reader does not
 * understand (a here-document, process substitution, an unclosed quote). Attacker-controlled; linear in its length.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
 */
export function splitScript(script: string): ShellCommand[] | undefined {
  return new ScriptReader(script).read();
}

const blank = /[ \t\r]/;
const separator = /[\n;&|()]/;
/** Globs and brace lists: what stands there when the script runs is not what is written. */
const multiplying = /^(?:[*?[]|\{(?![ \t\r\n]))/;
const plain = /[^\s;&|()<>\\'"$`#*?[{\0]+/y;
const variable = /[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]/y;

class ScriptReader {
  readonly #text: string;
  #at = 0;
  #commands: ShellCommand[] = [];
  #words: string[] = [];
  #word: string | undefined;
  #splits = false;
  #dropsNextWord = false;
  #failed = false;

  constructor(text: string) {
    this.#text = text;
  }

  read(): ShellCommand[] | undefined {
    while (this.#at < this.#text.length && !this.#failed) this.#step();
    this.#endCommand();
    return this.#failed ? undefined : this.#commands;
  }

  #step(): void {
    const character = this.#text[this.#at] ?? "";
    const next = this.#text[this.#at + 1];
    if (blank.test(character)) return this.#skip(1, () => this.#endWord());
    if (character === "<" || character === ">" || (character === "&" && next === ">")) return this.#redirect();
    if (separator.test(character)) return this.#skip(1, () => this.#endCommand());
    if (character === "#" && this.#word === undefined) return this.#comment();
    if (character === "\\") return this.#skip(2, () => next !== "\n" && this.#add(next ?? ""));
    if (character === "'") return this.#singleQuoted();
    if (character === '"') return this.#doubleQuoted();
    if (character === "$" || character === "`") return this.#expansion(true);
    plain.lastIndex = this.#at;
    const run = plain.exec(this.#text)?.[0] ?? character;
    if (multiplying.test(character + (next ?? "")) || isOpaque(character)) this.#splits = true;
    this.#skip(run.length, () => this.#add(run));
  }

  #skip(count: number, then: () => unknown): void {
    then();
    this.#at += count;
  }

  #add(text: string): void {
    this.#word = (this.#word ?? "") + text;
  }

  #endWord(): void {
    if (this.#word === undefined) return;
    if (!this.#dropsNextWord) this.#words.push(this.#word);
    this.#dropsNextWord = false;
    this.#word = undefined;
  }

  #endCommand(): void {
    this.#endWord();
    if (this.#words.length > 0) this.#commands.push({ words: this.#words, splits: this.#splits });
    this.#words = [];
    this.#splits = false;
    this.#dropsNextWord = false;
  }

  /** `>file`, `2>&1`, `&>file`: dropped with its target. */
  #redirect(): void {
    const [operator = ""] = /^(?:&>>?|[<>]{1,2}[&|]?)/.exec(this.#text.slice(this.#at, this.#at + 3)) ?? [];
    if (operator === "" || operator.startsWith("<<") || this.#text[this.#at + operator.length] === "(") {
      this.#failed = true;
      return;
    }
    if (this.#word !== undefined && /^[0-9]+$/.test(this.#word)) this.#word = undefined;
    this.#endWord();
    this.#dropsNextWord = true;
    this.#at += operator.length;
  }

  #comment(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  #singleQuoted(): void {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) this.#failed = true;
    else this.#skip(end + 1 - this.#at, () => this.#add(this.#text.slice(this.#at + 1, end)));
  }

  #doubleQuoted(): void {
    this.#at += 1;
    this.#add("");
    while (!this.#failed) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#failed = true;
      else if (character === '"') return void (this.#at += 1);
      else if (character === "\\") this.#quotedEscape(this.#text[this.#at + 1] ?? "");
      else if (character === "$" || character === "`") this.#expansion(false);
      else this.#quotedRun(character);
    }
  }

  /** Text that the kubelet put in may itself close the quote. */
  #quotedRun(first: string): void {
    const run = /[^"\\$`]+/y;
    run.lastIndex = this.#at;
    const text = run.exec(this.#text)?.[0] ?? first;
    if (isOpaque(text)) this.#splits = true;
    this.#skip(text.length, () => this.#add(text));
  }

  #quotedEscape(next: string): void {
    if (next !== "\n") this.#add(/[$`"\\]/.test(next) ? next : `\\${next}`);
    this.#at += 2;
  }

  #expansion(isBare: boolean): void {
    const from = this.#at;
    const next = this.#text[from + 1];
    if (this.#text[from] === "`") this.#at = this.#after("`", from + 1);
    else if (next === "(" || next === "{") this.#at = this.#afterBalanced(next, next === "(" ? ")" : "}", from + 1);
    else if (isBare && (next === "'" || next === '"')) this.#at = this.#after(next, from + 2);
    else {
      variable.lastIndex = from + 1;
      this.#at = from + 1 + (variable.exec(this.#text)?.[0].length ?? 0);
    }
    if (this.#at === from + 1) return this.#add("$");
    if (isBare) this.#splits = true;
    this.#add(opaque(this.#text.slice(from, Math.min(this.#at, from + 40))));
  }

  #after(quote: string, from: number): number {
    const end = this.#text.indexOf(quote, from);
    if (end === -1) this.#failed = true;
    return end === -1 ? this.#text.length : end + 1;
  }

  #afterBalanced(open: string, close: string, from: number): number {
    let depth = 0;
    for (let at = from; at < this.#text.length; at += 1) {
      if (this.#text[at] === open) depth += 1;
      else if (this.#text[at] === close) depth -= 1;
      if (depth === 0) return at + 1;
    }
    this.#failed = true;
    return this.#text.length;
  }
}
