import { findExports, type ExportedName } from "./exports.ts";
import { findFunctions, type NamedFunction } from "./functions.ts";
import { listCode, listFiles, withSyntaxTrees } from "./syntax-trees.ts";

/** Product code, what builds and measures it, and the tests. */
export const parts = ["product", "tools", "tests"] as const;

export type Part = (typeof parts)[number];

/** Lengths in lines. The 90th percentile is the length that nine of ten do not exceed. */
export interface Lengths {
  readonly count: number;
  readonly median: number;
  readonly ninetieth: number;
  readonly longest: { readonly name: string; readonly lines: number };
}

/** What was measured in one part. */
export interface PartMeasures {
  readonly functions: Lengths;
  readonly files: Lengths;
  /** Longest first. */
  readonly longFunctions: readonly NamedFunction[];
  readonly exports: Readonly<Record<ExportedName["kind"], { readonly all: number; readonly undocumented: number }>>;
  readonly undocumented: readonly ExportedName[];
}

/** What was measured in a checkout. */
export interface Measures {
  readonly parts: Readonly<Record<Part, PartMeasures>>;
  /** Files that lie in a folder itself, most first. */
  readonly looseFiles: readonly { readonly folder: string; readonly files: number; readonly code: number }[];
}

/** More lines than a function may have. */
const tooLong = 40;

/** Measures the code of a checkout. */
export function measureCode(root: string): Measures {
  const paths = listCode(root);
  return withSyntaxTrees(root, paths, (trees) => {
    const all = trees.map((tree) => ({
      part: partOf(tree.path),
      functions: findFunctions(tree),
      exports: findExports(tree),
      file: { name: tree.path, lines: tree.source.text.split("\n").length - 1 },
    }));
    const measurePart = (part: Part): PartMeasures => {
      const own = all.filter((each) => each.part === part);
      const functions = own.flatMap((each) => each.functions);
      const exported = own.flatMap((each) => each.exports);
      return {
        functions: measureLengths(functions.map((one) => ({ ...one, name: `${one.path}:${one.line} ${one.name}` }))),
        files: measureLengths(own.map(({ file }) => file)),
        longFunctions: functions.filter(({ lines }) => lines > tooLong).toSorted((a, b) => b.lines - a.lines),
        exports: countExports(exported),
        undocumented: exported.filter(({ documented }) => !documented),
      };
    };
    return {
      parts: { product: measurePart("product"), tools: measurePart("tools"), tests: measurePart("tests") },
      looseFiles: countLooseFiles(listFiles(root)),
    };
  });
}

/** Files at the root configure tools. */
function partOf(path: string): Part {
  const [folder = "", ...rest] = path.split("/");
  if (folder === "test") return "tests";
  return rest.length === 0 || ["bench", "deploy", "docs", "scripts"].includes(folder) ? "tools" : "product";
}

function measureLengths(all: readonly { readonly name: string; readonly lines: number }[]): Lengths {
  const sorted = all.toSorted((a, b) => a.lines - b.lines);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]?.lines ?? 0;
  const { name = "none", lines = 0 } = sorted.at(-1) ?? {};
  return { count: sorted.length, median: at(0.5), ninetieth: at(0.9), longest: { name, lines } };
}

function countExports(exported: readonly ExportedName[]): PartMeasures["exports"] {
  const count = (kind: ExportedName["kind"]): { all: number; undocumented: number } => {
    const own = exported.filter((each) => each.kind === kind);
    return { all: own.length, undocumented: own.filter(({ documented }) => !documented).length };
  };
  return { function: count("function"), type: count("type"), constant: count("constant") };
}

/** Counts the files that lie in each folder itself, and those of them that are code. */
export function countLooseFiles(paths: readonly string[]): Measures["looseFiles"] {
  const folders = Map.groupBy(paths, (path) => path.slice(0, Math.max(0, path.lastIndexOf("/"))));
  return [...folders]
    .map(([folder, files]) => ({
      folder: folder === "" ? "." : folder,
      files: files.length,
      code: files.filter((path) => /\.m?[jt]s$/.test(path)).length,
    }))
    .toSorted((a, b) => b.files - a.files || (a.folder < b.folder ? -1 : 1));
}
