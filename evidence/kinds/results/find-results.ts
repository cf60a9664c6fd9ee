import { explainUnusable, refused } from "../../errors.ts";
import { show } from "../../../policies/show.ts";
import type { Descriptor } from "../../../registry/manifest.ts";
import { isJobResults, parseJobResults, type JobResults } from "../job-results.ts";
import type { Reading } from "../kind.ts";
import { readJson } from "../read-json.ts";
import type { SkimOptions } from "../archive/skim-file.ts";
import { unpack } from "../archive/unpack.ts";
import type { FileReading, FileResults, Format, ResultsFile } from "./format.ts";
import { detectFormat } from "./formats.ts";
import { openFile } from "./open-file.ts";
import { unreadValues } from "./unread-values.ts";

/** What one file holds, where it holds results, or has the shape of them and is malformed. */
type Found =
  | { readonly job: JobResults }
  | { readonly file: FileResults }
  | { readonly malformed: Error }
  /** It may hold results, and cannot be read. */
  | { readonly unreadable: Error }
  /** Lines of JSON that no evaluator writes. */
  | { readonly unknown: Error };

/** The results in an artifact's files, in the order of its layers. */
export interface FoundResults {
  readonly jobs: readonly JobResults[];
  readonly files: readonly FileResults[];
  /** The first file that could not be accepted. It matters only where no other file holds results. */
  readonly problem: Error | undefined;
  /** Files that may hold results, and that the gate cannot read, each with why: nobody knows what they say. */
  readonly unread: readonly string[];
}

/**
 * One layer after the other, so that no more than one is held; and the smallest first, so that a large file of something else
 * does not use up what the results need. A file of no shape that is known is passed over; one that cannot be read is named; one
 * that has an evaluator's shape and is malformed throws.
 */
export async function findResults(layers: readonly Descriptor[], reading: Reading): Promise<FoundResults> {
  const inLayers = new Map<Descriptor, readonly Found[]>();
  const candidates = layers.filter((layer) => mayHoldResults(layer) && isPacked(layer));
  for (const layer of candidates.toSorted((a, b) => a.size - b.size)) {
    const found = await orIfInvalid<readonly Found[]>(
      () => readLayer(layer, reading),
      (unreadable) => [{ unreadable }],
    );
    inLayers.set(layer, found);
  }
  const found = candidates.flatMap((layer) => inLayers.get(layer) ?? []);
  for (const one of found) if ("malformed" in one) throw one.malformed;
  return {
    jobs: found.flatMap((one) => ("job" in one ? [one.job] : [])),
    files: found.flatMap((one) => ("file" in one ? [one.file] : [])),
    problem: [...inLayers.values()].flat().flatMap(getProblem)[0],
    unread: layers.flatMap((layer) => listUnread(layer, inLayers.get(layer))),
  };
}

function getProblem(found: Found): Error[] {
  if ("unreadable" in found) return [found.unreadable];
  return "unknown" in found ? [found.unknown] : [];
}

/** `found`: undefined for a layer that was not fetched. */
function listUnread(layer: Descriptor, found: readonly Found[] | undefined): string[] {
  if (!mayHoldResults(layer)) return [];
  const name = show(getFileName(layer));
  if (found === undefined) return [`${name} cannot be read: a layer of type ${show(layer.mediaType)}`];
  return found.flatMap((one) => ("unreadable" in one ? [`${name} cannot be read: ${one.unreadable.message}`] : []));
}

/** A file that cannot be read takes no other in its layer with it. */
function readLayer(layer: Descriptor, reading: Reading): Promise<readonly Found[]> {
  return reading.layer(layer, async (packed, takePlace) => {
    const found: Found[] = [];
    for (const bytes of await unpack(packed, toSkimOptions(reading), takePlace)) {
      const one = await orIfInvalid<Found | undefined>(
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

async function readFile(bytes: Buffer, reading: FileReading): Promise<Found | undefined> {
  const file = await openFile(bytes, reading);
  const found = await orIfInvalid<Found | undefined>(
    () => readShape(file, reading),
    (malformed) => ({ malformed }),
  );
  if (found === undefined && file.kind === "json-lines")
    return { unknown: refused("ARTIFACT_INVALID", "it is not JSON in UTF-8") };
  return found;
}

/** Undefined for a file of no shape that is known. */
async function readShape(file: ResultsFile, reading: FileReading): Promise<Found | undefined> {
  if (file.kind === "json" && isJobResults(file.value)) return { job: parseJobResults(file.value, reading.budget) };
  const format = detectFormat(file);
  return format && { file: await readFormat(format, file, reading) };
}

function readFormat(format: Format, file: ResultsFile, reading: FileReading): Promise<FileResults> {
  return orIfInvalid(
    () => format.read(file, reading),
    (error) => {
      throw refused("ARTIFACT_INVALID", `the results of ${format.name}: ${error.message}`, { cause: error });
    },
  );
}

async function orIfInvalid<T>(read: () => Promise<T>, otherwise: (error: Error) => T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return otherwise(error);
  }
}

/** A registry that sends other bytes, or none, is never passed over. */
function isInvalid(error: unknown): error is Error {
  const missing = explainUnusable(error);
  return missing?.kind === "refused" && missing.reason === "ARTIFACT_INVALID";
}

/**
 * By the name, which is attacker-controlled: it tells what cannot be results from what may be, so that large logs are not
 * fetched, and never becomes a path. Which results they are shows in their shape.
 */
function mayHoldResults(layer: Descriptor): boolean {
  const name = getFileName(layer) ?? "";
  return /\.(?:json|jsonl|eval)$/.test(name) && !/(?:^|\/)samples(?:_[^/]*)?\.jsonl$|\.hitlog\.jsonl$/.test(name);
}

/** As everybody packs results. `push` leaves what is far over the limits unpacked. */
function isPacked({ mediaType }: Descriptor): boolean {
  return mediaType === "application/vnd.oci.image.layer.v1.tar+gzip";
}

/** What producers call the file in a layer: attacker-controlled. */
export function getFileName({ annotations }: Descriptor): string | undefined {
  return (
    annotations["olot.layer.content.name"] ?? annotations["olot.title"] ?? annotations["org.opencontainers.image.title"]
  );
}
