import { refused } from "../../errors.ts";
import type { Descriptor } from "../../../registry/manifest.ts";
import { isJobResults, parseJobResults, type JobResults } from "../job-results.ts";
import type { Reading } from "../kind.ts";
import { readJson } from "../read-json.ts";
import type { SkimOptions } from "../archive/skim-file.ts";
import { unpack } from "../archive/unpack.ts";
import type { FileReading, FileResults, Format, ResultsFile } from "./format.ts";
import { detectFormat } from "./formats.ts";
import { openFile } from "./open-file.ts";
import { catchInvalid, isInvalid } from "./catch-invalid.ts";
import { unreadValues } from "./unread-values.ts";

/** What one file holds, where it holds results, or has the shape of them and is malformed. */
export type FileContent =
  | { readonly job: JobResults }
  | { readonly file: FileResults }
  | { readonly malformed: Error }
  /** It may hold results, and cannot be read. */
  | { readonly unreadable: Error }
  /** Lines of JSON that no evaluator writes. */
  | { readonly unknown: Error };

/** What the files of a packed layer hold. A file that cannot be read takes no other in its layer with it. */
export function readLayer(layer: Descriptor, reading: Reading): Promise<readonly FileContent[]> {
  return reading.layer(layer, async (packed, takePlace) => {
    const found: FileContent[] = [];
    for (const bytes of await unpack(packed, toSkimOptions(reading), takePlace)) {
      const one = await catchInvalid<FileContent | undefined>(
        () => readFile(bytes, toFileReading(reading, takePlace)),
        (unreadable) => ({ unreadable }),
      );
      if (one !== undefined) found.push(one);
    }
    return found;
  });
}

function toSkimOptions(reading: Reading): SkimOptions {
  return { parts: unreadValues, budget: reading.budget, pause: () => reading.pause() };
}

/** Values that are read in about a millisecond, however many texts they stand in. */
const valuesAtOnce = 512;
/** Entries that are read in less than that, and metrics, however few entries have them. */
const entriesAtOnce = 32;
const metricsAtOnce = 256;

function toFileReading(reading: Reading, takePlace: () => Promise<void>): FileReading {
  const { budget } = reading;
  let pausedAt = budget.spent.values;
  return {
    budget,
    pause: paceReading(reading),
    async json(bytes, where) {
      if (budget.spent.values - pausedAt >= valuesAtOnce) {
        pausedAt = budget.spent.values;
        await reading.pause();
      }
      return atPlace(where, () => readJson(bytes, reading, takePlace));
    },
    takePlace,
  };
}

/** To be called before each entry: a turn of the event loop costs more than reading one. */
function paceReading(reading: Reading): () => Promise<void> {
  const { budget } = reading;
  let entries = 0;
  let pausedAt = budget.spent.metrics;
  return async () => {
    entries += 1;
    if (entries < entriesAtOnce && budget.spent.metrics - pausedAt < metricsAtOnce) return;
    [entries, pausedAt] = [0, budget.spent.metrics];
    await reading.pause();
  };
}

/** Says where in a file it was, where the file has places. */
async function atPlace<T>(where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (where === "" || !isInvalid(error)) throw error;
    throw refused("ARTIFACT_INVALID", `${where}: ${error.message}`, { cause: error });
  }
}

async function readFile(bytes: Buffer, reading: FileReading): Promise<FileContent | undefined> {
  const file = await openFile(bytes, reading);
  const found = await catchInvalid<FileContent | undefined>(
    () => readShape(file, reading),
    (malformed) => ({ malformed }),
  );
  if (found === undefined && file.kind === "json-lines")
    return { unknown: refused("ARTIFACT_INVALID", "it is not JSON in UTF-8") };
  return found;
}

/** Undefined for a file of no shape that is known. */
async function readShape(file: ResultsFile, reading: FileReading): Promise<FileContent | undefined> {
  if (file.kind === "json" && isJobResults(file.value)) return { job: parseJobResults(file.value, reading.budget) };
  const format = detectFormat(file);
  return format && { file: await readFormat(format, file, reading) };
}

function readFormat(format: Format, file: ResultsFile, reading: FileReading): Promise<FileResults> {
  return catchInvalid(
    () => format.read(file, reading),
    (error) => {
      throw refused("ARTIFACT_INVALID", `the results of ${format.name}: ${error.message}`, { cause: error });
    },
  );
}
