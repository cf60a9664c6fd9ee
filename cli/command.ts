import type { ExitCode, Io } from "./io.ts";
import type { OptionTable } from "./options.ts";

/** One word after `assaygate`. One file per command; `commands.ts` lists them. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What may follow the name, besides options. */
  readonly operands: string;
  readonly options: OptionTable;
  /** For `--help`, under the options: what a person has to know, and an example. */
  readonly details: string;
  /** Words that may follow the name, each a command of its own; then `run` is for when none does. */
  readonly subcommands?: readonly Command[];
  /** Throws CliError for wrong usage and for what cannot be read. */
  run(args: readonly string[], io: Io): Promise<ExitCode>;
}
