import { extract, type Header } from "tar-stream";
import { countTailBytes } from "../push/tar-frame.ts";
import type { ByteReader } from "./byte-reader.ts";
import { readStoredGzip, toUnsoundError } from "./stored-gunzip.ts";
import type { OnFile } from "./on-file.ts";

/**
 * Passes on the one file that `push` stored without compressing: the first block is the archive's head, its content follows as it
 * comes, and zeros. Throws `invalid` for anything else, and what `onFile` throws.
 */
export async function unpackStored(bytes: ByteReader, onFile: OnFile): Promise<void> {
  const { firstBlock, rest } = await readStoredGzip(bytes);
  const { name, size, type } = await parseTarHead(firstBlock);
  if (type !== "file" || size === undefined) throw toUnsoundError();
  await onFile(name, readContent(rest, size));
}

/** tar-stream knows all kinds of heads, long names and large sizes too. */
async function parseTarHead(head: Uint8Array): Promise<Header> {
  const archive = extract();
  archive.end(head);
  try {
    for await (const { header } of archive) return header;
  } catch (cause) {
    throw toUnsoundError({ cause });
  }
  throw toUnsoundError();
}

/** What stands before the archive's end, which is compared with what it must be. */
async function* readContent(archive: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let content = size;
  let tail = countTailBytes(size);
  for await (const chunk of archive) {
    const piece = chunk.subarray(0, content);
    content -= piece.byteLength;
    const rest = chunk.subarray(piece.byteLength);
    tail -= rest.byteLength;
    if (tail < 0 || rest.some((byte) => byte !== 0)) throw toUnsoundError();
    if (piece.byteLength > 0) yield piece;
  }
  if (content > 0 || tail > 0) throw toUnsoundError();
}
