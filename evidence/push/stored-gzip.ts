import { crc32 } from "node:zlib";

/** What one stored block holds at most. https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
export const blockBytes = 65_535;

/**
 * A gzip file of bytes that are not compressed, which every gunzip reads. zlib would write the same, and copy everything twice
 * on the way. https://www.rfc-editor.org/rfc/rfc1952
 */
export async function* storedGzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sum = 0;
  let length = 0;
  yield Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    length += chunk.byteLength;
    for (let at = 0; at < chunk.byteLength; at += blockBytes) yield block(chunk.subarray(at, at + blockBytes));
  }
  const end = Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  end.writeUInt32LE(sum, 5);
  end.writeUInt32LE(length % 2 ** 32, 9);
  yield end;
}

function block(content: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(5 + content.byteLength);
  bytes.writeUInt8(0, 0);
  bytes.writeUInt16LE(content.byteLength, 1);
  bytes.writeUInt16LE(~content.byteLength & 0xffff, 3);
  bytes.set(content, 5);
  return bytes;
}
