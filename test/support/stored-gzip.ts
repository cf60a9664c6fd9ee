import { crc32 } from "node:zlib";
import { storedHead } from "../../publish/push/stored-gzip.ts";

/** A gzip file of stored blocks with the head that `push` writes. The last of the sizes is that of all further blocks, too. */
export function storedIn(content: Buffer, sizes: readonly number[]): Buffer {
  const pieces: Buffer[] = [storedHead];
  for (let at = 0, count = 0; at < content.byteLength; count++) {
    const block = content.subarray(at, at + (sizes[count] ?? sizes.at(-1) ?? 65_535));
    at += block.byteLength;
    pieces.push(blockHead(block.byteLength, at === content.byteLength), block);
  }
  const end = Buffer.alloc(8);
  end.writeUInt32LE(crc32(content));
  end.writeUInt32LE(content.byteLength % 2 ** 32, 4);
  return Buffer.concat([...pieces, end]);
}

function blockHead(size: number, isLast: boolean): Buffer {
  const head = Buffer.from([isLast ? 1 : 0, 0, 0, 0, 0]);
  head.writeUInt16LE(size, 1);
  head.writeUInt16LE(~size & 0xffff, 3);
  return head;
}
