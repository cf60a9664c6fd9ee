import type { FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";

/** What one stored block holds at most. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
const blockBytes = 65_535;
const blockHeadBytes = 5;
/** In one piece, so that reading and sending are few. */
const blocksAtOnce = 16;

/**
 * How such a file begins: as gzip, with a field of ours that says that nothing in it is compressed, for those who unpack it.
 * Others pass over the field. https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1.1
 */
export const storedHead = Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 4, 0, 0x41, 0x47, 0, 0]);

/**
 * A gzip file of something that is not compressed, which every gunzip reads: `head`, the first `size` bytes of a file, and
 * `tail`. zlib would write much the same, and copy everything twice on the way. Tells `onContent` of what goes in, piece by piece.
 *
 * A piece is good until the next one is asked for: the same memory is filled again. Throws where the file is shorter.
 */
export async function* streamStoredGzip(
  head: Uint8Array,
  file: Pick<FileHandle, "readv">,
  size: number,
  tail: Uint8Array,
  onContent: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let sum = 0;
  let length = 0;
  const take = (bytes: Uint8Array): void => {
    sum = crc32(bytes, sum);
    length += bytes.byteLength;
    onContent(bytes);
  };
  take(head);
  yield Buffer.concat([storedHead, blockHead(head.byteLength), head]);
  for await (const { piece, used } of framedContent(file, size)) yield seal(piece, used, take);
  take(tail);
  const end = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  end.writeUInt32LE(sum, 5);
  end.writeUInt32LE(length % 2 ** 32, 9);
  yield Buffer.concat([blockHead(tail.byteLength), tail, end]);
}

/** Room for some blocks: content is read to where it is sent from. */
interface Piece {
  readonly bytes: Buffer;
  /** The parts of `bytes` that hold content. */
  readonly slots: readonly Buffer[];
}

function createPiece(): Piece {
  const stride = blockHeadBytes + blockBytes;
  const bytes = Buffer.alloc(blocksAtOnce * stride);
  const starts = Array.from({ length: blocksAtOnce }, (_, at) => at * stride + blockHeadBytes);
  return { bytes, slots: starts.map((start) => bytes.subarray(start, start + blockBytes)) };
}

/** Reads one piece ahead. `used` is how many bytes of content are in a piece. */
async function* framedContent(
  file: Pick<FileHandle, "readv">,
  size: number,
): AsyncGenerator<{ readonly piece: Piece; readonly used: number }> {
  if (size === 0) return;
  let [piece, other] = [createPiece(), createPiece()];
  let reading = readInto(piece, file, 0, size);
  try {
    for (let at = 0; at < size;) {
      const used = await reading;
      if (used === 0) throw new Error("the file is shorter than it was");
      at += used;
      if (at < size) reading = readInto(other, file, at, size - at);
      yield { piece, used };
      [piece, other] = [other, piece];
    }
  } finally {
    // Whoever stops early closes the file, which nothing may read then.
    await reading.catch(() => undefined);
  }
}

function readInto({ slots }: Piece, file: Pick<FileHandle, "readv">, position: number, most: number): Promise<number> {
  const wanted = slots
    .slice(0, Math.ceil(most / blockBytes))
    .map((slot, at) => slot.subarray(0, Math.min(blockBytes, most - at * blockBytes)));
  const reading = file.readv(wanted, position).then(({ bytesRead }) => bytesRead);
  // It may fail while nobody waits for it yet.
  reading.catch(() => undefined);
  return reading;
}

/** Puts a head before each block. */
function seal({ bytes, slots }: Piece, used: number, take: (bytes: Uint8Array) => void): Uint8Array {
  let left = used;
  for (const slot of slots) {
    if (left === 0) break;
    const content = slot.subarray(0, Math.min(left, blockBytes));
    take(content);
    bytes.set(blockHead(content.byteLength), slot.byteOffset - bytes.byteOffset - blockHeadBytes);
    left -= content.byteLength;
  }
  return bytes.subarray(0, used + Math.ceil(used / blockBytes) * blockHeadBytes);
}

function blockHead(contentBytes: number): Buffer {
  const head = Buffer.alloc(blockHeadBytes);
  head.writeUInt16LE(contentBytes, 1);
  head.writeUInt16LE(~contentBytes & 0xffff, 3);
  return head;
}
