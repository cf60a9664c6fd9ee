import { closeParentheses, readFunctionBody } from "./functions.ts";
import { isDescriptor, readDescribed, readRedirect } from "./redirects.ts";
import type { Source } from "./source.ts";
import type { Assignment, Body, Redirect, Simple, Word } from "./syntax.ts";
import { describeUnexpected, skipBlanks, skipLines } from "./tokens.ts";
import { getLiteral, readWord, takeName } from "./words.ts";

const declarations = new Set(["export", "readonly", "local", "declare", "typeset"]);

interface Draft extends Simple {
  readonly assignments: Assignment[];
  readonly words: Word[];
  readonly declared: Assignment[];
}

/** A program with its words, assignments and redirections; or a function, where `()` comes after its name. */
export function readSimple(source: Source, redirects: Redirect[]): Body {
  const draft: Draft = { kind: "simple", assignments: [], words: [], declared: [] };
  const from = source.at;
  for (;;) {
    skipBlanks(source);
    if (readRedirect(source, redirects)) continue;
    if (takeAssignment(source, draft)) continue;
    const start = source.at;
    const word = readWord(source);
    if (word.length === 0) break;
    if (isDescriptor(source, word, start))
      redirects.push(...readDescribed(source, source.text.slice(start, source.at)));
    else draft.words.push(word);
  }
  if (source.peek() === "(") return readFunctionAfter(source, draft, redirects);
  if (source.at === from) source.fail(describeUnexpected(source, []));
  return draft;
}

function readFunctionAfter(source: Source, { words, assignments }: Draft, redirects: readonly Redirect[]): Body {
  const [word] = words;
  const name = word === undefined ? undefined : getLiteral(word);
  if (name === undefined || words.length > 1 || assignments.length > 0 || redirects.length > 0) {
    source.fail("has a parenthesis where none is expected");
  }
  source.at += 1;
  closeParentheses(source);
  return readFunctionBody(source, name);
}

function takeAssignment(source: Source, draft: Draft): boolean {
  const isDeclared = draft.words.length > 0 && declarations.has(getLiteral(draft.words[0] ?? []) ?? "");
  if (draft.words.length > 0 && !isDeclared) return false;
  const target = takeName(source);
  if (target === undefined) return false;
  const value = source.takeText("(") ? { items: readItems(source) } : readWord(source);
  (isDeclared ? draft.declared : draft.assignments).push({ ...target, value });
  return true;
}

/** The words of `name=(…)`. */
function readItems(source: Source): Word[] {
  const items: Word[] = [];
  for (;;) {
    skipLines(source);
    if (source.takeText(")")) return items;
    const word = readWord(source);
    if (word.length === 0) source.fail("has an array that is not closed");
    items.push(word);
  }
}
