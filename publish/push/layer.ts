import { createHash, type Hash } from "node:crypto";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { createGzip, deflateRawSync, gzipSync } from "node:zlib";
import type { Layer, LayerStream } from "../../registry/layer.ts";
import { show } from "../../policies/show.ts";
import { pieceBytes, pipeThroughZlib } from "../../runtime/through-zlib.ts";
import { toDigest } from "./digest-of.ts";
import type { ResultFile } from "./folder.ts";
import { PublishError } from "../../registry/publish-error.ts";
import { streamStoredGzip } from "./stored-gzip.ts";
import { makeTarFrame, type TarFrame } from "./tar-frame.ts";

const sampleBytes = 64 * 1024;
/** Compressing more than this takes longer than sending it, on most networks. */
export const largeBytes = 64 * 1024 * 1024;

/**
 * A file as a tar archive of its own, in gzip: what EvalHub's adapters publish. `modified` stands in for the file's own time. A
 * file that does not compress is stored as it is, and so is a large one unless `compressLarge`. Reading throws PublishError
 * for a file that changes meanwhile.
 */
export async function openLayer(file: ResultFile, modified: Date, compressLarge: boolean): Promise<LayerStream> {
  const frame = await makeTarFrame(file, modified);
  const archive = createHash("sha256");
  const compressed = createHash("sha256");
  let size = 0;
  let layer: Layer | undefined;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of packed(file, frame, archive, compressLarge)) {
      compressed.update(chunk);
      size += chunk.byteLength;
      yield chunk;
    }
    layer = { name: file.name, digest: toDigest(compressed), size, diffId: toDigest(archive) };
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
  const [{ head, tail }, content] = await Promise.all([makeTarFrame(file, modified), readFile(path)]);
  if (content.byteLength !== size) throw changed(file);
  const tar = Buffer.concat([head, content, tail]);
  // The memory that the result lies in is as small as it can be: many of them wait to be sent.
  const chunkSize = Math.min(sampleBytes, tar.byteLength);
  const bytes = gzipSync(tar, { level: chooseLevel(content.subarray(0, sampleBytes)), chunkSize });
  const digest = toDigest(bytes);
  const diffId = toDigest(tar);
  return { bytes, layer: { name, digest, size: bytes.byteLength, diffId } };
}

async function* packed(
  file: ResultFile,
  { head, tail }: TarFrame,
  archive: Hash,
  compressLarge: boolean,
): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path);
  try {
    const isLarge = file.size > largeBytes && !compressLarge;
    const isStored = isLarge || chooseLevel(await readSample(handle, file.size)) === 0;
    const onContent = (bytes: Uint8Array): void => void archive.update(bytes);
    yield* isStored
      ? streamStoredGzip(head, handle, file.size, tail, onContent)
      : pipeThroughZlib(
          createGzip({ level: 1, chunkSize: pieceBytes }),
          packTar(head, handle, file.size, tail, onContent),
        );
    if ((await handle.stat()).size !== file.size) throw changed(file);
  } catch (cause) {
    throw cause instanceof PublishError ? cause : changed(file, cause);
  } finally {
    await handle.close();
  }
}

async function* packTar(
  head: Uint8Array,
  file: FileHandle,
  size: number,
  tail: Uint8Array,
  onContent: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  onContent(head);
  yield head;
  for (let at = 0; at < size;) {
    const { bytesRead } = await file.read(piece, 0, Math.min(pieceBytes, size - at), at);
    if (bytesRead === 0) throw new Error("the file is shorter than it was");
    at += bytesRead;
    const content = piece.subarray(0, bytesRead);
    onContent(content);
    yield content;
  }
  onContent(tail);
  yield tail;
}

function changed({ name }: ResultFile, cause?: unknown): PublishError {
  return new PublishError(`${show(name)} cannot be read as it was found: it changed meanwhile`, { cause });
}

/** By a sample from the middle, where headers mislead least. Parquet, images and archives gain nothing and cost much. */
async function readSample(file: FileHandle, size: number): Promise<Buffer> {
  const start = Math.max(0, Math.floor((size - sampleBytes) / 2));
  const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, start);
  return buffer.subarray(0, bytesRead);
}

/** The archive's own zeros are worth it in a small file. */
function chooseLevel(sample: Buffer): 0 | 1 {
  if (sample.byteLength < sampleBytes) return 1;
  return deflateRawSync(sample, { level: 1 }).byteLength < sample.byteLength * 0.9 ? 1 : 0;
}
