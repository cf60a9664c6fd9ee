import { writeSync, writevSync } from "node:fs";

/** As much as is still in the processor's cache from when it was hashed. */
const heldBytes = 256 * 1024;

/**
 * Writes chunks to an open file, some at a time, on this thread: another one would fetch them from memory again, which takes
 * longer than it takes to write them. Rejects with what the file system says.
 */
export async function writeTo(fd: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    bytes += chunk.byteLength;
    if (bytes < heldBytes) continue;
    writeAll(fd, held, bytes);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) writeAll(fd, held, bytes);
}

function writeAll(fd: number, pieces: readonly Uint8Array[], bytes: number): void {
  const written = writevSync(fd, pieces);
  if (written === bytes) return;
  const rest = Buffer.concat(pieces).subarray(written);
  for (let at = 0; at < rest.byteLength;) at += writeSync(fd, rest, at);
}
