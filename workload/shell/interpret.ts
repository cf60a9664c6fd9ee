import { evaluate } from "./expansion/arithmetic.ts";
import { assign } from "./assignments.ts";
import type { Budget } from "../budget.ts";
import { runCompound } from "./compound.ts";
import { parseScript } from "./grammar/script.ts";
import type { ExpandedWords } from "./expansion/fields.ts";
import type { Interpreter } from "./interpreter.ts";
import { mayFail, applyRedirections, type Surroundings } from "./redirections.ts";
import type { ShellCommand } from "./shell-command.ts";
import { runSimple } from "./simple.ts";
import { UnsupportedScript } from "./grammar/source.ts";
import type { State } from "./state.ts";
import type { Command, Item, List, Pipeline } from "./grammar/syntax.ts";
import { keys, type Value } from "./values.ts";
import { getLiteral } from "./grammar/words.ts";

/** Commands within commands, functions and `eval` among them; shallow enough for the stack. */
const maxDepth = 300;

/**
 * Runs a script without running it: every command that may run is listed, with what is known of its words and variables at
 * that point. Where a way cannot be told, all ways are gone, and what they agree in is known after.
 */
export class ScriptInterpreter implements Interpreter {
  readonly state: State;
  readonly budget: Budget;
  readonly path: string;
  readonly zero: string;
  readonly isBash: boolean;
  readonly isSetup: (file: string) => boolean;
  readonly commands: ShellCommand[] = [];
  problem: string | undefined;
  isDead = false;
  status: boolean | undefined;
  hasReturned = false;
  isInTrap = false;
  readonly namesInTraps = new Set<string>();
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

  isolated(run: () => void): void {
    const mark = this.state.mark();
    const wasDead = this.isDead;
    run();
    this.state.undo(mark);
    this.isDead = wasDead;
    this.status = undefined;
  }

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
    if (command.kind === "simple") runSimple(this, command);
    else {
      this.around = applyRedirections(this, command.redirects, outside);
      this.status = undefined;
      runCompound(this, command);
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
