import { show } from "../../../policies/show.ts";
import { refused, type EvidenceError } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import type { ContentBudget } from "../../content-budget.ts";

/** Everything in an archive begins at a multiple of it. */
export const tarBlockBytes = 512;
/** An extension is a long name, or a few facts about a file. */
export const extensionBytes = 64 * 1024;

const otherTypes: ReadonlyMap<string, string> = new Map([
  ["1", "link"],
  ["2", "symlink"],
  ["3", "character-device"],
  ["4", "block-device"],
  ["6", "fifo"],
]);

/** Long names of GNU's, and of POSIX: about the next file, or all. Names are not read, so that these say nothing. */
const extensions = new Set(["L", "K", "x", "g"]);

/**
 * The regular files in a tar archive, as parts of its own memory. Every head counts, those of extensions among them, so that an
 * archive of nothing but heads costs no more than any other. Throws ARTIFACT_INVALID for anything but files and folders, and for
 * extensions that say another size than the head: readers differ in which they believe.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13
 */
export function listFiles(tar: Buffer, budget: ContentBudget): Buffer[] {
  const files: Buffer[] = [];
  const heads = new TarHeads(budget);
  for (let at = 0; at < tar.length;) {
    const head = heads.read(tar.subarray(at, at + tarBlockBytes));
    if (head === undefined) break;
    const content = tar.subarray(at + tarBlockBytes, at + tarBlockBytes + head.size);
    if (content.length < head.size) throw rejectTar();
    at += tarBlockBytes + head.size + head.padding;
    if (head.kind === "extension") checkExtension(content);
    else if (head.kind === "file") files.push(content);
  }
  return files;
}

/** What stands in front of a file, a folder or an extension. */
export interface TarHead {
  readonly kind: "file" | "folder" | "extension";
  readonly size: number;
  /** What fills the last block behind the content. */
  readonly padding: number;
}

/** The heads of one archive, each counted before it is read. */
export class TarHeads {
  readonly #budget: ContentBudget;
  #entries = 0;

  constructor(budget: ContentBudget) {
    this.#budget = budget;
  }

  /** Undefined at the end of the archive. Throws ARTIFACT_INVALID for what is none, or one too many. */
  read(block: Buffer): TarHead | undefined {
    if (block.length < tarBlockBytes) throw rejectTar();
    if (isEnd(block)) return undefined;
    this.#budget.spend("heads", 1);
    const { type, size } = readHead(block);
    const padding = (tarBlockBytes - (size % tarBlockBytes)) % tarBlockBytes;
    if (extensions.has(type)) return { kind: "extension", size, padding };
    this.#entries += 1;
    if (this.#entries > limits.tarEntries)
      throw refused("ARTIFACT_INVALID", `a layer holds more than ${limits.tarEntries} files`);
    if (type === "0" || type === "\0") return { kind: "file", size, padding };
    if (type === "5") return { kind: "folder", size, padding };
    throw refused("ARTIFACT_INVALID", `a layer holds a ${otherTypes.get(type) ?? `file of type ${show(type)}`}`);
  }
}

/** Most blocks begin with a name, so that this is seldom more than one look. */
function isEnd(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function readHead(head: Buffer): { readonly type: string; readonly size: number } {
  if (octal(head, 148, 8) !== checksum(head)) throw rejectTar();
  return { type: head.toString("latin1", 156, 157), size: octal(head, 124, 12) };
}

/** The sum of all bytes, its own field taken for blanks. */
function checksum(head: Buffer): number {
  return head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** A number that is written in another way is far over the limits. */
function octal(head: Buffer, at: number, length: number): number {
  const text = head.toString("latin1", at, at + length).replaceAll(/[ \0]+$|^ +/g, "");
  if (!/^[0-7]*$/.test(text)) throw rejectTar();
  return Number.parseInt(text || "0", 8);
}

/** Throws ARTIFACT_INVALID for one that says a size. */
export function checkExtension(content: Buffer): void {
  if (content.length > extensionBytes)
    throw refused("ARTIFACT_INVALID", `a layer holds an extension of more than ${extensionBytes} bytes`);
  const says = ["size=", "GNU.sparse."].find((key) => content.includes(` ${key}`));
  if (says !== undefined) throw refused("ARTIFACT_INVALID", "a layer holds a file whose size stands in an extension");
}

/** What is not an archive. */
export function rejectTar(): EvidenceError {
  return refused("ARTIFACT_INVALID", "a layer is not a tar+gzip archive");
}
