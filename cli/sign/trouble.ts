import { MlflowError } from "../../mlflow/errors.ts";
import { SigningError } from "../../publish/sign/signing-error.ts";
import { RegistryError } from "../../registry/errors.ts";
import { PublishError } from "../../registry/publish-error.ts";
import { CliError } from "../failure.ts";
import { exit, print, type ExitCode, type Io } from "../io.ts";

/**
 * Says what went wrong while something was published or signed; `where` stands before it. Throws what is a mistake of the
 * command line's, and what is a bug.
 */
export function reportTrouble(error: unknown, where: string, { err }: Pick<Io, "err">): ExitCode {
  if (error instanceof PublishError) throw new CliError(`${where}${error.message}`, { cause: error });
  if (error instanceof MlflowError) {
    print(err, `assaygate: ${where}${error.message}`);
    return exit.couldNotLook;
  }
  if (error instanceof SigningError) {
    print(err, `assaygate: ${where}${error.message}`);
    return error.kind === "unavailable" ? exit.couldNotLook : exit.rejected;
  }
  if (!(error instanceof RegistryError)) throw error;
  print(err, `assaygate: ${where}${error.failure.message}`);
  return error.failure.kind === "unavailable" ? exit.couldNotLook : exit.rejected;
}
