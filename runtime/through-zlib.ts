import type { Transform } from "node:stream";
import type { Gunzip, Gzip } from "node:zlib";

/** Each piece goes to another thread and back, which costs more than the work where pieces are small. */
export const pieceBytes = 256 * 1024;

/**
 * What a zlib stream makes of some chunks. They are copied into two pieces of memory in turn, one of which is filled while the
 * other is worked on, so that a chunk is needed no longer than until the next one is asked for. Rejects with zlib's errors and
 * those of the chunks.
 */
export async function* pipeThroughZlib(
  zlib: Gzip | Gunzip,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const feeding = feed(zlib, chunks);
  feeding.catch((error: Error) => zlib.destroy(error));
  // Leaving the loop early destroys the stream, and that ends the feeding.
  for await (const chunk of zlib as AsyncIterable<Uint8Array>) yield chunk;
  // zlib takes no notice of what comes behind the end of a file, and says nothing of it.
  if (!zlib.writableEnded) throw new Error("it goes on after its end");
  await feeding;
}

async function feed(zlib: Transform, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let [filling, working] = [createPiece(), createPiece()];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      // Before the first byte goes in, what was in there must be done with.
      if (filling.used === 0) await filling.done;
      const part = chunk.subarray(at, at + pieceBytes - filling.used);
      filling.bytes.set(part, filling.used);
      filling.used += part.byteLength;
      at += part.byteLength;
      if (filling.used < pieceBytes) continue;
      hand(zlib, filling);
      [filling, working] = [working, filling];
    }
  }
  if (filling.used > 0) hand(zlib, filling);
  await Promise.all([filling.done, working.done]);
  zlib.end();
}

interface Piece {
  readonly bytes: Buffer;
  used: number;
  /** When zlib has taken what was last in it. */
  done: Promise<void>;
}

function createPiece(): Piece {
  return { bytes: Buffer.allocUnsafeSlow(pieceBytes), used: 0, done: Promise.resolve() };
}

function hand(zlib: Transform, piece: Piece): void {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // It may fail while nobody waits for it yet.
  promise.catch(() => undefined);
  zlib.write(piece.bytes.subarray(0, piece.used), (error) => (error ? reject(error) : resolve()));
  piece.done = promise;
  piece.used = 0;
}
