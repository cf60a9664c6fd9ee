import { isMap, isScalar, LineCounter, parseAllDocuments, type Document } from "yaml";
import { showPath } from "./complain.ts";

/** A file as it was read, or an object of a cluster as JSON; nothing here touches a disk. */
export interface PolicyFile {
  /** A path, or `Kind/name` of an object. */
  readonly path: string;
  readonly text: string;
  /** An object of a cluster has no lines that its author would know. */
  readonly isObject?: true;
}

/** Something that keeps a set from loading: where it stands and what to do. Lines and columns count from 1; 0: it has none. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** JSON path in the document, empty for the document itself. */
  readonly field: string;
  readonly message: string;
}

/** One document of a file, and where it stands in it. */
export interface SourceDocument {
  readonly value: unknown;
  /** The problem at a path of this document, placed in its file. */
  locateProblem(path: readonly PropertyKey[], message: string): Problem;
}

/** The YAML (or JSON) documents of a file; one that does not parse, or that repeats a key, is its problems instead. */
export function readDocuments({ path, text, isObject }: PolicyFile): (SourceDocument | Problem[])[] {
  const lines = new LineCounter();
  const documents: Document[] = [
    ...parseAllDocuments(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false }),
  ];
  return documents
    .filter(({ contents, errors }) => errors.length > 0 || !isEmpty(contents))
    .map((document) => {
      const locateProblem: SourceDocument["locateProblem"] = (at, message) => ({
        file: path,
        ...(isObject ? { line: 0, column: 0 } : locateOffset(findOffset(document, at), lines)),
        field: showPath(at),
        message,
      });
      if (document.errors.length > 0) {
        return document.errors.map(({ message, pos }) => ({
          file: path,
          ...locateOffset(pos[0], lines),
          field: "",
          message: firstLine(message),
        }));
      }
      const value = readValue(document);
      return "problem" in value ? [locateProblem([], value.problem)] : { value: value.value, locateProblem };
    });
}

/** Nothing, or nothing but comments: what templates leave between two separators. */
function isEmpty(contents: Document["contents"]): boolean {
  return contents === null || (isScalar(contents) && contents.value === null && contents.source === "");
}

const maxAliases = 100;

function readValue(document: Document): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: document.toJS({ maxAliasCount: maxAliases }) as unknown };
  } catch (cause) {
    if (cause instanceof ReferenceError)
      return { problem: `more than ${maxAliases} aliases, or one that refers to nothing` };
    throw cause;
  }
}

/** Where a field is written: its key, or the nearest parent that is there. */
function findOffset(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(parent)) {
      const key = parent.items
        .map((item) => item.key)
        .find((candidate) => isScalar(candidate) && candidate.value === last);
      if (isScalar(key) && key.range) return key.range[0];
      continue;
    }
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range))
      return Number(node.range[0]);
  }
  return document.contents?.range?.[0] ?? 0;
}

function locateOffset(offset: number, lines: LineCounter): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
