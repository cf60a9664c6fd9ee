import { isUtf8 } from "node:buffer";
import { show } from "../policies/show.ts";
import { refused, type RegistryError } from "./errors.ts";
import { limits } from "./limits.ts";

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const blank = 0x20;
const quote = 0x22;
const backslash = 0x5c;

const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;
const constants: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * The words of a JSON text, from front to back. No call goes through more bytes than one string may have. Everything that is
 * not JSON in UTF-8, or is beyond a limit, is `invalid`.
 */
export class JsonText {
  readonly #bytes: Buffer;
  /** How many bytes are behind. */
  at = 0;
  /** Of the last string, whether it was written with escapes. */
  #isEscaped = false;

  constructor(bytes: Uint8Array) {
    if (!isUtf8(bytes)) throw notJson();
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether this mark comes next; then it is behind. */
  takes(mark: "{" | "}" | "[" | "]" | "," | ":"): boolean {
    this.#skipBlanks();
    if (this.#bytes[this.at] !== mark.charCodeAt(0)) return false;
    this.at += 1;
    return true;
  }

  expect(mark: "," | ":"): void {
    if (!this.takes(mark)) throw notJson();
  }

  end(): void {
    this.#skipBlanks();
    if (this.at !== this.#bytes.length) throw notJson();
  }

  /** A string, number, boolean or null. `place` says where it stands, and is asked for where that has to be told. */
  scalar(place: () => string): string | number | boolean | null {
    this.#skipBlanks();
    return this.#bytes[this.at] === quote ? this.#string() : this.#word(place);
  }

  /** A key with the colon behind it. */
  key(): string {
    this.#skipBlanks();
    if (this.#bytes[this.at] !== quote) throw notJson();
    const key = this.#string();
    if (this.#isEscaped && JSON.stringify(key).includes("\\"))
      throw refused("invalid", "its JSON has a key with a quote, a backslash or a control character");
    if (key === "__proto__") throw refused("invalid", "its JSON has a key __proto__");
    this.expect(":");
    return key;
  }

  twice(key: string): RegistryError {
    return refused("invalid", `its JSON has the key ${show(key)} twice in one object`);
  }

  #skipBlanks(): void {
    const last = this.at + limits.jsonBlanks;
    for (; this.at < last; this.at += 1) {
      const byte = this.#bytes[this.at];
      if (byte !== blank && byte !== lineFeed && byte !== carriageReturn && byte !== tab) return;
    }
    throw refused("invalid", `its JSON has more than ${limits.jsonBlanks} blanks in a row`);
  }

  #string(): string {
    const start = this.at + 1;
    const last = Math.min(start + limits.jsonStringBytes + 1, this.#bytes.length);
    let bits = 0;
    let at = start;
    this.#isEscaped = false;
    for (; at < last; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === quote) break;
      if (byte < blank) throw notJson();
      bits |= byte;
      if (byte !== backslash) continue;
      this.#isEscaped = true;
      at += 1;
    }
    if (at >= last) throw at >= this.#bytes.length ? notJson() : tooLong("string", limits.jsonStringBytes);
    this.at = at + 1;
    if (this.#isEscaped) return unescape(this.#bytes.toString("utf8", start - 1, this.at));
    return this.#bytes.toString(bits < 0x80 ? "latin1" : "utf8", start, at);
  }

  #word(place: () => string): number | boolean | null {
    const start = this.at;
    const last = start + limits.jsonNumberBytes;
    while (this.at < last && isWord(this.#bytes[this.at])) this.at += 1;
    if (isWord(this.#bytes[this.at])) throw tooLong("number", limits.jsonNumberBytes);
    const word = this.#bytes.toString("latin1", start, this.at);
    if (jsonNumber.test(word)) return Number(word);
    const constant = constants.get(word);
    if (constant === undefined) throw this.#explainWord(start, place);
    return constant;
  }

  /** Python and JavaScript programs write these where a value could not be computed. */
  #explainWord(start: number, place: () => string): RegistryError {
    const text = this.#bytes.toString("latin1", start, start + "-Infinity".length);
    const [word] = /^(?:NaN|-?Infinity)/.exec(text) ?? [];
    if (word === undefined) return notJson();
    return refused("invalid", `${word} is not a number in JSON: it stands at ${show(place())}`);
  }
}

/** Lower-case letters, digits and what else stands in a number: `true`, `-1.5E+3`. */
function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x2b && byte <= 0x39)
    ? byte !== 0x2c && byte !== 0x2f
    : byte === 0x45;
}

function unescape(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch (error) {
    throw notJson({ cause: error });
  }
}

function tooLong(what: string, limit: number): RegistryError {
  return refused("invalid", `its JSON has a ${what} of more than ${limit} bytes`);
}

function notJson(options?: ErrorOptions): RegistryError {
  return refused("invalid", "it is not JSON in UTF-8", options);
}
