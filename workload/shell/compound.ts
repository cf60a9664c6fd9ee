import { builtins } from "./builtins.ts";
import { isPattern } from "./expansion/fields.ts";
import { expandText, expandWords } from "./expansion/expand.ts";
import { isOpaque } from "../expansion.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Body, CaseItem, List, Simple, Word } from "./grammar/syntax.ts";
import { isSame, keys, unknown, type Value } from "./values.ts";
import { getLiteral } from "./grammar/words.ts";

/** Runs what holds lists of commands. Where it cannot be told whether, or how often, one runs, all ways are gone. */
export function runCompound(shell: Interpreter, command: Exclude<Body, Simple>): void {
  switch (command.kind) {
    case "group":
      return shell.run(command.body);
    case "subshell":
      return shell.isolated(() => shell.run(command.body));
    case "if":
      return runIf(shell, command);
    case "loop":
      return runLoop(shell, () => {
        shell.run(command.condition);
        if (!shell.isDead) shell.maybe(() => shell.run(command.body));
      });
    case "for":
      return runFor(shell, command);
    case "case":
      return runCase(shell, command);
    case "function":
      return defineFunction(shell, command);
    case "test":
      return runTest(shell, command.words);
    case "arithmetic":
      return shell.evaluate(expandText(shell, [{ kind: "quotes", parts: command.expression }]));
  }
}

function runIf(shell: Interpreter, { branches, otherwise }: Extract<Body, { kind: "if" }>): void {
  const bodies: List[] = [];
  let ends: boolean | undefined;
  for (const { condition, body } of branches) {
    ends = runCondition(shell, condition, bodies.length > 0);
    if (shell.isDead) return;
    if (ends !== false) bodies.push(body);
    if (ends === true) break;
  }
  if (ends !== true) bodies.push(otherwise);
  runOneOf(shell, bodies);
}

function runCondition(shell: Interpreter, condition: List, isMaybe: boolean): boolean | undefined {
  let status: boolean | undefined;
  const run = (): void => {
    shell.run(condition);
    status = shell.status;
  };
  if (isMaybe) shell.maybe(run);
  else run();
  return status;
}

function runOneOf(shell: Interpreter, bodies: readonly List[]): void {
  const [only] = bodies;
  if (bodies.length === 1 && only !== undefined) shell.run(only);
  else shell.branch(bodies.map((body) => () => shell.run(body)));
  shell.status = undefined;
}

/** Runs the body until the head knows no more than what holds in every round. */
function runLoop(shell: Interpreter, round: () => void): void {
  const mark = shell.state.mark();
  const from = shell.commands.length;
  let head: ReadonlyMap<string, Value> = new Map();
  for (;;) {
    shell.state.setAll(head);
    round();
    shell.isDead = false;
    const range = shell.state.rangeSince(mark);
    shell.state.undo(mark);
    const isStable = [...range].every(([key, value]) => isSame(head.get(key), value));
    head = range;
    if (isStable) break;
    shell.commands.length = from;
  }
  shell.state.setAll(head);
  shell.status = undefined;
}

function runFor(shell: Interpreter, { name, words, body }: Extract<Body, { kind: "for" }>): void {
  const expanded = words === undefined ? undefined : expandWords(shell, words);
  const [only] = expanded?.words ?? [];
  const isSure = expanded?.words.length === 1 && !expanded.splits && only !== undefined;
  runLoop(shell, () => {
    shell.maybe(() => {
      shell.assign(name, isSure ? { kind: "text", text: only, isExported: false } : unknown);
      shell.run(body);
    });
  });
}

function runCase(shell: Interpreter, { word, items }: Extract<Body, { kind: "case" }>): void {
  const text = expandText(shell, word);
  const bodies: List[] = [];
  const falls = items.some((item) => item.falls);
  let isSure = false;
  for (const item of items) {
    const matches = falls ? undefined : isMatch(shell, text, item);
    if (matches !== false) bodies.push(item.body);
    isSure = matches === true;
    if (isSure) break;
  }
  if (!isSure) bodies.push([]);
  runOneOf(shell, bodies);
}

function isMatch(shell: Interpreter, text: string, { patterns }: CaseItem): boolean | undefined {
  let matches: boolean | undefined = false;
  for (const pattern of patterns) {
    if (getLiteral(pattern) === "*") return true;
    const expanded = expandText(shell, pattern);
    const isKnown = !isOpaque(text) && !isOpaque(expanded) && !isPattern(expanded) && !expanded.includes("\\");
    if (isKnown && text === expanded) return true;
    if (!isKnown) matches = undefined;
  }
  return matches;
}

function defineFunction(shell: Interpreter, { name, body }: Extract<Body, { kind: "function" }>): void {
  if (shell.namesInTraps.has(name)) shell.note("defines a function anew that a trap may call");
  if (name === "command_not_found_handle") shell.note(`defines ${name}, which bash calls`);
  if (builtins.get(name)?.isSpecial === true) shell.note(`defines ${name}, which only some shells replace`);
  if (shell.state.get(keys.exportsAll)?.kind === "text") shell.note("exports functions to the shells that it starts");
  shell.state.set(keys.function(name), { kind: "function", body });
}

function runTest(shell: Interpreter, words: readonly Word[]): void {
  const texts = words.map((word) => expandText(shell, word));
  if (texts.some((text) => /^-(?:eq|ne|lt|le|gt|ge|v|R)$/.test(text))) {
    for (const text of texts) if (!text.startsWith("-")) shell.evaluate(text);
  }
}
