import { promisify } from "node:util";
import { constants, crc32, inflateRaw, zstdDecompress } from "node:zlib";
import { show } from "../../../policies/show.ts";
import { refused, type EvidenceError } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import type { ContentBudget } from "../../content-budget.ts";

/** One file in a zip archive, still packed. */
export interface ZipEntry {
  /** Unpacked, as the archive's directory says it. */
  readonly size: number;
  /** Its bytes, within `limits.layerBytes` and the budget. Throws ARTIFACT_INVALID where they are not what the directory says. */
  unpack(): Promise<Buffer>;
}

const marks = { entry: 0x02014b50, local: 0x04034b50, end: 0x06054b50 } as const;
const endBytes = 22;
const entryBytes = 46;
const localBytes = 30;
const maxCommentBytes = 0xffff;
/** More than 4 GiB, or 65,535 files, is written in another way, and is far over the limits. */
const elsewhere: ReadonlySet<number> = new Set([0xffff, 0xffff_ffff]);
/** As far back as the content may refer: no more than twice what a file may have. */
const zstdWindowLog = 23;

/** Whether the bytes begin as a zip archive does. */
export function isZip(bytes: Buffer): boolean {
  return bytes.length >= localBytes && bytes.readUInt32LE(0) === marks.local;
}

/**
 * The files in a zip archive by their names, as its directory lists them: each is a part of the archive's own memory until it is
 * unpacked. Throws ARTIFACT_INVALID for everything that readers may understand in two ways; a name that stands there twice is one
 * only for those who read it, for tools add a file anew under its old name. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function listZipEntries(
  zip: Buffer,
  budget: ContentBudget,
  takePlace: () => Promise<void>,
): ReadonlyMap<string, ZipEntry> {
  const { at: start, end, count } = findDirectory(zip);
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let listed = 0; listed < count; listed += 1) {
    budget.spend("lines", 1);
    const head = readHead(zip, at);
    at = head.next;
    const isTwice = entries.has(head.name);
    entries.set(head.name, {
      size: head.size,
      async unpack() {
        if (isTwice) throw invalid(`it holds ${show(head.name)} twice`);
        return unpackEntry(zip.subarray(0, start), head, budget, takePlace);
      },
    });
  }
  if (at !== end) throw invalid("its directory is malformed");
  return entries;
}

interface Head {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
  /** Where the next one begins. */
  readonly next: number;
}

/** The end of the archive says where its directory begins, which ends where that stands. It is the last thing in the file, but for a comment. */
function findDirectory(zip: Buffer): { readonly at: number; readonly end: number; readonly count: number } {
  const first = Math.max(0, zip.length - endBytes - maxCommentBytes);
  for (let at = zip.length - endBytes; at >= first; at -= 1) {
    if (zip.readUInt32LE(at) !== marks.end) continue;
    if (at + endBytes + zip.readUInt16LE(at + 20) !== zip.length) continue;
    const [count, offset] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 16)];
    if (elsewhere.has(count) || elsewhere.has(offset)) throw invalid("it is one of more than 4 GiB or 65,535 files");
    if (offset + zip.readUInt32LE(at + 12) !== at) break;
    return { at: offset, end: at, count };
  }
  throw invalid("its directory is not there");
}

function readHead(zip: Buffer, at: number): Head {
  if (at + entryBytes > zip.length || zip.readUInt32LE(at) !== marks.entry) throw invalid("its directory is malformed");
  const nameLength = zip.readUInt16LE(at + 28);
  const behind = zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  if (nameLength > limits.nameCharacters) throw invalid(`a name in it has more than ${limits.nameCharacters} bytes`);
  return {
    name: zip.toString("utf8", at + entryBytes, at + entryBytes + nameLength),
    flags: zip.readUInt16LE(at + 8),
    method: zip.readUInt16LE(at + 10),
    checksum: zip.readUInt32LE(at + 16),
    packed: zip.readUInt32LE(at + 20),
    size: zip.readUInt32LE(at + 24),
    offset: zip.readUInt32LE(at + 42),
    next: at + entryBytes + nameLength + behind,
  };
}

async function unpackEntry(
  files: Buffer,
  { name, flags, method, checksum, packed, size, offset }: Head,
  budget: ContentBudget,
  takePlace: () => Promise<void>,
): Promise<Buffer> {
  const maxBytes = Math.min(budget.left("bytes"), limits.layerBytes);
  if (size > maxBytes) throw refused("ARTIFACT_INVALID", `${show(name)} unpacks to more than ${maxBytes} bytes`);
  if ((flags & 1) === 1) throw invalid(`${show(name)} is encrypted`);
  if (offset + localBytes > files.length || files.readUInt32LE(offset) !== marks.local) throw broken(name);
  const start = offset + localBytes + files.readUInt16LE(offset + 26) + files.readUInt16LE(offset + 28);
  const bytes = files.subarray(start, start + packed);
  if (bytes.length < packed) throw broken(name);
  if (size > limits.smallBytes) await takePlace();
  budget.spend("bytes", size);
  const content = await unpackBytes(bytes, name, method, size);
  if (content.length !== size || crc32(content) !== checksum) throw broken(name);
  return content;
}

/** Stored, deflated, or packed by zstd. More than the directory says is not unpacked. */
async function unpackBytes(bytes: Buffer, name: string, method: number, size: number): Promise<Buffer> {
  const options = { maxOutputLength: Math.max(1, size) };
  try {
    if (method === 0) return bytes;
    if (method === 8) return await promisify(inflateRaw)(bytes, options);
    if (method === 93)
      return await promisify(zstdDecompress)(bytes, {
        ...options,
        params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLog },
      });
  } catch (error) {
    throw invalid(`${show(name)} is not what its directory says`, { cause: error });
  }
  throw invalid(`${show(name)} is packed by method ${method}; the gate unpacks 0, 8 (deflate) and 93 (zstd)`);
}

function broken(name: string): EvidenceError {
  return invalid(`${show(name)} is not what its directory says`);
}

function invalid(why: string, options?: ErrorOptions): EvidenceError {
  return refused("ARTIFACT_INVALID", `a zip archive cannot be read: ${why}`, options);
}
