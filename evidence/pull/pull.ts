import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, gunzipSync } from "node:zlib";
import { extract, type Extract } from "tar-stream";
import type { Digest } from "../../policies/digest.ts";
import { show } from "../../policies/show.ts";
import { codeOf } from "../error-code.ts";
import { EvidenceError, refused } from "../errors.ts";
import { fetchVerified } from "../fetch-verified.ts";
import { limits } from "../limits.ts";
import { parseManifest, type Descriptor, type Manifest } from "../manifest.ts";
import { inParallel } from "../push/in-parallel.ts";
import type { Source } from "../source.ts";
import { safeName } from "./safe-name.ts";
import { verifying } from "./verified.ts";

/** A folder on this machine could not be written. */
export class FolderError extends Error {
  override readonly name = "FolderError";
}

export interface PulledFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

const layersAtOnce = 8;
/** Packed or unpacked: what is read as a whole. */
const smallBytes = 1024 * 1024;
const tries = 3;
const archives: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
]);
const empty = "application/vnd.oci.empty.v1+json";

/**
 * Downloads what an artifact holds into a folder, which appears when every byte is proved, and not before. Names are attacker-
 * controlled: only regular files with names inside the folder are written, `maxBytes` of them in all. Throws EvidenceError,
 * and FolderError for a folder that holds something already or cannot be written.
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
  return await onDisk(async () => {
    const partial = join(dirname(folder), `.${basename(folder)}.pulling-${randomBytes(8).toString("hex")}`);
    await mkdir(partial, { recursive: true });
    try {
      const unpacking = createUnpacking(partial, maxBytes);
      await inParallel(manifest.layers, layersAtOnce, (layer) =>
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
    if (codeOf(error) === "ENOENT") return [];
    throw new FolderError(`${folder}: is no folder that can be written`, { cause: error });
  });
  if (found.length > 0) throw new FolderError(`${folder}: is not empty; name a folder that is new`);
}

async function onDisk<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof EvidenceError || cause instanceof FolderError || codeOf(cause) === undefined) throw cause;
    throw new FolderError(`the folder cannot be written (${codeOf(cause)})`, { cause });
  }
}

/** What was not answered is asked again, from its beginning. */
async function retrying(attempt: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      const mayPass = error instanceof EvidenceError && error.evidence.kind === "unavailable";
      if (!mayPass || error.evidence.reason === "DEADLINE_EXCEEDED" || tried === tries) throw error;
    }
  }
}

interface Unpacking {
  layer(source: Source, repository: string, layer: Descriptor, signal: AbortSignal): Promise<void>;
  /** In the order of their names. */
  files(): readonly PulledFile[];
}

function createUnpacking(root: string, maxBytes: number): Unpacking {
  /** Who wrote which file: no layer may write over another's. */
  const written = new Map<string, { readonly layer: Descriptor; readonly size: number }>();
  const folders = new Map<string, Promise<unknown>>();
  let left = maxBytes;

  function makeFolder(path: string): Promise<unknown> {
    const making = folders.get(path) ?? mkdir(path, { recursive: true });
    folders.set(path, making);
    return making;
  }

  async function writeFile(
    layer: Descriptor,
    said: string,
    chunks: AsyncIterable<Uint8Array>,
    took: (bytes: number) => void,
  ): Promise<void> {
    const name = safeName(said);
    if (name === undefined) throw refused("ARTIFACT_INVALID", `the name ${show(said)} could lead out of the folder`);
    const before = written.get(name);
    if (before !== undefined && before.layer !== layer)
      throw refused("ARTIFACT_INVALID", `it holds two files with the name ${show(name)}`);
    const path = join(root, name);
    let size = 0;
    async function* within(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        size += chunk.byteLength;
        took(chunk.byteLength);
        if (left < 0)
          throw refused("ARTIFACT_INVALID", `it unpacks to more than ${maxBytes} bytes; --max-size allows more`);
        yield chunk;
      }
    }
    written.set(name, { layer, size: 0 });
    await makeFolder(dirname(path));
    const handle = await open(path, before === undefined ? "wx" : "w");
    try {
      await handle.writeFile(within());
    } finally {
      await handle.close();
    }
    written.set(name, { layer, size });
  }

  return {
    async layer(source, repository, layer, signal) {
      if (layer.mediaType === empty) return;
      let taken = 0;
      const take = (bytes: number): void => {
        taken += bytes;
        left -= bytes;
      };
      const onFile: OnFile = (name, file) => writeFile(layer, name, file, take);
      const isArchive = archives.has(layer.mediaType);
      try {
        const body = await source.blob(repository, layer.digest, signal);
        if (isArchive && layer.size <= smallBytes) {
          const { digest, size } = layer;
          const bytes = await fetchVerified(body, { digest, size, maxBytes: smallBytes }, signal);
          if ((await unpackSmall(bytes, onFile)) === undefined) await unpackTar(Readable.from([bytes]), onFile);
          return;
        }
        const { chunks, isProved } = verifying(body, layer);
        await (isArchive ? unpackTar(chunks, onFile) : onFile(nameOf(layer), chunks));
        if (!isProved()) throw refused("ARTIFACT_INVALID", "a layer goes on behind the end of its archive");
      } catch (error) {
        left += taken;
        throw error;
      }
    },
    files: () =>
      [...written].map(([name, { size }]) => ({ name, size })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

/** A layer without a name is called by its digest. */
function nameOf({ annotations, digest }: Descriptor): string {
  return (
    annotations["olot.layer.content.name"] ??
    annotations["olot.title"] ??
    annotations["org.opencontainers.image.title"] ??
    digest.replace(":", "-")
  );
}

type OnFile = (name: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>;

async function unpackTar(packed: AsyncIterable<Uint8Array>, onFile: OnFile): Promise<void> {
  const archive = extract();
  const feeding = pipeline(packed, createGunzip({ chunkSize: 64 * 1024 }), (tar) => feed(archive, tar));
  feeding.catch((error: Error) => archive.destroy(error));
  try {
    await readEntries(archive, onFile);
    await feeding;
  } catch (error) {
    archive.destroy();
    await feeding.catch(() => undefined);
    throw asEvidence(error);
  }
}

/** The same for a small one. Undefined for one that unpacks to much: it is no small one, then. */
async function unpackSmall(bytes: Buffer, onFile: OnFile): Promise<true | undefined> {
  const tar = inflate(bytes);
  if (tar === undefined) return undefined;
  const archive = extract();
  archive.end(tar);
  try {
    await readEntries(archive, onFile);
    return true;
  } catch (error) {
    throw asEvidence(error);
  }
}

function inflate(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: smallBytes });
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw asEvidence(error);
  }
}

/** tar-stream's types do not say what its streams hold. */
function bytesOf(entry: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it holds bytes, and says so in its documentation
  return entry as AsyncIterable<Uint8Array>;
}

async function readEntries(archive: Extract, onFile: OnFile): Promise<void> {
  for await (const entry of archive) {
    const { type, name } = entry.header;
    if (type === "file") await onFile(name, bytesOf(entry));
    else if (type === "directory") entry.resume();
    else
      throw refused(
        "ARTIFACT_INVALID",
        `a layer holds a ${show(type ?? undefined)}, ${show(name)}; only files are written`,
      );
  }
}

/** Ends early where the archive's reader has gone. */
async function feed(archive: Extract, tar: AsyncIterable<Uint8Array>): Promise<void> {
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  archive.on("drain", wake).on("close", wake);
  for await (const chunk of tar) {
    if (archive.destroyed) return;
    woken = Promise.withResolvers<void>();
    if (!archive.write(chunk)) await woken.promise;
  }
  archive.end(undefined);
}

/** What zlib and the archive's reader say of bytes that are none of theirs. */
function asEvidence(error: unknown): unknown {
  if (error instanceof EvidenceError) return error;
  const code = codeOf(error);
  if (code !== undefined && !code.startsWith("Z_") && !code.startsWith("ERR_")) return error;
  return refused("ARTIFACT_INVALID", "a layer is not a tar+gzip archive", { cause: error });
}
