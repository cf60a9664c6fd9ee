import type { ContentBudget } from "../../content-budget.ts";
import { isZip, listZipEntries } from "../archive/zip.ts";
import type { FileReading, ResultsFile } from "./format.ts";

const lineFeed = 0x0a;

/**
 * A file by how it is written, which its first bytes say: a zip archive, one JSON value a line, or one JSON value. Throws
 * ARTIFACT_INVALID for what is none of them.
 */
export async function openFile(bytes: Buffer, reading: FileReading): Promise<ResultsFile> {
  if (isZip(bytes)) return { kind: "zip", entries: listZipEntries(bytes, reading.budget, () => reading.takePlace()) };
  const end = bytes.indexOf(lineFeed);
  const first = bytes.subarray(0, end === -1 ? bytes.length : end);
  if (end === -1 || !isObjectLine(first) || isBlank(bytes.subarray(end)))
    return { kind: "json", value: await reading.json(bytes, "") };
  const lines = splitLines(bytes, reading.budget);
  return { kind: "json-lines", first: await reading.json(first, "line 1"), lines };
}

/** An object that begins and ends on the line: in a file over several lines it begins with a bracket alone. */
function isObjectLine(line: Buffer): boolean {
  const text =
    line.toString("latin1", 0, 1) +
    line
      .toString("latin1", Math.max(1, line.length - 2))
      .trimEnd()
      .slice(-1);
  return text === "{}";
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === lineFeed || byte === 0x20 || byte === 0x0d || byte === 0x09);
}

function splitLines(bytes: Buffer, budget: ContentBudget): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    budget.spend("lines", 1);
    const next = bytes.indexOf(lineFeed, at);
    const end = next === -1 ? bytes.length : next;
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  return lines;
}
