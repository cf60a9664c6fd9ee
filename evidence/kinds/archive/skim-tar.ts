import { limits } from "../../../registry/limits.ts";
import { refused } from "../../errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { maySkim, type SkimOptions } from "./skim-file.ts";
import { JsonSkimmer } from "./skim-json.ts";
import { checkExtension, extensionBytes, rejectTar, tarBlockBytes, TarHeads, type TarHead } from "./tar.ts";

const maxTailBytes = 64 * 1024;

/**
 * The regular files in a tar archive that comes in pieces, each without its unread parts: what is held is what is left of them,
 * `limits.layerBytes` at most in all. Throws as {@link import("./tar.ts").listFiles}, and ARTIFACT_INVALID where more is left, or
 * where there is more than the budget has for skimming.
 */
export async function stripFiles(pieces: AsyncIterable<Buffer>, skimming: SkimOptions): Promise<Buffer[]> {
  await using reader = new ByteReader(counted(pieces, skimming));
  const heads = new TarHeads(skimming.budget);
  const files: Buffer[] = [];
  let left: number = limits.layerBytes;
  for (;;) {
    const block = await reader.take(tarBlockBytes);
    const head = block.length === 0 ? undefined : heads.read(block);
    if (head === undefined) {
      await refuseTail(reader);
      return files;
    }
    if (head.kind === "extension") checkExtension(await takeAll(reader, head, extensionBytes));
    else if (head.kind === "folder") await takeAll(reader, head, extensionBytes);
    else {
      const file = await skimOne(reader, head, skimming, left);
      skimming.budget.spend("bytes", file.length);
      left -= file.length;
      files.push(file);
    }
    await reader.take(head.padding);
  }
}

/** Behind its end an archive has blanks to fill its last record: 10,240 bytes, where nobody chose another size. */
async function refuseTail(reader: ByteReader): Promise<void> {
  if ((await reader.take(maxTailBytes + 1)).length > maxTailBytes)
    throw refused("ARTIFACT_INVALID", `a layer holds more than ${maxTailBytes} bytes behind the end of its archive`);
}

/** Each piece is counted before it is looked at, and followed by a pause. */
async function* counted(
  pieces: AsyncIterable<Buffer>,
  { budget, pause }: SkimOptions,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const piece of pieces) {
    budget.spend("skimmed", piece.length);
    yield piece;
    await pause();
  }
}

async function skimOne(
  reader: ByteReader,
  { size }: TarHead,
  { parts }: SkimOptions,
  maxBytes: number,
): Promise<Buffer> {
  let seen = 0;
  let kept: GrowingBuffer | undefined;
  let skimmer: JsonSkimmer | undefined;
  for await (const piece of reader.readPieces(size)) {
    if (seen === 0 && maySkim(piece)) skimmer = new JsonSkimmer(parts, maxBytes);
    else if (seen === 0) kept = new GrowingBuffer(maxBytes);
    seen += piece.length;
    skimmer?.write(piece);
    kept?.add(piece);
  }
  if (seen < size) throw rejectTar();
  return skimmer?.end() ?? kept?.toBuffer() ?? Buffer.alloc(0);
}

async function takeAll(reader: ByteReader, { size }: TarHead, maxBytes: number): Promise<Buffer> {
  if (size > maxBytes) throw refused("ARTIFACT_INVALID", `a layer holds an extension of more than ${maxBytes} bytes`);
  const taken = await reader.take(size);
  if (taken.length < size) throw rejectTar();
  return taken;
}
