import { EvidenceError } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import { GrowingBuffer } from "./growing-buffer.ts";

/**
 * A list or an object in JSON that nobody reads: the keys that lead to it from the top, `*` for any key and any element of a
 * list, and the bracket that it begins with.
 */
export interface UnreadValue {
  readonly path: readonly string[];
  readonly opens: "[" | "{";
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const nothing = Buffer.from("null");
/** Longer keys lead to nothing that is left out. */
const maxKeyLength = 32;

/**
 * Leaves parts out of a JSON text that comes in pieces, with `null` in their place: what is held of a long file is only what is
 * read of it. Parts are found by strings and brackets, which is exact in every JSON text; what is in them is not looked at any
 * further, and what is left is for a strict reader. A key that is written with escapes leads nowhere.
 *
 * A byte is a step. Throws a {@link SkimError} for brackets that do not match, or are nested too deep, and ARTIFACT_INVALID where
 * more than `maxBytes` is left.
 */
export class JsonSkimmer {
  readonly #parts: readonly UnreadValue[];
  readonly #kept: GrowingBuffer;
  /** What closes each open bracket, and the last key in it, from depth 1. */
  readonly #closers = new Uint8Array(limits.jsonDepth + 1);
  readonly #keys: string[] = [];
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  /** The next string is a key. */
  #expectsKey = false;
  /** A key as far as it was read; undefined in every other string. */
  #key: string | undefined;
  /** The depth around the part that is being left out. */
  #leftOutAt: number | undefined;

  constructor(parts: readonly UnreadValue[], maxBytes: number) {
    this.#parts = parts;
    this.#kept = new GrowingBuffer(maxBytes);
  }

  /** The next piece, of which nothing is held but copies of what is kept. */
  write(piece: Buffer): void {
    let from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at];
      if (this.#isString) this.#readString(byte ?? 0);
      else if (byte === quote) this.#openString();
      else if (byte === comma) this.#expectsKey = this.#closers[this.#depth] === closeBrace;
      else if (byte === openBrace || byte === openBracket) {
        if (this.#leftOutAt === undefined && this.#isUnread(byte)) {
          this.#kept.add(piece.subarray(from, at));
          this.#kept.add(nothing);
          this.#leftOutAt = this.#depth;
        }
        this.#open(byte);
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#close(byte);
        if (this.#depth !== this.#leftOutAt) continue;
        this.#leftOutAt = undefined;
        from = at + 1;
      }
    }
    if (this.#leftOutAt === undefined) this.#kept.add(piece.subarray(from));
  }

  /** The text without its unread parts. */
  end(): Buffer {
    if (this.#leftOutAt !== undefined) throw new SkimError("it is not JSON in UTF-8: its brackets do not match");
    return this.#kept.toBuffer();
  }

  #readString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) [this.#isEscaped, this.#key] = [true, undefined];
    else if (byte === quote) this.#closeString();
    else if (this.#key !== undefined)
      this.#key = this.#key.length < maxKeyLength ? this.#key + String.fromCharCode(byte) : undefined;
  }

  #openString(): void {
    this.#isString = true;
    if (!this.#expectsKey) return;
    this.#keys[this.#depth] = "";
    this.#key = this.#leftOutAt === undefined ? "" : undefined;
  }

  #closeString(): void {
    this.#isString = false;
    if (this.#expectsKey) this.#keys[this.#depth] = this.#key ?? "";
    [this.#expectsKey, this.#key] = [false, undefined];
  }

  #open(byte: number): void {
    if (this.#depth === limits.jsonDepth) throw new SkimError(`its JSON is nested deeper than ${limits.jsonDepth}`);
    this.#depth += 1;
    this.#closers[this.#depth] = byte === openBrace ? closeBrace : closeBracket;
    this.#keys[this.#depth] = "";
    this.#expectsKey = byte === openBrace;
  }

  #close(byte: number): void {
    if (this.#depth === 0 || this.#closers[this.#depth] !== byte)
      throw new SkimError("it is not JSON in UTF-8: its brackets do not match");
    this.#depth -= 1;
    this.#expectsKey = false;
  }

  #isUnread(byte: number): boolean {
    return this.#parts.some(
      ({ path, opens }) =>
        path.length === this.#depth &&
        opens.charCodeAt(0) === byte &&
        path.every((key, at) => key === "*" || this.#findName(at + 1) === key),
    );
  }

  /** What the value that begins at this depth is called; undefined in a list. */
  #findName(depth: number): string | undefined {
    return this.#closers[depth] === closeBrace ? this.#keys[depth] : undefined;
  }
}

/** The text is not JSON: nothing can be left out of it. */
export class SkimError extends EvidenceError {
  constructor(message: string) {
    super({ kind: "refused", reason: "ARTIFACT_INVALID", message });
  }
}
