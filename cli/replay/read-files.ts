import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { RecordError } from "../../records/record-error.ts";
import { readRecords, type PlacedRecord } from "../../records/read-records.ts";
import { readTextFile } from "../../runtime/read-text-file.ts";
import { CliError } from "../failure.ts";
import type { Io } from "../io.ts";
import { shortenPath } from "../paths.ts";

/** A record, and the file it stands in. */
export interface FiledRecord extends PlacedRecord {
  readonly file: string;
}

/** The decision records of files, and of standard input for `-`. Throws a CliError that names the place of what cannot be read. */
export async function readRecordFiles(paths: readonly string[], io: Pick<Io, "in" | "cwd">): Promise<FiledRecord[]> {
  const records: FiledRecord[] = [];
  for (const path of paths) {
    const file = path === "-" ? "standard input" : shortenPath(resolve(io.cwd, path), io);
    const content =
      path === "-"
        ? await text(io.in)
        : readTextFile(resolve(io.cwd, path), (message, cause) => new CliError(message, { cause }));
    records.push(...explain(file, () => readRecords(content)).map((one) => ({ ...one, file })));
  }
  if (records.length === 0) throw new CliError("there is no decision record in what was given");
  return records;
}

/** Names the file of a record that cannot be used. */
export function explain<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    throw new CliError(`${place}: ${cause.message}`, { cause });
  }
}
