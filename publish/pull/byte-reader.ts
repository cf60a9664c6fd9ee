/** Bytes that come in chunks, the first of which are taken in other portions. Lets go of their source when it is disposed of. */
export interface ByteReader extends AsyncDisposable {
  /** A copy of the next `count` bytes; fewer at the end. */
  exactly(count: number): Promise<Buffer>;
  /** Everything that is left, in the chunks that it comes in. */
  rest(): AsyncIterable<Uint8Array>;
}

/** Reads chunks by exact numbers of bytes. */
export function createByteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let chunk: Uint8Array = Buffer.alloc(0);

  async function next(): Promise<IteratorResult<Uint8Array, unknown>> {
    if (chunk.byteLength === 0) return source.next();
    const value = chunk;
    chunk = Buffer.alloc(0);
    return { value };
  }

  return {
    async exactly(count) {
      const taken = Buffer.alloc(count);
      for (let at = 0; at < count;) {
        const got = await next();
        if (got.done === true) return taken.subarray(0, at);
        const part = got.value.subarray(0, count - at);
        taken.set(part, at);
        at += part.byteLength;
        chunk = got.value.subarray(part.byteLength);
      }
      return taken;
    },
    rest: () => ({ [Symbol.asyncIterator]: () => ({ next }) }),
    async [Symbol.asyncDispose]() {
      await source.return?.();
    },
  };
}
