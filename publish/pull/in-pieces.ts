/**
 * The same bytes in pieces of `pieceBytes`, the last of which may be shorter. Each is good until the next one is asked for: they
 * come in the same memory, one after the other.
 *
 * The memory of a chunk, which must be its reader's own, is given back as soon as it is copied. The collector would do that some
 * hundred chunks later, and until then every chunk would come to memory that the processor does not have in its cache.
 */
export async function* splitIntoPieces(
  chunks: AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  let used = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const part = chunk.subarray(at, at + pieceBytes - used);
      piece.set(part, used);
      used += part.byteLength;
      at += part.byteLength;
      if (used < pieceBytes) continue;
      yield piece;
      used = 0;
    }
    release(chunk);
  }
  if (used > 0) yield piece.subarray(0, used);
}

/** What is only a part of some memory is left alone. */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}
