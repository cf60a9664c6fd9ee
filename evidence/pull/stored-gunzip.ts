import { refused } from "../errors.ts";
import { storedHead } from "../push/stored-gzip.ts";
import type { ByteReader } from "./byte-reader.ts";

/** https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4 */
const blockHeadBytes = 5;
/** https://www.rfc-editor.org/rfc/rfc1952#section-2.3.1 */
const endBytes = 8;

/** True for the beginning of what `push` stored without compressing. */
export function isStored(head: Uint8Array): boolean {
  return storedHead.equals(head);
}

/**
 * The content of a gzip file behind its head, where nothing in it is compressed: passed on as it came, without a copy and
 * without another thread. Its sum is not computed again, because the layer's digest says more. Throws ARTIFACT_INVALID for
 * what is compressed after all, is cut off or goes on.
 */
export async function* storedGunzip(bytes: ByteReader): AsyncGenerator<Uint8Array> {
  let length = 0;
  for (let isLast = false; !isLast;) {
    const head = await wanted(bytes, blockHeadBytes);
    const [kind, size] = [head.readUInt8(0), head.readUInt16LE(1)];
    if (kind > 1 || head.readUInt16LE(3) !== (~size & 0xffff)) throw unsound();
    isLast = kind === 1;
    for (let left = size; left > 0;) {
      const piece = await bytes.upTo(left);
      if (piece.byteLength === 0) throw unsound();
      length += piece.byteLength;
      left -= piece.byteLength;
      yield piece;
    }
  }
  const end = await wanted(bytes, endBytes);
  if (end.readUInt32LE(4) !== length % 2 ** 32) throw unsound();
  if ((await bytes.upTo(1)).byteLength > 0) throw unsound();
}

async function wanted(bytes: ByteReader, count: number): Promise<Buffer> {
  const found = await bytes.exactly(count);
  if (found.byteLength < count) throw unsound();
  return found;
}

function unsound(): Error {
  return refused("ARTIFACT_INVALID", "a layer is not the tar+gzip archive that its head says");
}
