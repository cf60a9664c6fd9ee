/** Bytes that come in chunks, taken in other portions. Lets go of their source when it is disposed of. */
export interface ByteReader extends AsyncDisposable {
  /** A copy of the next `count` bytes; fewer at the end. */
  exactly(count: number): Promise<Buffer>;
  /** At most `count` of the next bytes, at least one; none at the end. */
  upTo(count: number): Promise<Uint8Array>;
  /** Everything that is left, after these. */
  rest(first: Uint8Array): AsyncGenerator<Uint8Array>;
}

export function createByteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = Buffer.alloc(0);

  async function upTo(count: number): Promise<Uint8Array> {
    while (chunk.byteLength === 0) {
      const next = await source.next();
      if (next.done === true) return chunk;
      chunk = next.value;
    }
    const taken = chunk.subarray(0, count);
    chunk = chunk.subarray(count);
    return taken;
  }

  return {
    upTo,
    async exactly(count) {
      const pieces: Uint8Array[] = [];
      for (let left = count; left > 0;) {
        const piece = await upTo(left);
        if (piece.byteLength === 0) break;
        pieces.push(piece);
        left -= piece.byteLength;
      }
      return Buffer.concat(pieces);
    },
    async *rest(first) {
      yield first;
      for (let piece = await upTo(Infinity); piece.byteLength > 0; piece = await upTo(Infinity)) yield piece;
    },
    async [Symbol.asyncDispose]() {
      await source.return?.();
    },
  };
}
