import { readFileSync } from "node:fs";
import { getErrorCode } from "./error-code.ts";

/** Makes an error of the reader's own from a message and its cause. */
type AsError = (message: string, cause: unknown) => Error;

/**
 * The text of a file, as UTF-8. Where it cannot be read, throws what `asError` makes of `FILE: cannot be read (CODE)`, with
 * the file under the name that its user knows it by.
 */
export function readTextFile(file: string, asError: AsError, shownName = file): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw asError(sayUnreadable(shownName, cause), cause);
  }
}

/** `PATH: cannot be read (CODE)`, of what the file system threw. */
export function sayUnreadable(path: string, cause: unknown): string {
  return `${path}: ${sayWhyUnreadable(cause)}`;
}

/** `cannot be read (CODE)`, for a message that names the file in its own way. */
export function sayWhyUnreadable(cause: unknown): string {
  return `cannot be read (${getErrorCode(cause) ?? "unknown error"})`;
}
