/** Ends a command with exit code 2. The message is for the person who typed it: one problem a line. */
export class CliError extends Error {
  override readonly name: string = "CliError";
}

/** The command line itself is wrong: `--help` would have told. */
export class UsageError extends CliError {
  override readonly name = "UsageError";
}
