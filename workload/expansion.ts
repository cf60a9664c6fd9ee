import type { Budget } from "./budget.ts";

/*
 * A value that only the cluster or the running container knows (a secret, a config map, a shell variable) is written into
 * the text as its name between two NUL characters, which no argument can hold. Such a text is opaque.
 */

/** Variables by name. Nobody asks for all of them: a script may run thousands of commands, each with thousands of variables. */
export type Variables = Pick<ReadonlyMap<string, string>, "get" | "has">;

/** The environment of a container, as far as the object says. */
export interface Environment {
  readonly values: Variables;
  /** Variables may also come from a config map or secret as a whole (`envFrom`). */
  readonly open: boolean;
  /** What the names of such variables begin with; absent: anything. */
  readonly prefixes?: readonly string[];
}

const mark = "\0";

/** Text that cannot be known, and the name of what it depends on. */
export function toOpaque(name: string): string {
  return `${mark}${name}${mark}`;
}

/**
 * A value that is not known either, but is one word, and nothing that a server would take for a flag or find a model under: an
 * index, an address. Its name stands between two characters of Unicode's private use, so that it matches nothing.
 */
export function expandToOneWord(name: string): string {
  return `\u{E000}${name}\u{E000}`;
}

/** True for a text of which any part cannot be known. */
export function isOpaque(text: string): boolean {
  return text.includes(mark);
}

/** Names what an opaque text depends on, for a message. */
export function listOpaqueNames(text: string): string {
  const names = text.split(mark).filter((part) => part.startsWith("$") || part.startsWith("`"));
  return [...new Set(names)].slice(0, 4).join(", ") || "a value";
}

/** Whether a variable that the object does not set may come from elsewhere. */
export function mayBeSet({ open, prefixes }: Environment, name: string): boolean {
  return open && (prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix)));
}

/**
 * `$(NAME)` as the kubelet expands it in commands, arguments and later variables: `$$` is a literal `$`, and a name that is
 * not defined stays as written. Characters are counted, and what variables expand to: each may hold those before it twice.
 * https://github.com/kubernetes/kubernetes/blob/master/third_party/forked/golang/expansion/expand.go
 */
export function expand(text: string, env: Environment, budget: Budget, path: string): string {
  budget.spend("expandedCharacters", text.length, path);
  let next = text.indexOf("$");
  if (next === -1) return text;
  let result = "";
  let from = 0;
  let close = 0;
  while (next !== -1) {
    budget.spend("expandedCharacters", charactersPerDollar, path);
    result += text.slice(from, next);
    const following = text[next + 1];
    if (following === "(" && close !== -1 && close < next + 2) close = text.indexOf(")", next + 2);
    if (following === "(" && close !== -1) {
      const value = getValue(text.slice(next + 2, close), env);
      budget.spend("expandedCharacters", value.length, path);
      result += value;
      from = close + 1;
    } else {
      result += "$";
      from = next + (following === "$" ? 2 : 1);
    }
    next = text.indexOf("$", from);
  }
  return result + text.slice(from);
}

/** What it costs to look at one, whatever comes of it. */
const charactersPerDollar = 4;

function getValue(name: string, env: Environment): string {
  return env.values.get(name) ?? (mayBeSet(env, name) ? toOpaque(`$(${name})`) : `$(${name})`);
}
