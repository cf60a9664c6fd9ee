/** A word of a script as it is written: expansion makes it no word, one or many. */
export type Word = readonly Part[];

/** A piece of a word. */
export type Part =
  | { readonly kind: "text"; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: "quotes"; readonly parts: Word }
  | ({ readonly kind: "parameter" } & Parameter)
  | { readonly kind: "substitution"; readonly body: List; readonly raw: string }
  | { readonly kind: "process"; readonly body: List; readonly raw: string }
  | { readonly kind: "arithmetic"; readonly expression: Word; readonly raw: string }
  /** Shells differ in what it is, or the cluster fills it in. */
  | { readonly kind: "unknown"; readonly raw: string };

/** `$name`, `${name…}`, `${#name}`, `${!name}`, `${name[index]}`. */
export interface Parameter {
  readonly name: string;
  readonly prefix: "" | "#" | "!";
  readonly index: Word | undefined;
  /** `:-`, `%%` and so on; empty when there is none. */
  readonly operator: string;
  readonly argument: Word;
  readonly raw: string;
}

/** Commands, one after the other. */
export type List = readonly Item[];

/** Pipelines, joined by `&&` and `||`. */
export interface Item {
  readonly steps: readonly { readonly after: "" | "&&" | "||"; readonly pipeline: Pipeline }[];
  readonly isBackground: boolean;
}

/** Commands, each of which reads what the one before writes. */
export interface Pipeline {
  readonly isNegated: boolean;
  readonly commands: readonly Command[];
}

/** A command with its redirections. */
export type Command = Body & { readonly redirects: readonly Redirect[] };

/** A command without its redirections. */
export type Body =
  | Simple
  | { readonly kind: "group" | "subshell"; readonly body: List }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly condition: List; readonly body: List }[];
      readonly otherwise: List;
    }
  | { readonly kind: "loop"; readonly condition: List; readonly body: List }
  /** No words: `for name do`, over the positional parameters. */
  | { readonly kind: "for"; readonly name: string; readonly words: readonly Word[] | undefined; readonly body: List }
  | { readonly kind: "case"; readonly word: Word; readonly items: readonly CaseItem[] }
  | { readonly kind: "function"; readonly name: string; readonly body: Command }
  | { readonly kind: "test"; readonly words: readonly Word[] }
  | { readonly kind: "arithmetic"; readonly expression: Word };

/** Words that run a program, a function or a builtin. */
export interface Simple {
  readonly kind: "simple";
  /** `A=1` before the command. */
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
  /** `A=1` after `export`, `local` and their like. */
  readonly declared: readonly Assignment[];
}

/** Patterns of a `case`, and what runs where one matches. */
export interface CaseItem {
  readonly patterns: readonly Word[];
  readonly body: List;
  /** `;&` and `;;&`: the next one may run, too. */
  readonly falls: boolean;
}

/** `name=value`. */
export interface Assignment {
  readonly name: string;
  readonly appends: boolean;
  /** `name[index]=`: expanded for what runs in it. */
  readonly index: Word | undefined;
  readonly value: Word | { readonly items: readonly Word[] };
}

/** Where a command reads from or writes to. */
export interface Redirect {
  /** `<`, `>`, `>>`, `<<`, `<<<`, `&>` and so on. */
  readonly operator: string;
  readonly descriptor: string | undefined;
  /** Of a here-document: its text, once it has been read. */
  readonly target: Word;
}
