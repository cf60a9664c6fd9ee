import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { refused } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import { getErrorCode } from "../../../runtime/error-code.ts";
import type { ContentBudget } from "../../content-budget.ts";
import { listFiles } from "./tar.ts";

/**
 * The regular files in a tar+gzip layer, unpacked in memory, within `limits.layerBytes` and the budget. Their names, owners and
 * links are attacker-controlled and dropped. Anything but a regular file, or a folder around one, is ARTIFACT_INVALID.
 *
 * How much a layer unpacks to shows only when it is done: what is small is unpacked at once, and the rest with a place.
 */
export async function unpack(layer: Buffer, budget: ContentBudget, takePlace: () => Promise<void>): Promise<Buffer[]> {
  return listFiles(await unzip(layer, budget, takePlace), budget);
}

async function unzip(layer: Buffer, budget: ContentBudget, takePlace: () => Promise<void>): Promise<Buffer> {
  const maxBytes = Math.min(budget.left("bytes"), limits.layerBytes);
  const small = await unzipUpTo(Math.min(maxBytes, limits.smallBytes), layer);
  if (small !== undefined) {
    budget.spend("bytes", small.byteLength);
    return small;
  }
  await takePlace();
  const large = await unzipUpTo(maxBytes, layer);
  budget.spend("bytes", large?.byteLength ?? maxBytes);
  if (large === undefined) throw refused("ARTIFACT_INVALID", `a layer unpacks to more than ${maxBytes} bytes`);
  return large;
}

/** Undefined where it is more. */
async function unzipUpTo(maxOutputLength: number, layer: Buffer): Promise<Buffer | undefined> {
  try {
    return await promisify(gunzip)(layer, { maxOutputLength, chunkSize: 64 * 1024 });
  } catch (error) {
    if (getErrorCode(error) === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw refused("ARTIFACT_INVALID", "a layer is not a tar+gzip archive", { cause: error });
  }
}
