import type { Budget } from "../budget.ts";
import { runScript } from "../shell/run-script.ts";
import { isOpaque } from "../expansion.ts";

/** The words that a template's `eval` makes of such a text. What is not the words of one command may be anything: `unknown` then. */
export function splitArguments(text: string, unknown: string, budget: Budget, path: string): readonly string[] {
  if (text.trim() === "") return [];
  if (isOpaque(text)) return [unknown];
  const start = { env: { values: new Map<string, string>(), open: true }, positional: { zero: "sh", args: [] } };
  const { commands, problem } = runScript(`server ${text}`, start, budget, path);
  const [only, ...others] = commands;
  if (problem !== undefined || only === undefined || others.length > 0 || only.splits) return [unknown];
  return only.words.slice(1);
}
