import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gunzip } from "node:zlib";
import { type EvidenceError, refused } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import { getErrorCode } from "../../../runtime/error-code.ts";
import type { ContentBudget } from "../../content-budget.ts";
import { bytesPerSkim, stripFile, type SkimOptions } from "./skim-file.ts";
import { stripFiles } from "./skim-tar.ts";
import { listFiles } from "./tar.ts";

/**
 * The regular files in a tar+gzip layer, unpacked in memory, within `limits.layerBytes` and the budget: large ones without the
 * parts that nobody reads. Their names, owners and links are attacker-controlled and dropped. Anything but a regular file, or a
 * folder around one, is ARTIFACT_INVALID.
 *
 * How much a layer unpacks to shows only when it is done: what is small is unpacked at once, and the rest with a place. What is
 * larger than may be held is unpacked piece by piece, and held is what is left of it.
 */
export async function unpack(layer: Buffer, skimming: SkimOptions, takePlace: () => Promise<void>): Promise<Buffer[]> {
  const { budget } = skimming;
  const whole = await unzip(layer, budget, takePlace);
  if (whole === undefined) return stripFiles(unzipPieces(layer), skimming);
  const files: Buffer[] = [];
  for (const file of listFiles(whole, budget)) files.push(await stripFile(file, skimming));
  return files;
}

/** Undefined where it is more than `limits.layerBytes`. */
async function unzip(
  layer: Buffer,
  budget: ContentBudget,
  takePlace: () => Promise<void>,
): Promise<Buffer | undefined> {
  const maxBytes = Math.min(budget.left("bytes"), limits.layerBytes);
  const small = await unzipUpTo(Math.min(maxBytes, limits.smallBytes), layer);
  if (small !== undefined) {
    budget.spend("bytes", small.byteLength);
    return small;
  }
  await takePlace();
  const large = await unzipUpTo(maxBytes, layer);
  if (large !== undefined) budget.spend("bytes", large.byteLength);
  else if (maxBytes < limits.layerBytes)
    throw refused("ARTIFACT_INVALID", `a layer unpacks to more than ${maxBytes} bytes`);
  else budget.spend("large", 1);
  return large;
}

/** Undefined where it is more. */
async function unzipUpTo(maxOutputLength: number, layer: Buffer): Promise<Buffer | undefined> {
  try {
    return await promisify(gunzip)(layer, { maxOutputLength, chunkSize: 64 * 1024 });
  } catch (error) {
    if (getErrorCode(error) === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw notPacked(error);
  }
}

/** No piece is larger than is skimmed at once. */
async function* unzipPieces(layer: Buffer): AsyncGenerator<Buffer, void> {
  const unzipped: AsyncIterable<Buffer> = Readable.from([layer]).pipe(createGunzip({ chunkSize: bytesPerSkim }));
  try {
    yield* unzipped;
  } catch (error) {
    throw notPacked(error);
  }
}

function notPacked(cause: unknown): EvidenceError {
  return refused("ARTIFACT_INVALID", "a layer is not a tar+gzip archive", { cause });
}
