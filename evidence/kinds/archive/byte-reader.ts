/** Bytes that come in pieces, taken as they are needed: what is held is one piece, and what was asked for. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** So many bytes; fewer at the end. Rejects as the pieces do. */
  async take(count: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    for await (const piece of this.readPieces(count)) taken.push(piece);
    return Buffer.concat(taken);
  }

  /** The same, piece by piece. */
  async *readPieces(count: number): AsyncGenerator<Buffer, void> {
    for (let wanted = count; wanted > 0;) {
      if (this.#left.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) return;
        this.#left = next.value;
      }
      const piece = this.#left.subarray(0, wanted);
      this.#left = this.#left.subarray(piece.length);
      wanted -= piece.length;
      yield piece;
    }
  }

  /** Ends what the pieces come from. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return?.();
  }
}
