import type { Environment } from "../expansion.ts";

/** One simple command that the script may run, with words expanded and the environment it runs in. */
export interface ShellCommand {
  /** Opaque where they cannot be known: see `opaque` in expansion.ts. At least one. */
  readonly words: readonly string[];
  /** What the program is given. A look-up is cheap; going through all of it copies it. */
  readonly env: Environment;
  /** Words may be added, dropped or split when it runs: an expansion that is not known and not quoted, or a pattern. */
  readonly splits: boolean;
  /** It reads a pipe, a here-document or a file: a shell or interpreter may take its script from there. */
  readonly stdin: boolean;
  /** An earlier command may have changed the working directory. */
  readonly moved: boolean;
  /** The files that its output goes to, opaque where they are not known. */
  readonly writes: readonly string[];
}
