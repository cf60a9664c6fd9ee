/** One entry of a tar archive; `type` is the ustar flag: 0 file, 1 hard link, 2 symlink, 3 device, 5 folder. */
export interface TarEntry {
  readonly name: string;
  readonly content: Buffer;
  readonly type?: "0" | "1" | "2" | "3" | "5";
  readonly linkName?: string;
}

/** A ustar archive, also of entries that no honest archiver would write. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap((entry) => [headerOf(entry), padded(entry.content)]), Buffer.alloc(1024)]);
}

function headerOf({ name, content, type = "0", linkName = "" }: TarEntry): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000664\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${content.byteLength.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(linkName, 157, 100);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.byteLength % 512)) % 512)]);
}
