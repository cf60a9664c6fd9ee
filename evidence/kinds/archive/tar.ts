import { show } from "../../../policies/show.ts";
import { refused, type EvidenceError } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import type { ContentBudget } from "../../content-budget.ts";

const blockBytes = 512;
/** An extension is a long name, or a few facts about a file. */
const extensionBytes = 64 * 1024;

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
  let entries = 0;
  for (let at = 0; at < tar.length;) {
    const head = tar.subarray(at, at + blockBytes);
    if (head.length < blockBytes) throw invalid();
    if (isEnd(head)) break;
    budget.spend("heads", 1);
    const { type, size } = readHead(head);
    const content = tar.subarray(at + blockBytes, at + blockBytes + size);
    if (content.length < size) throw invalid();
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    if (extensions.has(type)) {
      checkExtension(content);
      continue;
    }
    entries += 1;
    if (entries > limits.tarEntries)
      throw refused("ARTIFACT_INVALID", `a layer holds more than ${limits.tarEntries} files`);
    if (type === "0" || type === "\0") files.push(content);
    else if (type !== "5")
      throw refused("ARTIFACT_INVALID", `a layer holds a ${otherTypes.get(type) ?? `file of type ${show(type)}`}`);
  }
  return files;
}

/** Most blocks begin with a name, so that this is seldom more than one look. */
function isEnd(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

interface Head {
  readonly type: string;
  readonly size: number;
}

function readHead(head: Buffer): Head {
  if (octal(head, 148, 8) !== checksum(head)) throw invalid();
  return { type: head.toString("latin1", 156, 157), size: octal(head, 124, 12) };
}

/** The sum of all bytes, its own field taken for blanks. */
function checksum(head: Buffer): number {
  return head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

/** A number that is written in another way is far over the limits. */
function octal(head: Buffer, at: number, length: number): number {
  const text = head.toString("latin1", at, at + length).replaceAll(/[ \0]+$|^ +/g, "");
  if (!/^[0-7]*$/.test(text)) throw invalid();
  return Number.parseInt(text || "0", 8);
}

function checkExtension(content: Buffer): void {
  if (content.length > extensionBytes)
    throw refused("ARTIFACT_INVALID", `a layer holds an extension of more than ${extensionBytes} bytes`);
  const says = ["size=", "GNU.sparse."].find((key) => content.includes(` ${key}`));
  if (says !== undefined) throw refused("ARTIFACT_INVALID", "a layer holds a file whose size stands in an extension");
}

function invalid(): EvidenceError {
  return refused("ARTIFACT_INVALID", "a layer is not a tar+gzip archive");
}
