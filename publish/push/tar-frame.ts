import { once } from "node:events";
import { pack } from "tar-stream";
import type { ResultFile } from "./folder.ts";

/** What stands before a file's content, and behind it, in an archive that holds nothing else. */
export interface TarFrame {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
}

/** https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
const blockBytes = 512;
const endBytes = 2 * blockBytes;

/** How many zeros stand behind the content of an archive's only file. `size` is the content's, in bytes. */
export function countTailBytes(size: number): number {
  return ((blockBytes - (size % blockBytes)) % blockBytes) + endBytes;
}

/**
 * The frame of a file, whose content is then neither copied nor looked at. Its name, size and `modified` are kept; its owner,
 * group and mode are not.
 */
export async function makeTarFrame({ name, size }: ResultFile, modified: Date): Promise<TarFrame> {
  const archive = pack();
  archive.entry({ name, size, mode: 0o664, mtime: modified });
  // All of the head is there at once, and nothing follows before content is written.
  await once(archive, "readable");
  const pieces: Uint8Array[] = [];
  for (let piece: unknown = archive.read(); piece instanceof Uint8Array; piece = archive.read()) pieces.push(piece);
  archive.destroy();
  return { head: Buffer.concat(pieces), tail: Buffer.alloc(countTailBytes(size)) };
}
