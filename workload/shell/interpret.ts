import { evaluate } from "./expansion/arithmetic.ts";
import { assign, assignAll } from "./assignments.ts";
import { type Builtin, builtins } from "./builtins.ts";
import type { Budget } from "../budget.ts";
import { expandText, expandWords, type Shell } from "./expansion/expand.ts";
import { isOpaque } from "../expansion.ts";
import { parseScript } from "./grammar/script.ts";
import { type ExpandedWords, isPattern } from "./expansion/fields.ts";
import { mayFail, applyRedirections, type Surroundings } from "./redirections.ts";
import type { ShellCommand } from "./shell-command.ts";
import { UnsupportedScript } from "./grammar/source.ts";
import type { State } from "./state.ts";
import type { Body, CaseItem, Command, Item, List, Pipeline, Simple, Word } from "./grammar/syntax.ts";
import { isSame, keys, unknown, type Value } from "./values.ts";
import { getLiteral } from "./grammar/words.ts";

/** Commands within commands, functions and `eval` among them; shallow enough for the stack. */
const maxDepth = 300;

/**
 * Runs a script without running it: every command that may run is listed, with what is known of its words and variables at
 * that point. Where a way cannot be told, all ways are gone, and what they agree in is known after.
 */
export class Interpreter implements Shell {
  readonly state: State;
  readonly budget: Budget;
  readonly path: string;
  readonly zero: string;
  readonly isBash: boolean;
  /** Whether a file that is sourced only says where programs of the image are. */
  readonly isSetup: (file: string) => boolean;
  readonly commands: ShellCommand[] = [];
  problem: string | undefined;
  /** Nothing runs any more on this way. */
  isDead = false;
  /** How the last command ended, where that is sure. */
  status: boolean | undefined;
  /** A `return` may have left the function early. */
  hasReturned = false;
  /** What a trap runs may be any function that has the name then. */
  isInTrap = false;
  readonly #namesInTraps = new Set<string>();
  locals: string[] = [];
  frame = 0;
  around: Surroundings = { stdin: false, writes: [] };
  #depth = 0;

  constructor(state: State, options: Pick<Interpreter, "budget" | "path" | "zero" | "isBash" | "isSetup">) {
    this.state = state;
    this.budget = options.budget;
    this.path = options.path;
    this.zero = options.zero;
    this.isBash = options.isBash;
    this.isSetup = options.isSetup;
  }

  note(problem: string): void {
    this.problem ??= `the script ${problem}`;
  }

  assign(name: string, value: Value): void {
    assign(this, name, value);
  }

  evaluate(expression: string): void {
    const problem = evaluate(this, expression);
    if (problem !== undefined) this.note(problem);
  }

  substitute(body: List): boolean {
    this.isolated(() => this.run(body));
    return printsNumber(this.state, body);
  }

  /** A script within the script, such as that of `eval`. False: it is not understood. */
  runText(text: string): boolean {
    try {
      const { body, isForeign } = parseScript(text, this);
      if (isForeign) this.note("evaluates text that is not known");
      this.run(body);
      return !isForeign;
    } catch (error) {
      if (!(error instanceof UnsupportedScript)) throw error;
      this.note(error.message);
      return false;
    }
  }

  run(list: List): void {
    for (const item of list) {
      if (this.isDead) return;
      if (item.isBackground) this.isolated(() => this.#steps(item));
      else this.#steps(item);
    }
  }

  /** In a shell of its own: what it changes is lost. */
  isolated(run: () => void): void {
    const mark = this.state.mark();
    const wasDead = this.isDead;
    run();
    this.state.undo(mark);
    this.isDead = wasDead;
    this.status = undefined;
  }

  /** One of these runs, and it cannot be told which. */
  branch(ways: readonly (() => void)[]): void {
    const mark = this.state.mark();
    const ends: ReadonlyMap<string, Value | undefined>[] = [];
    for (const way of ways) {
      this.status = undefined;
      way();
      if (!this.isDead) ends.push(this.state.changedSince(mark));
      this.isDead = false;
      this.state.undo(mark);
    }
    this.status = undefined;
    if (ends.length === 0) this.isDead = true;
    else this.state.join(ends);
  }

  maybe(run: () => void): void {
    this.branch([run, () => undefined]);
  }

  command(command: Command): void {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new UnsupportedScript("runs commands within commands too deeply");
    this.budget.spend("commands", 1, this.path);
    // Where a redirection fails, nothing of it runs, and the script goes on.
    if (command.redirects.some(mayFail)) this.maybe(() => this.#applyRedirections(command));
    else this.#applyRedirections(command);
    this.#depth -= 1;
  }

  #applyRedirections(command: Command): void {
    const outside = this.around;
    if (command.kind === "simple") this.#simple(command);
    else {
      this.around = applyRedirections(this, command.redirects, outside);
      this.status = undefined;
      this.#compound(command);
    }
    this.around = outside;
  }

  emit({ words, splits }: ExpandedWords): void {
    const { stdin, writes } = this.around;
    this.commands.push({
      words,
      env: this.state.environment(),
      splits,
      stdin: stdin || this.state.get(keys.input) !== undefined,
      moved: this.state.get(keys.moved) !== undefined,
      writes,
    });
  }

  #steps({ steps }: Item): void {
    for (const { after, pipeline } of steps) {
      if (this.isDead) return;
      const runs = after === "" || this.status === (after === "&&");
      if (runs) this.#pipeline(pipeline);
      else if (this.status === undefined) this.maybe(() => this.#pipeline(pipeline));
    }
  }

  #pipeline({ commands, isNegated }: Pipeline): void {
    const [only] = commands;
    if (commands.length === 1 && only !== undefined) this.command(only);
    else for (const [at, command] of commands.entries()) this.#piped(command, at, at === commands.length - 1);
    if (isNegated || commands.length > 1) this.status = undefined;
  }

  /** Some shells run the last one themselves. */
  #piped(command: Command, at: number, isLast: boolean): void {
    const outside = this.around;
    if (at > 0) this.around = { ...outside, stdin: true };
    if (isLast) this.maybe(() => this.command(command));
    else this.isolated(() => this.command(command));
    this.around = outside;
  }

  #compound(command: Exclude<Body, Simple>): void {
    switch (command.kind) {
      case "group":
        return this.run(command.body);
      case "subshell":
        return this.isolated(() => this.run(command.body));
      case "if":
        return this.#if(command);
      case "loop":
        return this.#loop(() => {
          this.run(command.condition);
          if (!this.isDead) this.maybe(() => this.run(command.body));
        });
      case "for":
        return this.#for(command);
      case "case":
        return this.#case(command);
      case "function":
        return this.#define(command);
      case "test":
        return this.#test(command.words);
      case "arithmetic":
        return this.evaluate(expandText(this, [{ kind: "quotes", parts: command.expression }]));
    }
  }

  #if({ branches, otherwise }: Extract<Body, { kind: "if" }>): void {
    const bodies: List[] = [];
    let ends: boolean | undefined;
    for (const { condition, body } of branches) {
      ends = this.#condition(condition, bodies.length > 0);
      if (this.isDead) return;
      if (ends !== false) bodies.push(body);
      if (ends === true) break;
    }
    if (ends !== true) bodies.push(otherwise);
    this.#oneOf(bodies);
  }

  #condition(condition: List, isMaybe: boolean): boolean | undefined {
    let status: boolean | undefined;
    const run = (): void => {
      this.run(condition);
      status = this.status;
    };
    if (isMaybe) this.maybe(run);
    else run();
    return status;
  }

  #oneOf(bodies: readonly List[]): void {
    const [only] = bodies;
    if (bodies.length === 1 && only !== undefined) this.run(only);
    else this.branch(bodies.map((body) => () => this.run(body)));
    this.status = undefined;
  }

  /** Runs the body until the head knows no more than what holds in every round. */
  #loop(round: () => void): void {
    const mark = this.state.mark();
    const from = this.commands.length;
    let head: ReadonlyMap<string, Value> = new Map();
    for (;;) {
      this.state.setAll(head);
      round();
      this.isDead = false;
      const range = this.state.rangeSince(mark);
      this.state.undo(mark);
      const isStable = [...range].every(([key, value]) => isSame(head.get(key), value));
      head = range;
      if (isStable) break;
      this.commands.length = from;
    }
    this.state.setAll(head);
    this.status = undefined;
  }

  #for({ name, words, body }: Extract<Body, { kind: "for" }>): void {
    const expanded = words === undefined ? undefined : expandWords(this, words);
    const [only] = expanded?.words ?? [];
    const isSure = expanded?.words.length === 1 && !expanded.splits && only !== undefined;
    this.#loop(() => {
      this.maybe(() => {
        this.assign(name, isSure ? { kind: "text", text: only, isExported: false } : unknown);
        this.run(body);
      });
    });
  }

  #case({ word, items }: Extract<Body, { kind: "case" }>): void {
    const text = expandText(this, word);
    const bodies: List[] = [];
    const falls = items.some((item) => item.falls);
    let isSure = false;
    for (const item of items) {
      const matches = falls ? undefined : this.#matches(text, item);
      if (matches !== false) bodies.push(item.body);
      isSure = matches === true;
      if (isSure) break;
    }
    if (!isSure) bodies.push([]);
    this.#oneOf(bodies);
  }

  #matches(text: string, { patterns }: CaseItem): boolean | undefined {
    let matches: boolean | undefined = false;
    for (const pattern of patterns) {
      if (getLiteral(pattern) === "*") return true;
      const expanded = expandText(this, pattern);
      const isKnown = !isOpaque(text) && !isOpaque(expanded) && !isPattern(expanded) && !expanded.includes("\\");
      if (isKnown && text === expanded) return true;
      if (!isKnown) matches = undefined;
    }
    return matches;
  }

  #define({ name, body }: Extract<Body, { kind: "function" }>): void {
    if (this.#namesInTraps.has(name)) this.note("defines a function anew that a trap may call");
    if (name === "command_not_found_handle") this.note(`defines ${name}, which bash calls`);
    if (builtins.get(name)?.isSpecial === true) this.note(`defines ${name}, which only some shells replace`);
    if (this.state.get(keys.exportsAll)?.kind === "text") this.note("exports functions to the shells that it starts");
    this.state.set(keys.function(name), { kind: "function", body });
  }

  #test(words: readonly Word[]): void {
    const texts = words.map((word) => expandText(this, word));
    if (texts.some((text) => /^-(?:eq|ne|lt|le|gt|ge|v|R)$/.test(text))) {
      for (const text of texts) if (!text.startsWith("-")) this.evaluate(text);
    }
  }

  #simple(command: Command & Simple): void {
    const expanded = expandWords(this, command.words);
    this.around = applyRedirections(this, command.redirects, this.around);
    this.status = undefined;
    if (expanded.words.length > 0) return this.#words(command, expanded);
    if (command.redirects.length > 0 && this.around.writes.length > 0) this.emit({ words: [":"], splits: false });
    assignAll(this, command.assignments);
  }

  #words({ assignments, declared }: Simple, expanded: ExpandedWords): void {
    if (assignments.length === 0) return this.#dispatch(expanded, declared);
    const [first = ""] = expanded.words;
    const mark = this.state.mark();
    assignAll(this, assignments, true);
    const names = new Set(assignments.map(({ name }) => name));
    const changesMore = this.state.changedSince(mark).size > names.size;
    if (!changesMore && this.#isProgram(first)) {
      this.emit(expanded);
      return this.state.undo(mark);
    }
    const isLost = !changesMore && builtins.get(first)?.isSpecial === false && this.#functionOf(first) === undefined;
    if (isLost) this.state.undo(mark);
    this.#dispatch(expanded, declared);
    // An assignment that fails takes the command with it.
    this.isDead = false;
    // Otherwise shells differ in whether it stays.
    if (!isLost) for (const name of names) this.state.set(name, unknown);
  }

  #isProgram(first: string): boolean {
    if (isOpaque(first) || /^(?:command|builtin)$/.test(first)) return false;
    return this.#functionOf(first) === undefined && !builtins.has(first);
  }

  #dispatch(expanded: ExpandedWords, declared: Simple["declared"]): void {
    const [first = ""] = expanded.words;
    if (isOpaque(first)) return this.#opaqueCommand(expanded);
    if (this.isInTrap) this.#namesInTraps.add(first);
    const found = this.#functionOf(first);
    if (found?.kind === "function") return this.#call(found.body, expanded);
    this.#noFunction(first, expanded, declared);
    if (found !== undefined) this.#mayHaveCalled(first);
  }

  #noFunction(first: string, expanded: ExpandedWords, declared: Simple["declared"]): void {
    if (first === "command" || first === "builtin") return this.#wrapped(expanded, declared);
    const builtin = builtins.get(first);
    if (builtin === undefined) this.emit(expanded);
    else this.#builtin(builtin, expanded, declared);
  }

  /** A function that is not known, and that an opaque command before may have made. */
  #mayHaveCalled(name: string): void {
    if (this.state.save(keys.function(name)) !== undefined)
      this.note(`calls ${name}, which may be one of several functions`);
    this.state.forget();
  }

  #builtin(builtin: Builtin, expanded: ExpandedWords, declared: Simple["declared"]): void {
    if (builtin.isListed) this.emit(expanded);
    builtin.run(this, expanded, declared);
  }

  #functionOf(name: string): Value | undefined {
    return this.state.get(keys.function(name));
  }

  /** A path is a program; any other word may be a function, `eval`, or `export`. */
  #opaqueCommand(expanded: ExpandedWords): void {
    this.emit(expanded);
    const isPath = (expanded.words[0] ?? "").replaceAll(/\0[^\0]*\0/g, "").includes("/");
    if (!isPath || expanded.splits) this.state.forget();
  }

  /** `command` and `builtin` pass functions by. */
  #wrapped({ words, splits }: ExpandedWords, declared: Simple["declared"]): void {
    let at = 0;
    while (/^(?:command|builtin)$/.test(words[at] ?? "")) at += /^-[-p]$/.test(words[at + 1] ?? "") ? 2 : 1;
    const first = words[at];
    if (first === undefined || first.startsWith("-")) return this.emit({ words, splits });
    const rest = { words: words.slice(at), splits };
    if (isOpaque(first)) return this.#opaqueCommand(rest);
    const builtin = builtins.get(first);
    if (builtin === undefined) return this.emit(rest);
    this.#builtin(builtin, rest, declared);
    // Shells differ in whether they split the values then.
    if (rest.words.some((word) => word.includes("=")) && /^(?:export|readonly|local|declare|typeset)$/.test(first)) {
      this.state.forgetVariables();
    }
  }

  #call(body: Command, { words, splits }: ExpandedWords): void {
    const mark = this.state.mark();
    const { frame, hasReturned, locals } = this;
    Object.assign(this, { frame: frame + 1, hasReturned: false, locals: [] });
    this.state.set(keys.positional(this.frame), splits ? unknown : { kind: "positional", args: words, from: 1 });
    this.command(body);
    if (this.hasReturned) this.state.setAll(this.state.rangeSince(mark));
    for (const name of this.locals) this.state.set(name, unknown);
    Object.assign(this, { frame, hasReturned, locals });
    this.status = undefined;
  }
}

const printers = /^(?:wc -[lwc]|nproc|grep -c [^-]\S*|date \+%s)$/;

/** What it prints is a number whatever it is given, as long as the program is the one that it says. */
function printsNumber(state: State, body: List): boolean {
  const [item] = body;
  const [step] = item?.steps ?? [];
  const last = step?.pipeline.commands.at(-1);
  if (body.length !== 1 || item?.steps.length !== 1 || last?.kind !== "simple" || last.assignments.length > 0)
    return false;
  const words = last.words.map(getLiteral);
  return printers.test(words.join(" ")) && state.get(keys.function(words[0] ?? "")) === undefined;
}
