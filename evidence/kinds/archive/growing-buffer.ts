import { refused } from "../../errors.ts";

const firstBytes = 64 * 1024;

/** Copies of bytes, one behind the other, in memory of their own: no more than twice what they have. */
export class GrowingBuffer {
  readonly #maxBytes: number;
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Throws ARTIFACT_INVALID where it would be more than `maxBytes`. */
  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#maxBytes)
      throw refused("ARTIFACT_INVALID", `a layer unpacks to more than ${this.#maxBytes} bytes`);
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(firstBytes, length, Math.min(this.#maxBytes, 2 * this.#bytes.length)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /** All of them: a part of this memory. */
  toBuffer(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
