import { expandText } from "./expansion/expand.ts";
import type { Shell } from "./expansion/variables.ts";
import type { Redirect } from "./grammar/syntax.ts";
import { getLiteral } from "./grammar/words.ts";

/** Where commands read from and write to, as far as a reader asks. */
export interface Surroundings {
  readonly stdin: boolean;
  readonly writes: readonly string[];
}

const harmless = /^\/dev\/(?:null|stdout|stderr|tty|fd\/[12])$|^\/proc\/(?:1|self)\/fd\/[12]$/;

/** Whether the shell may not be able to do it, so that the command does not run. */
export function mayFail({ operator, target }: Redirect): boolean {
  if (operator.startsWith("<<")) return false;
  const literal = getLiteral(target);
  return operator.endsWith("&") ? !/^[12]$/.test(literal ?? "") : literal !== "/dev/null";
}

/** What a command reads and writes, with its own redirections. */
export function applyRedirections(shell: Shell, redirects: readonly Redirect[], outside: Surroundings): Surroundings {
  if (redirects.length === 0) return outside;
  let { stdin } = outside;
  const writes: string[] = [];
  for (const redirect of redirects) {
    const target = expandText(shell, redirect.target);
    if (redirect.operator.startsWith("<")) stdin = readsFrom(redirect, target) ?? stdin;
    if (isWritten(redirect.operator, target)) writes.push(target);
  }
  shell.budget.spend("words", redirects.length + (writes.length > 0 ? outside.writes.length : 0), shell.path);
  return { stdin, writes: writes.length === 0 ? outside.writes : [...outside.writes, ...writes] };
}

/** Undefined: it is about another descriptor. */
function readsFrom({ operator, descriptor }: Redirect, target: string): boolean | undefined {
  if (descriptor !== undefined && descriptor !== "0") return undefined;
  return !(operator === "<" && target === "/dev/null") && !(operator === "<&" && target === "-");
}

function isWritten(operator: string, target: string): boolean {
  if (operator === "<>") return true;
  if (!operator.includes(">")) return false;
  return !(operator === ">&" && /^(?:[0-9]+-?|-)$/.test(target)) && !harmless.test(target);
}
