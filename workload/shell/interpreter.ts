import type { Shell } from "./expansion/variables.ts";
import type { ExpandedWords } from "./expansion/fields.ts";
import type { Surroundings } from "./redirections.ts";
import type { ShellCommand } from "./shell-command.ts";
import type { Command, List } from "./grammar/syntax.ts";

/** A shell that runs a script without running it, as its commands see it. */
export interface Interpreter extends Shell {
  readonly isBash: boolean;
  /** Whether a file that is sourced only says where programs of the image are. */
  readonly isSetup: (file: string) => boolean;
  /** Every command that may run. */
  readonly commands: ShellCommand[];
  /** Nothing runs any more on this way. */
  isDead: boolean;
  /** How the last command ended, where that is sure. */
  status: boolean | undefined;
  /** A `return` may have left the function early. */
  hasReturned: boolean;
  /** What a trap runs may be any function that has the name then. */
  isInTrap: boolean;
  readonly namesInTraps: Set<string>;
  /** Variables that the function at hand has for itself. */
  locals: string[];
  around: Surroundings;
  /** Notes why the commands may not be all that run: what the script does, as `sets a trap that is not known`. */
  note(problem: string): void;
  run(list: List): void;
  /** A script within the script, such as that of `eval`. False: it is not understood. */
  runText(text: string): boolean;
  command(command: Command): void;
  /** In a shell of its own: what it changes is lost. */
  isolated(run: () => void): void;
  /** One of these runs, and it cannot be told which. */
  branch(ways: readonly (() => void)[]): void;
  maybe(run: () => void): void;
  /** Lists a command. */
  emit(command: ExpandedWords): void;
}
