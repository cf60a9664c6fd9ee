import { isOpaque, listOpaqueNames } from "../expansion.ts";
import { getFlagName } from "./flags.ts";
import type { FlagTable, TableFlag } from "./tables/table.ts";

/** A flag of a server's own table, with the words it takes. */
export interface GivenFlag {
  /** The canonical name. */
  readonly name: string;
  readonly values: readonly string[];
}

/** The words of a server's command line, each accounted for by the server's own table of flags. */
export interface CommandLine {
  readonly positionals: readonly string[];
  readonly flags: readonly GivenFlag[];
  /** Why some word is not accounted for; then the line may say something other than what was read. */
  readonly problem: string | undefined;
}

/**
 * Reads a command line as the server's parser does. A word that the table does not account for, or that only the running
 * container knows where it may be a flag, is a problem: ambiguous is unknown. Linear in the words.
 * https://docs.python.org/3/library/argparse.html
 */
export function parseCommandLine(words: readonly string[], table: FlagTable): CommandLine {
  return new LineReader(words, table).read();
}

/** The line, if every word of it is accounted for. It stops at the first that is not. */
export function parseAccounted(words: readonly string[], table: FlagTable): CommandLine | undefined {
  if (!mayAccountFor(words, table)) return undefined;
  return new LineReader(words, table).readAccounted();
}

/** Cheap, and false for most servers that a line is not meant for. */
function mayAccountFor(words: readonly string[], { flags, allowAbbrev }: FlagTable): boolean {
  if (allowAbbrev) return true;
  return words.every((word) => {
    if (!word.startsWith("--") || word === "--" || flags.has(word)) return true;
    const equals = word.indexOf("=");
    const name = equals === -1 ? word : word.slice(0, equals);
    return flags.has(name) || /[_.]/.test(name);
  });
}

/** Each looks through the whole table. */
const maxAbbreviations = 8;

class LineReader {
  readonly #words: readonly string[];
  readonly #table: FlagTable;
  readonly #positionals: string[] = [];
  readonly #flags: GivenFlag[] = [];
  #at = 0;
  #abbreviations = 0;
  #problem: string | undefined;

  constructor(words: readonly string[], table: FlagTable) {
    this.#words = words;
    this.#table = table;
  }

  read(): CommandLine {
    while (this.#at < this.#words.length) this.#readWord(this.#take());
    return { positionals: this.#positionals, flags: this.#flags, problem: this.#problem };
  }

  readAccounted(): CommandLine | undefined {
    while (this.#at < this.#words.length) {
      this.#readWord(this.#take());
      if (this.#problem !== undefined) return undefined;
    }
    return { positionals: this.#positionals, flags: this.#flags, problem: undefined };
  }

  #take(): string {
    const word = this.#words[this.#at] ?? "";
    this.#at += 1;
    return word;
  }

  #readWord(word: string): void {
    if (word === "--") return this.#readRest();
    if (isFlag(word)) return this.#readFlag(word);
    if (mayBecomeFlag(word)) this.#problem ??= maybeFlag(word);
    this.#positionals.push(word);
  }

  /** Behind `--` every word is an argument. */
  #readRest(): void {
    for (const word of this.#words.slice(this.#at)) this.#positionals.push(word);
    this.#at = this.#words.length;
  }

  #readFlag(word: string): void {
    const { name, joined } = splitFlag(word, this.#table);
    const flag = this.#table.flags.get(name) ?? dotted(name, this.#table) ?? this.#abbreviated(name);
    if (flag === undefined) return this.#skipUnknown(name, joined);
    if (joined !== undefined) {
      if (flag.arity === "none") this.#problem ??= `${name} takes no value`;
      this.#flags.push({ name: flag.canonical, values: [joined] });
      return;
    }
    this.#flags.push({ name: flag.canonical, values: this.#readValues(name, flag) });
  }

  #readValues(name: string, { arity }: Pick<TableFlag, "arity">): string[] {
    const most = { none: 0, one: 1, optional: 1, many: Number.POSITIVE_INFINITY, unsure: 0 }[arity];
    const values: string[] = [];
    while (values.length < most && this.#at < this.#words.length && !isFlag(this.#words[this.#at] ?? "")) {
      if (this.#words[this.#at] === "--") break;
      const value = this.#take();
      // The only value, or the first of several, cannot be a flag: the parser would miss it.
      const isAwaited = arity === "one" || (arity === "many" && values.length === 0);
      if (!isAwaited && mayBecomeFlag(value)) this.#problem ??= maybeFlag(value);
      values.push(value);
    }
    if (arity === "unsure") this.#problem ??= `${name} takes a value in some versions only: write it as ${name}=value`;
    if (values.length === 0 && (arity === "one" || arity === "many")) this.#problem ??= `${name} has no value`;
    return values;
  }

  /** Its value is skipped, so that the rest can still be named in a message. */
  #skipUnknown(name: string, joined: string | undefined): void {
    const { package: program, version } = this.#table;
    this.#problem ??= isOpaque(name)
      ? `${listOpaqueNames(name)} may be any flag: write it as --flag=value`
      : `${name.slice(0, 80)} is not a flag of ${program} ${version} that the gate knows`;
    if (joined === undefined && this.#at < this.#words.length && !isFlag(this.#words[this.#at] ?? "")) this.#at += 1;
  }

  /** Python's argparse takes the beginning of a long name where it can be of one flag only, in all versions. */
  #abbreviated(name: string): TableFlag | undefined {
    if (!this.#table.allowAbbrev || !/^--[A-Za-z]/.test(name) || this.#problem !== undefined) return undefined;
    this.#abbreviations += 1;
    if (this.#abbreviations > maxAbbreviations) return undefined;
    let found: TableFlag | undefined;
    for (const [full, flag] of this.#table.flags) {
      if (!full.startsWith(name)) continue;
      if (found !== undefined && found.canonical !== flag.canonical) return undefined;
      found = flag;
    }
    return found;
  }
}

function isFlag(word: string): boolean {
  return /^-[A-Za-z-]/.test(word) && word !== "--";
}

// oxlint-disable-next-line no-control-regex -- an opaque part begins with NUL
const opaqueStart = /^-{0,2}\0/;

function mayBecomeFlag(word: string): boolean {
  return opaqueStart.test(word);
}

function maybeFlag(word: string): string {
  return `${listOpaqueNames(word)} may hold any flag: write it as --flag=value`;
}

/** `--flag=value`, `--flag_name` where underscores may stand for dashes, and short flags with their value attached. */
function splitFlag(word: string, table: FlagTable): { name: string; joined: string | undefined } {
  const { flags, underscores } = table;
  const equals = word.indexOf("=");
  const isName = (text: string): boolean => flags.has(text) || dotted(text, table) !== undefined;
  const isJoined = equals !== -1 && (word.startsWith("--") || isName(word.slice(0, equals)));
  const written = isJoined ? word.slice(0, equals) : word;
  const joined = isJoined ? word.slice(equals + 1) : undefined;
  if (isName(written)) return { name: written, joined };
  if (written.startsWith("--")) return { name: underscores ? getFlagName(written) : written, joined };
  const short = written.slice(0, 2);
  const isAttached = written.length > 2 && flags.get(short)?.arity === "one";
  return isAttached ? { name: short, joined: word.slice(2) } : { name: written, joined };
}

/** `--config.key value`: one field of a flag that takes JSON, by its long name or its short one. */
function dotted(name: string, { flags }: FlagTable): TableFlag | undefined {
  const dot = name.indexOf(".");
  const flag = dot === -1 ? undefined : flags.get(name.slice(0, dot));
  if (flag?.json !== true) return undefined;
  return { canonical: `${flag.canonical}.${name.slice(dot + 1)}`, arity: "one", json: false };
}
