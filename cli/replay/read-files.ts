import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { showLine } from "../../policies/show.ts";
import { RecordError } from "../../records/record-error.ts";
import { readRecords, type PlacedRecord } from "../../records/read-records.ts";
import { sayUnreadable } from "../../runtime/read-text-file.ts";
import { CliError } from "../failure.ts";
import type { Io } from "../io.ts";
import { shortenPath } from "../paths.ts";

/** A record, and the file it stands in. */
export interface FiledRecord extends PlacedRecord {
  readonly file: string;
}

/**
 * The decision records of files, and of standard input for `-`, as they are read: of a log, one line is held at a time. Throws a
 * CliError that names the place of what cannot be read, and where there is no record at all.
 */
export async function* readRecordFiles(
  paths: readonly string[],
  io: Pick<Io, "in" | "cwd">,
): AsyncGenerator<FiledRecord> {
  let count = 0;
  for (const path of paths) {
    const file = path === "-" ? "standard input" : shortenPath(resolve(io.cwd, path), io);
    const chunks = path === "-" ? io.in : readChunks(resolve(io.cwd, path));
    try {
      for await (const one of readRecords(chunks)) {
        count += 1;
        yield { ...one, file };
      }
    } catch (cause) {
      throw placed(file, cause);
    }
  }
  if (count === 0) throw new CliError("there is no decision record in what was given");
}

async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    throw new CliError(sayUnreadable(path, cause), { cause });
  }
}

/** Names the file of a record that cannot be used. */
export function explain<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw placed(place, cause);
  }
}

/** What is wrong with a record was written by whoever wrote the record. Anything else stays what it is. */
function placed(place: string, cause: unknown): unknown {
  if (!(cause instanceof RecordError)) return cause;
  const lines = cause.message.split("\n").map(showLine);
  return new CliError(`${place}: ${lines.join("\n")}`, { cause });
}
