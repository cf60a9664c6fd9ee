import { readFunction } from "./functions.ts";
import type { Source } from "./source.ts";
import type { Body, CaseItem, Command, Item, List, Part, Pipeline, Word } from "./syntax.ts";
import {
  expectReserved,
  describeUnexpected,
  peekReserved,
  refuseUnlessBash,
  skipBlanks,
  skipLines,
  takeReserved,
} from "./tokens.ts";
import { readArithmetic, readWord } from "./words.ts";

const beforeCommands = new Set(["then", "elif", "else", "fi", "do", "done", "esac", "}"]);

/** A command that holds others, such as `if` or `{`; undefined where a simple command begins. */
export function readCompound(source: Source): Body | undefined {
  if (source.startsWith("((")) return readArithmeticCommand(source);
  if (source.takeText("(")) return readSubshell(source);
  const word = peekReserved(source);
  if (word === "") return undefined;
  if (beforeCommands.has(word)) source.fail(describeUnexpected(source, []));
  source.at += word.length;
  switch (word) {
    case "if":
      return readIf(source);
    case "while":
    case "until":
      return readLoop(source);
    case "for":
      return readFor(source);
    case "case":
      return readCase(source);
    case "{":
      return readGroup(source);
    case "[[":
      return readTest(source);
    case "function":
      return readFunction(source);
    default:
      return source.fail(`uses ${JSON.stringify(word)}`);
  }
}

function readSubshell(source: Source): Body {
  const body = source.language.readList(source, [")"]);
  source.expect(")");
  return { kind: "subshell", body };
}

function readGroup(source: Source): Body {
  const body = source.language.readList(source, ["}"]);
  expectReserved(source, "}");
  return { kind: "group", body };
}

function readIf(source: Source): Body {
  const branches: { condition: List; body: List }[] = [];
  do {
    const condition = source.language.readList(source, ["then"]);
    expectReserved(source, "then");
    branches.push({ condition, body: source.language.readList(source, ["elif", "else", "fi"]) });
  } while (takeReserved(source, "elif"));
  const otherwise = takeReserved(source, "else") ? source.language.readList(source, ["fi"]) : [];
  expectReserved(source, "fi");
  return { kind: "if", branches, otherwise };
}

function readLoop(source: Source): Body {
  const condition = source.language.readList(source, ["do"]);
  return { kind: "loop", condition, body: readDo(source) };
}

function readDo(source: Source): List {
  expectReserved(source, "do");
  const body = source.language.readList(source, ["done"]);
  expectReserved(source, "done");
  return body;
}

function readFor(source: Source): Body {
  skipBlanks(source);
  if (source.startsWith("((")) return readArithmeticFor(source);
  const name = source.take(/[A-Za-z_][A-Za-z0-9_]*(?=[ \t\n;])/y);
  if (name === "") source.fail("has a for without a name");
  skipLines(source);
  const words = source.take(/in(?=[ \t\n;])/y) === "" ? undefined : readWordsOfLine(source);
  skipBlanks(source);
  source.takeText(";");
  return { kind: "for", name, words, body: readDo(source) };
}

function readWordsOfLine(source: Source): Word[] {
  const words: Word[] = [];
  for (;;) {
    skipBlanks(source);
    const word = readWord(source);
    if (word.length === 0) return words;
    words.push(word);
  }
}

/** `for ((first; condition; step))`. */
function readArithmeticFor(source: Source): Body {
  const { expression } = readArithmeticCommand(source);
  skipBlanks(source);
  source.takeText(";");
  const [first = [], ...rest] = splitAtSemicolons(expression);
  const rounds = rest.map(evaluation);
  const loop: Command = { kind: "loop", condition: rounds, body: [...readDo(source), ...rounds], redirects: [] };
  return {
    kind: "group",
    body: [evaluation(first), { steps: [{ after: "", pipeline: alone(loop) }], isBackground: false }],
  };
}

function splitAtSemicolons(expression: Word): Word[] {
  const words: Part[][] = [[]];
  for (const part of expression) {
    const [text = "", ...more] = part.kind === "text" ? part.text.split(";") : [];
    words.at(-1)?.push(part.kind === "text" ? { ...part, text } : part);
    for (const next of more) words.push([{ kind: "text", text: next, isQuoted: false }]);
  }
  return words;
}

function evaluation(expression: Word): Item {
  return {
    steps: [{ after: "", pipeline: alone({ kind: "arithmetic", expression, redirects: [] }) }],
    isBackground: false,
  };
}

function alone(command: Command): Pipeline {
  return { isNegated: true, commands: [command] };
}

/** In a POSIX shell these are two subshells. */
function readArithmeticCommand(source: Source): Extract<Body, { kind: "arithmetic" }> {
  refuseUnlessBash(source, "((…))");
  source.at += 2;
  const expression = readArithmetic(source);
  source.expect("))");
  return { kind: "arithmetic", expression };
}

function readCase(source: Source): Body {
  skipBlanks(source);
  const word = readWord(source);
  expectIn(source);
  const items: CaseItem[] = [];
  for (;;) {
    skipLines(source);
    if (takeReserved(source, "esac")) return { kind: "case", word, items };
    items.push(readCaseItem(source));
  }
}

function expectIn(source: Source): void {
  skipLines(source);
  if (source.take(/in(?=[ \t\n])/y) === "") source.fail(describeUnexpected(source, ["in"]));
}

function readCaseItem(source: Source): CaseItem {
  source.takeText("(");
  const patterns: Word[] = [];
  do {
    skipBlanks(source);
    const pattern = readWord(source);
    if (pattern.length === 0) source.fail("has a pattern that is not understood");
    patterns.push(pattern);
    skipBlanks(source);
  } while (source.takeText("|"));
  source.expect(")");
  const body = source.language.readList(source, [";;", ";&", "esac"]);
  const end = source.take(/;;&|;;|;&/y);
  return { patterns, body, falls: end.endsWith("&") };
}

/** In a POSIX shell a program of this name, with what follows an operator as a command of its own. */
function readTest(source: Source): Body {
  const words: Word[] = [];
  for (;;) {
    source.take(/(?:[ \t\n]|\\\n)+/y);
    if (source.take(/\]\](?=[ \t\n;&|()<>]|$)/y) !== "") return { kind: "test", words };
    const word = readWord(source);
    if (word.length > 0) words.push(word);
    else if (source.take(/[()<>|&!]/y) === "") source.fail("has a [[ that is not closed");
    else refuseUnlessBash(source, "operators in [[…]]");
  }
}
