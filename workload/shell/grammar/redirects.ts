import type { HereDocument, Source } from "./source.ts";
import type { Redirect, Word } from "./syntax.ts";
import { refuseUnlessBash, skipBlanks } from "./tokens.ts";
import { readWord } from "./words.ts";

const redirection = /&>>?|<<<|<<-?|<>|<&|>>|>&|>\||[<>]/y;

/** Whether the word that was read from `start` on is a number before a redirection, as in `2>file`. */
export function isDescriptor(source: Source, word: Word, start: number): boolean {
  if (!/[<>]/.test(source.peek()) || source.peek(1) === "(" || word.length !== 1) return false;
  const text = source.text.slice(start, source.at);
  if (/^\{\w+\}$/.test(text)) source.fail("has a variable for a file descriptor");
  return /^[0-9]+$/.test(text);
}

/** The redirection that follows its descriptor. */
export function readDescribed(source: Source, descriptor: string): Redirect[] {
  const redirects: Redirect[] = [];
  if (!readRedirect(source, redirects, descriptor)) source.fail("has a redirection that is not understood");
  return redirects;
}

/** All redirections that follow. */
export function readRedirects(source: Source, redirects: Redirect[]): void {
  for (;;) {
    skipBlanks(source);
    const descriptor = source.take(/[0-9]+(?=[<>])/y);
    if (!readRedirect(source, redirects, descriptor === "" ? undefined : descriptor)) return;
  }
}

/** Whether a redirection came next; then it is taken. */
export function readRedirect(source: Source, redirects: Redirect[], descriptor?: string): boolean {
  if (/^[<>]\($/.test(source.text.slice(source.at, source.at + 2))) return false;
  const operator = source.take(redirection);
  if (operator === "") return false;
  if (operator.startsWith("&")) refuseUnlessBash(source, operator);
  skipBlanks(source);
  const start = source.at;
  const target = readWord(source);
  if (target.length === 0) source.fail("has a redirection without a target");
  const redirect = { operator, descriptor, target };
  redirects.push(redirect);
  if (/^<<-?$/.test(operator)) source.pending.push(hereDocument(source, redirect, source.text.slice(start, source.at)));
  return true;
}

function hereDocument(source: Source, redirect: Redirect & { target: Word }, written: string): HereDocument {
  const plain = /^(?:'([^'\n]*)'|"([^"\\$`\n]*)"|\\?([A-Za-z0-9_.!%+,:@^~-]+))$/.exec(written);
  if (plain === null) return source.fail("has a here-document whose end is not understood");
  const [, single, double, bare] = plain;
  return {
    delimiter: single ?? double ?? bare ?? "",
    isQuoted: bare === undefined || written.startsWith("\\"),
    stripsTabs: redirect.operator === "<<-",
    redirect,
  };
}
