import type { Budget } from "../../budget.ts";
import { toOpaque } from "../../expansion.ts";
import type { List } from "../grammar/syntax.ts";
import type { State } from "../state.ts";
import { keys, type Value } from "../values.ts";

/** What expansion needs of the shell that it happens in. */
export interface Shell {
  readonly state: State;
  readonly budget: Budget;
  readonly path: string;
  readonly zero: string;
  /** How many function calls deep. */
  readonly frame: number;
  /** Runs what a substitution holds. True: what it prints is a number. */
  readonly substitute: (body: List) => boolean;
  /** An expression is evaluated: it may assign, and what it reads may be more than numbers. */
  readonly evaluate: (expression: string) => void;
  readonly assign: (name: string, value: Value) => void;
}

/** The shell sets these itself, whatever the container says. */
const dynamic =
  /^(?:_|BASH.*|COLUMNS|COMP_.*|DIRSTACK|EPOCHSECONDS|EPOCHREALTIME|E?UID|FUNCNAME|GROUPS|HISTCMD|HOSTTYPE|LINENO|LINES|MACHTYPE|OLDPWD|OPTARG|OPTIND|OPTERR|OSTYPE|PIPESTATUS|PPID|PS1|PS2|PWD|RANDOM|READLINE.*|REPLY|SECONDS|SHELLOPTS|SHLVL|SRANDOM)$/;

/** Whether values are split at blanks, as they are unless the script sets IFS. */
export function isSplitAtBlanks(state: State): boolean {
  const value = state.get("IFS");
  return value === undefined || value.kind === "unset";
}

/** A value that is looked through costs as much as one that is put in, however little comes of it. */
export function countRead(shell: Shell, value: string | undefined): void {
  shell.budget.spend("expandedCharacters", value?.length ?? 0, shell.path);
}

/** The value of a variable or positional parameter. Undefined: nothing is known of it, not even that it is set. */
export function toText(shell: Shell, name: string): string | undefined {
  if (name === "0") return shell.zero;
  if (/^[0-9]+$/.test(name)) return getParameter(shell, Number(name));
  if (dynamic.test(name) || /^[^A-Za-z_]/.test(name)) return undefined;
  const value = shell.state.get(name);
  if (value === undefined) return name === "IFS" ? undefined : shell.state.inherited(name);
  if (value.kind === "text") return value.text;
  if (value.kind === "array" && !value.splits) return value.items[0] ?? "";
  if (value.kind === "unknown" && value.isNumber) return toOpaque(`$((${name}))`);
  return value.kind === "unset" ? "" : undefined;
}

/** What is known of `$1`, `$2`…. */
export function getPositional({ state, frame }: Shell): Value | undefined {
  return state.get(keys.positional(frame));
}

function getParameter(shell: Shell, at: number): string | undefined {
  const value = getPositional(shell);
  return value?.kind === "positional" ? (value.args[value.from + at - 1] ?? "") : undefined;
}

/** Undefined: it may be empty, and it may not. */
export function isNotEmpty(value: string): boolean | undefined {
  if (value === "") return false;
  return value.replaceAll(/\0[^\0]*\0/g, "") === "" ? undefined : true;
}
