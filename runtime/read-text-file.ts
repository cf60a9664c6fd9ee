import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { getErrorCode } from "./error-code.ts";

/** Makes an error of the reader's own from a message and its cause. */
type AsError = (message: string, cause: unknown) => Error;

/**
 * What is read of a file in one go, in bytes. Settings, policies, keys and authorities have some kilobytes; the largest bundle
 * of authorities has one megabyte.
 */
export const fileBytes = 16 * 1024 * 1024;

/** A file, or what stands in place of one, that holds more than its reader takes. The message says how much that is. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";

  constructor(maxBytes: number) {
    super(`is larger than ${sayBytes(maxBytes)}, the most that is read of it`);
  }
}

/** The text of a file, as UTF-8, or of a pipe. Throws what the file system throws, and FileTooLarge. */
export function readBoundedText(file: string, maxBytes = fileBytes): string {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const taken = createIntake(size, maxBytes);
    while (taken.take(readSync(handle, taken.room())));
    return taken.bytes().toString("utf8");
  } finally {
    closeSync(handle);
  }
}

/** The bytes of a file, read without holding up anything else. Rejects as {@link readBoundedText} throws. */
export async function readBoundedBytes(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const taken = createIntake((await handle.stat()).size, maxBytes);
    while (taken.take((await handle.read(taken.room())).bytesRead));
    return taken.bytes();
  } finally {
    await handle.close();
  }
}

const firstRoom = 64 * 1024;

/** Takes bytes as they come, few at a time from a pipe. `size`: as the file system says it, which is 0 for what is no file. */
function createIntake(size: number, maxBytes: number) {
  if (size > maxBytes) throw new FileTooLarge(maxBytes);
  // One byte more than there should be shows whether there are more.
  let bytes = Buffer.alloc(Math.min(Math.max(size, firstRoom), maxBytes) + 1);
  let total = 0;
  return {
    /** Where the next ones go. */
    room(): Buffer {
      if (total === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * total, maxBytes + 1));
      return bytes.subarray(total);
    },
    /** Counts those that came. False: those were all. */
    take(count: number): boolean {
      total += count;
      if (total > maxBytes) throw new FileTooLarge(maxBytes);
      return count > 0;
    },
    bytes: () => bytes.subarray(0, total),
  };
}

function sayBytes(bytes: number): string {
  return bytes % 1024 ** 2 === 0 ? `${bytes / 1024 ** 2} MiB` : `${bytes / 1024} KiB`;
}

/**
 * The text of a file, as UTF-8. Where it cannot be read, throws what `asError` makes of `FILE: cannot be read (CODE)`, with
 * the file under the name that its user knows it by.
 */
export function readTextFile(file: string, asError: AsError, shownName = file): string {
  try {
    return readBoundedText(file);
  } catch (cause) {
    throw asError(sayUnreadable(shownName, cause), cause);
  }
}

/** `PATH: cannot be read (CODE)`, of what the file system threw. */
export function sayUnreadable(path: string, cause: unknown): string {
  return `${path}: ${sayWhyUnreadable(cause)}`;
}

/** `cannot be read (CODE)`, for a message that names the file in its own way; for one that is too large, how large it may be. */
export function sayWhyUnreadable(cause: unknown): string {
  return cause instanceof FileTooLarge ? cause.message : `cannot be read (${getErrorCode(cause) ?? "unknown error"})`;
}
