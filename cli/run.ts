import { ConfigError } from "../config/config-error.ts";
import { commandNames, loadCommand, loadCommands } from "./commands.ts";
import type { Command } from "./command.ts";
import { CliError, UsageError } from "./failure.ts";
import { showCommandHelp, showProgramHelp } from "./help.ts";
import { exit, print, type ExitCode, type Io } from "./io.ts";
import { asksForHelp } from "./options.ts";
import { suggest } from "./suggest.ts";

/** The whole program, but for the process around it: `args` are those after `assaygate`. Never rejects. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    return await dispatch(args, io);
  } catch (cause) {
    return report(cause, io);
  }
}

async function dispatch([name, ...args]: readonly string[], io: Io): Promise<ExitCode> {
  if (name === undefined) {
    print(io.err, showProgramHelp(await loadCommands()));
    return exit.unusable;
  }
  if (name === "--help" || name === "-h") return showHelp(await help([]), io);
  if (name === "help") return showHelp(await help(args), io);
  const target = descend(await find(name === "--version" ? "version" : name), args);
  if (asksForHelp(args)) return showHelp(showCommandHelp(target), io);
  return target.command.run(target.args, io);
}

async function help([name, ...args]: readonly string[]): Promise<string> {
  return name === undefined ? showProgramHelp(await loadCommands()) : showCommandHelp(descend(await find(name), args));
}

interface Target {
  readonly command: Command;
  /** The words that lead to it. */
  readonly path: string;
  readonly args: readonly string[];
}

/** The subcommand that the first argument names, or the command itself. */
function descend(command: Command, args: readonly string[], path = command.name): Target {
  const [word, ...rest] = args;
  const inner = command.subcommands?.find(({ name }) => name === word);
  return inner === undefined ? { command, path, args } : descend(inner, rest, `${path} ${inner.name}`);
}

async function find(name: string): Promise<Command> {
  const command = await loadCommand(name);
  if (command !== undefined) return command;
  const known = [...commandNames, ...(name.startsWith("-") ? ["--help", "--version"] : [])];
  throw new UsageError(`unknown command ${name}: ${suggest(name, known)}`);
}

function showHelp(text: string, { out }: Io): ExitCode {
  print(out, text);
  return exit.ok;
}

/** What was thrown on purpose is said as it is. Anything else is a bug, and the gate could not look. */
function report(cause: unknown, { err }: Io): ExitCode {
  if (cause instanceof CliError || cause instanceof ConfigError) {
    print(err, `assaygate: ${cause.message}`);
    if (cause instanceof UsageError)
      print(err, "assaygate --help lists the commands, assaygate COMMAND --help its options");
    return exit.unusable;
  }
  print(err, `assaygate: internal error, please report it: ${String(cause)}`);
  return exit.couldNotLook;
}
