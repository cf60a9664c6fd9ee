/** Bytes or text, as they arrive. */
export type Chunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

const lineBreak = 0x0a;

/**
 * The lines of UTF-8 text as they arrive, without their line breaks: no more is held than one line. Throws what `tooLong` makes
 * of the number of a line, from 1, that takes more than `maxBytes`; the rest of it is not read.
 */
export async function* splitLines(
  chunks: Chunks,
  maxBytes: number,
  tooLong: (at: number) => Error,
): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let at = 1;
  const keep = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > maxBytes) throw tooLong(at);
    parts.push(part);
  };
  for await (const chunk of chunks) {
    let rest = Buffer.from(chunk);
    for (let end = rest.indexOf(lineBreak); end >= 0; end = rest.indexOf(lineBreak)) {
      keep(rest.subarray(0, end));
      yield Buffer.concat(parts).toString("utf8");
      [parts, bytes, at, rest] = [[], 0, at + 1, rest.subarray(end + 1)];
    }
    keep(rest);
  }
  if (bytes > 0) yield Buffer.concat(parts).toString("utf8");
}
