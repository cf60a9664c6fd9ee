import type { Budget } from "../budget.ts";
import type { Environment } from "../expansion.ts";
import { changesShell } from "./assignments.ts";
import { ScriptInterpreter } from "./interpret.ts";
import type { ShellCommand } from "./shell-command.ts";
import { State } from "./state.ts";
import { keys } from "./values.ts";

export type { ShellCommand } from "./shell-command.ts";

/** `$0` and `$1`… as `sh -c script zero args…` gives them. */
export interface Positional {
  readonly zero: string;
  readonly args: readonly string[];
}

/** What a script runs. */
export interface ScriptReading {
  readonly commands: readonly ShellCommand[];
  /** Why some of it is not understood; then the commands are not all that may run. Completes no sentence: it is one. */
  readonly problem: string | undefined;
}

/** What a shell is started with. */
export interface Start {
  readonly env: Environment;
  readonly positional: Positional;
  /** Base name of the shell, such as `bash`. `sh` is bash or a POSIX shell: where they differ the script is not understood. */
  readonly shell?: string;
  /** Whether a file that is sourced only says where programs of the image are. Without it no file does. */
  readonly isSetup?: (file: string) => boolean;
}

const shells = new Set(["sh", "bash", "dash", "ash"]);

/**
 * What a script of `sh -c` may run, and with what words and variables. Every command that really runs is among those listed
 * (word for word, or with opaque words in their place), or there is a problem. Pure; throws WorkloadTooLarge when the budget,
 * in which all that is parsed and expanded is counted, is spent. `path`: JSON path of the script.
 */
export function runScript(script: string, start: Start, budget: Budget, path: string): ScriptReading {
  const { env, positional, shell = "sh", isSetup = () => false } = start;
  const isBash = shell === "bash";
  const run = new ScriptInterpreter(new State(env), { budget, path, zero: positional.zero, isBash, isSetup });
  if (!shells.has(shell))
    return { commands: [], problem: `the script is for ${JSON.stringify(shell)}, not for sh or bash` };
  if (/[$`\0]/.test(env.values.get("PS4") ?? "")) run.note("runs with a PS4 that bash expands");
  run.state.set(keys.positional(0), { kind: "positional", args: positional.args, from: 0 });
  for (const name of ["SHELLOPTS", "BASHOPTS", ...changesShell])
    if (env.values.has(name)) run.note(`runs with ${name}, which changes bash`);
  if (definesFunctions(env)) run.note("runs with functions that variables define");
  if (script.includes("\0")) run.note("holds text that only the cluster knows, which may be any command");
  run.runText(script);
  return { commands: run.commands, problem: run.problem };
}

/** bash takes functions from variables of such names. Only the container can set those: no script and no `env` can. */
function definesFunctions({ values }: Environment): boolean {
  return values instanceof Map && [...values.keys()].some((name) => String(name).startsWith("BASH_FUNC_"));
}
