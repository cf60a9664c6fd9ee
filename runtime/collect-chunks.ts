/**
 * The chunks as one, or undefined as soon as they are more than `maxBytes`: then the rest is not read. No more than the
 * limit and one chunk is ever held. Rejects with what the chunks reject with.
 */
export async function collectChunks(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer | undefined> {
  const collected: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined;
    collected.push(chunk);
  }
  return Buffer.concat(collected, bytes);
}
