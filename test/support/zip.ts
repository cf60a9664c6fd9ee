import { crc32, deflateRawSync, zstdCompressSync } from "node:zlib";

/** A file for a zip archive. What is given of the directory's entry lies about it. */
export interface ZipFile {
  readonly name: string;
  readonly content: Buffer;
  readonly method?: 0 | 8 | 93;
  readonly says?: {
    readonly size?: number;
    readonly checksum?: number;
    readonly method?: number;
    readonly flags?: number;
  };
}

/** A zip archive of these files. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function zipOf(files: readonly ZipFile[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const packed = pack(file);
    const local = Buffer.concat([head(0x04034b50, file, packed.length), Buffer.from(file.name), packed]);
    directory.push(Buffer.concat([head(0x02014b50, file, packed.length, offset), Buffer.from(file.name)]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

function pack({ content, method = 93 }: ZipFile): Buffer {
  if (method === 0) return content;
  return method === 8 ? deflateRawSync(content) : zstdCompressSync(content);
}

/** In the directory, where an offset is given, and else before the file. */
function head(
  mark: number,
  { name, content, method = 93, says = {} }: ZipFile,
  packed: number,
  offset?: number,
): Buffer {
  const bytes = Buffer.alloc(offset === undefined ? 30 : 46);
  const at = offset === undefined ? 4 : 6;
  bytes.writeUInt32LE(mark, 0);
  bytes.writeUInt16LE(says.flags ?? 0, at + 2);
  bytes.writeUInt16LE(says.method ?? method, at + 4);
  bytes.writeUInt32LE(says.checksum ?? crc32(content), at + 10);
  bytes.writeUInt32LE(packed, at + 14);
  bytes.writeUInt32LE(says.size ?? content.length, at + 18);
  bytes.writeUInt16LE(Buffer.byteLength(name), at + 22);
  if (offset !== undefined) bytes.writeUInt32LE(offset, 42);
  return bytes;
}
