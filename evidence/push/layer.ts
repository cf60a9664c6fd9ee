import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGzip, deflateRawSync, gzipSync } from "node:zlib";
import { pack, type Pack } from "tar-stream";
import type { Digest } from "../../policies/digest.ts";
import { show } from "../../policies/show.ts";
import { digestOf } from "./digest-of.ts";
import type { ResultFile } from "./folder.ts";
import { PublishError } from "./problem.ts";
import { blockBytes, storedGzip } from "./stored-gzip.ts";

/** Bytes that are made while they are read, and what they were once they are all read. */
export interface LayerStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What was read. Throws a plain Error before the end. */
  sealed(): Layer;
}

/** One file as a layer: its place, and what a manifest and an image config say of it. */
export interface Layer {
  readonly name: string;
  readonly digest: Digest;
  /** In bytes, compressed. */
  readonly size: number;
  /** The digest of the archive before compression. https://github.com/opencontainers/image-spec/blob/main/config.md */
  readonly diffId: Digest;
}

/** As much as a block that is stored. */
const chunkBytes = blockBytes;
const sampleBytes = 64 * 1024;

/**
 * A file as a tar archive of its own, in gzip: what EvalHub's adapters publish. Its name is kept; its owner, group and mode are
 * not. `modified` stands in for the file's own time. A file that does not compress is stored as it is. Reading throws
 * PublishError for a file that changes meanwhile.
 */
export async function openLayer(file: ResultFile, modified: Date): Promise<LayerStream> {
  const level = levelFor(await sampleOf(file.path, file.size));
  const archive = createHash("sha256");
  const compressed = createHash("sha256");
  let size = 0;
  let layer: Layer | undefined;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    const tar = hashed(bytesOf(tarOf(file, modified)), archive);
    for await (const chunk of level === 0 ? storedGzip(tar) : gzipped(tar)) {
      compressed.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
    layer = { name: file.name, digest: digestOf(compressed), size, diffId: digestOf(archive) };
  }

  return {
    chunks: chunks(),
    sealed() {
      if (layer === undefined) throw new Error("the layer was not read to its end");
      return layer;
    },
  };
}

/** The same for a file that fits in memory, many of which are packed sooner this way. */
export async function packLayer(file: ResultFile, modified: Date): Promise<{ layer: Layer; bytes: Buffer }> {
  const { name, path, size } = file;
  const content = await readFile(path);
  if (content.byteLength !== size) throw asPublishError(file, new Error("the file has another size than it had"));
  const archive = pack();
  archive.entry({ name, size, mode: 0o664, mtime: modified }, content);
  archive.finalize();
  const tar = await buffer(bytesOf(archive));
  const bytes = gzipSync(tar, { level: levelFor(content.subarray(0, sampleBytes)) });
  const digest = digestOf(bytes);
  const diffId = digestOf(tar);
  return { bytes, layer: { name, digest, size: bytes.byteLength, diffId } };
}

/** tar-stream's types do not say what its streams hold. */
function bytesOf(archive: Pack): AsyncIterable<Uint8Array> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it holds bytes, and says so in its documentation
  return archive as AsyncIterable<Uint8Array>;
}

async function* gzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const packed = createGzip({ level: 1, chunkSize: chunkBytes });
  const packing = pipeline(chunks, packed);
  // What went wrong is thrown where the stream is read; whoever stops reading does not want to know.
  packing.catch(() => undefined);
  for await (const chunk of packed as AsyncIterable<Uint8Array>) yield chunk;
  await packing;
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
function tarOf(file: ResultFile, modified: Date): Pack {
  const archive = pack({ highWaterMark: chunkBytes });
  write(archive, file, modified).catch((error: unknown) => archive.destroy(asPublishError(file, error)));
  return archive;
}

async function write(archive: Pack, { name, path, size }: ResultFile, modified: Date): Promise<void> {
  const entry = archive.entry({ name, size, mode: 0o664, mtime: modified });
  let left = size;
  if (size > 0) {
    for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
      left -= chunk.byteLength;
      if (left < 0) break;
      if (!entry.write(chunk)) await once(entry, "drain");
    }
  }
  if (left !== 0) throw new Error("the file has another size than it had");
  entry.end(undefined);
  archive.finalize();
}

function asPublishError({ name }: ResultFile, cause: unknown): PublishError {
  return new PublishError(`${show(name)} cannot be read as it was found: it changed meanwhile`, { cause });
}

/** By a sample from the middle, where headers mislead least. Parquet, images and archives gain nothing and cost much. */
async function sampleOf(path: string, size: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const start = Math.max(0, Math.floor((size - sampleBytes) / 2));
    const { buffer: sample, bytesRead } = await handle.read(Buffer.alloc(sampleBytes), 0, sampleBytes, start);
    return sample.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The archive's own zeros are worth it in a small file. */
function levelFor(sample: Buffer): 0 | 1 {
  if (sample.byteLength < sampleBytes) return 1;
  return deflateRawSync(sample, { level: 1 }).byteLength < sample.byteLength * 0.9 ? 1 : 0;
}
