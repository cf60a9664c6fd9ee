import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Digest } from "../../policies/digest.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { RegistryError } from "../../registry/errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { parseManifest, type Manifest } from "../../registry/manifest.ts";
import { mapInParallel } from "../../runtime/in-parallel.ts";
import type { Source } from "../../registry/source.ts";
import { createUnpacking, type PulledFile } from "./unpacking.ts";

/** A folder on this machine could not be written. */
export class FolderError extends Error {
  override readonly name = "FolderError";
}

const layersAtOnce = 8;
const tries = 3;

/**
 * Downloads what an artifact holds into a folder, which appears when every byte is proved, and not before. Names are attacker-
 * controlled: only regular files with names inside the folder are written, `maxBytes` of them in all. Throws RegistryError,
 * and FolderError for a folder that holds something already or cannot be written.
 *
 * @example
 * ```ts
 * import type { Digest } from "./policies/digest.ts";
 * import { pullInto } from "./publish/pull/pull.ts";
 * import { createHttpSource } from "./registry/remote/http-source.ts";
 *
 * async function pull(repository: string, digest: Digest): Promise<void> {
 *   await using source = createHttpSource();
 *   const files = await pullInto(source, { repository, digest }, "results", 1024 ** 3, AbortSignal.timeout(60_000));
 *   for (const { name, size } of files) process.stdout.write(`${name} ${size}\n`);
 * }
 * ```
 */
export async function pullInto(
  source: Source,
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
  folder: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<readonly PulledFile[]> {
  await refuseOccupied(folder);
  const manifest = await readManifest(source, repository, digest, signal);
  return await onDisk(folder, async () => {
    const partial = join(dirname(folder), `.${basename(folder)}.pulling-${randomBytes(8).toString("hex")}`);
    await mkdir(partial, { recursive: true });
    try {
      const unpacking = createUnpacking(partial, maxBytes);
      await mapInParallel(manifest.layers, layersAtOnce, (layer) =>
        retrying(() => unpacking.layer(source, repository, layer, signal)),
      );
      await rename(partial, folder);
      return unpacking.files();
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  });
}

async function readManifest(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const body = await source.manifest(repository, digest, signal);
  const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  return parseManifest(bytes, body.mediaType, limits.pulledLayers);
}

async function refuseOccupied(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (getErrorCode(error) === "ENOENT") return [];
    throw new FolderError(`${folder}: is not a folder that can be written to`, { cause: error });
  });
  if (found.length > 0) throw new FolderError(`${folder}: is not empty; name a folder that is new`);
}

async function onDisk<T>(folder: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof RegistryError || cause instanceof FolderError || getErrorCode(cause) === undefined)
      throw cause;
    throw new FolderError(`${folder}: cannot be written (${getErrorCode(cause)})`, { cause });
  }
}

/** What was not answered is asked again, from its beginning. */
async function retrying(attempt: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const mayPass = error instanceof RegistryError && error.failure.kind === "unavailable";
      if (!mayPass || error.failure.reason === "out-of-time" || tried === tries) throw error;
    }
  }
}
