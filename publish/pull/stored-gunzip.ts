import { refused } from "../../registry/errors.ts";
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

/** What a gzip file holds in which nothing is compressed. */
export interface StoredMember {
  readonly firstBlock: Uint8Array;
  /** The content of the others, in the chunks that it comes in. Each is good until the next one is asked for. */
  readonly rest: AsyncIterable<Uint8Array>;
}

/**
 * Reads such a file behind its head, without a copy and without another thread. Its sum is not computed again, because the
 * layer's digest says more. Throws `invalid` for what is compressed after all, is cut off or goes on.
 */
export async function readStoredGzip(bytes: ByteReader): Promise<StoredMember> {
  const head = await bytes.exactly(blockHeadBytes);
  if (head.byteLength < blockHeadBytes) throw toUnsoundError();
  const { size, isLast } = parseBlockHead(head, 0);
  const firstBlock = await bytes.exactly(size);
  if (isLast || firstBlock.byteLength < size) throw toUnsoundError();
  return { firstBlock, rest: closeUp(bytes.rest(), size) };
}

/** Takes the heads of blocks out of the chunks, and moves what stands behind them up, where it is. */
async function* closeUp(chunks: AsyncIterable<Uint8Array>, bytesBefore: number): AsyncGenerator<Uint8Array> {
  let total = bytesBefore;
  /** Of the block that is being read. */
  let [left, isLast] = [0, false];
  /** Less than a head, or what stands behind the last block. */
  let carried = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = carried.byteLength > 0 ? Buffer.concat([carried, chunk]) : asBuffer(chunk);
    let [content, at] = [0, 0];
    for (;;) {
      const part = Math.min(left, bytes.byteLength - at);
      bytes.copyWithin(content, at, at + part);
      content += part;
      at += part;
      left -= part;
      if (left > 0 || isLast || bytes.byteLength - at < blockHeadBytes) break;
      ({ size: left, isLast } = parseBlockHead(bytes, at));
      at += blockHeadBytes;
    }
    carried = Buffer.from(bytes.subarray(at));
    if (carried.byteLength > endBytes) throw toUnsoundError();
    total += content;
    if (content > 0) yield bytes.subarray(0, content);
  }
  if (left > 0 || !isLast || carried.byteLength < endBytes || carried.readUInt32LE(4) !== total % 2 ** 32)
    throw toUnsoundError();
}

function parseBlockHead(bytes: Buffer, at: number): { readonly size: number; readonly isLast: boolean } {
  const [kind, size] = [bytes.readUInt8(at), bytes.readUInt16LE(at + 1)];
  if (kind > 1 || bytes.readUInt16LE(at + 3) !== (~size & 0xffff)) throw toUnsoundError();
  return { size, isLast: kind === 1 };
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Says of a layer that it has the mark of what `push` stored, and is something else. */
export function toUnsoundError(options?: ErrorOptions): Error {
  return refused("invalid", "a layer is not the tar+gzip archive that its head says", options);
}
