import { explainUnusable, refused } from "../../errors.ts";
import type { Descriptor } from "../../../registry/manifest.ts";
import { isJobResults, parseJobResults, type JobResults } from "../job-results.ts";
import type { Reading } from "../kind.ts";
import { readJson } from "../read-json.ts";
import { unpack } from "../archive/unpack.ts";
import type { FileReading, FileResults, Format, ResultsFile } from "./format.ts";
import { detectFormat } from "./formats.ts";
import { openFile } from "./open-file.ts";

/** What one file holds, where it holds results, or has the shape of them and is malformed. */
type Found = { readonly job: JobResults } | { readonly file: FileResults } | { readonly malformed: Error };

/** The results in an artifact's files, in the order of its layers. */
export interface FoundResults {
  readonly jobs: readonly JobResults[];
  readonly files: readonly FileResults[];
  /** The first file that could not be accepted. It matters only where no other file holds results. */
  readonly problem: Error | undefined;
}

/**
 * One layer after the other, so that no more than one is held; and the smallest first, so that a large file of something else
 * does not use up what the results need. A file of no shape that is known is passed over; one that has an evaluator's shape and
 * is malformed throws.
 */
export async function findResults(layers: readonly Descriptor[], reading: Reading): Promise<FoundResults> {
  const inLayers = new Map<Descriptor, readonly Found[]>();
  let problem: Error | undefined;
  const candidates = layers.filter(mayHoldResults);
  for (const layer of candidates.toSorted((a, b) => a.size - b.size)) {
    try {
      inLayers.set(layer, await readLayer(layer, reading));
    } catch (error) {
      if (!isInvalid(error)) throw error;
      problem ??= error;
    }
  }
  const found = candidates.flatMap((layer) => inLayers.get(layer) ?? []);
  for (const one of found) if ("malformed" in one) throw one.malformed;
  return {
    jobs: found.flatMap((one) => ("job" in one ? [one.job] : [])),
    files: found.flatMap((one) => ("file" in one ? [one.file] : [])),
    problem,
  };
}

function readLayer(layer: Descriptor, reading: Reading): Promise<readonly Found[]> {
  return reading.layer(layer, async (packed, takePlace) => {
    const found: Found[] = [];
    for (const bytes of await unpack(packed, reading.budget, takePlace)) {
      const one = await readFile(bytes, toFileReading(reading, takePlace));
      if (one !== undefined) found.push(one);
    }
    return found;
  });
}

function toFileReading(reading: Reading, takePlace: () => Promise<void>): FileReading {
  return {
    budget: reading.budget,
    pause: () => reading.pause(),
    json: (bytes, where) => atPlace(where, () => readJson(bytes, reading, takePlace)),
    takePlace,
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
  if (file.kind === "json" && isJobResults(file.value)) return { job: parseJobResults(file.value, reading.budget) };
  const format = detectFormat(file);
  if (format !== undefined) return readFormat(format, file, reading);
  if (file.kind === "json-lines") throw refused("ARTIFACT_INVALID", "it is not JSON in UTF-8");
  return undefined;
}

async function readFormat(format: Format, file: ResultsFile, reading: FileReading): Promise<Found> {
  try {
    return { file: await format.read(file, reading) };
  } catch (error) {
    if (!isInvalid(error)) throw error;
    return {
      malformed: refused("ARTIFACT_INVALID", `the results of ${format.name}: ${error.message}`, { cause: error }),
    };
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
function mayHoldResults({ mediaType, annotations }: Descriptor): boolean {
  const name =
    annotations["olot.layer.content.name"] ??
    annotations["olot.title"] ??
    annotations["org.opencontainers.image.title"];
  return (
    mediaType === "application/vnd.oci.image.layer.v1.tar+gzip" &&
    /\.(?:json|jsonl|eval)$/.test(name ?? "") &&
    !/(?:^|\/)samples(?:_[^/]*)?\.jsonl$|\.hitlog\.jsonl$/.test(name ?? "")
  );
}
