import { readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { listCode } from "../../scripts/code/syntax-trees.ts";

/** The root of the checkout. */
export const root = join(import.meta.dirname, "../..");

/** One import of one file. Type imports count: who needs a type of a room has to know the room. */
export interface Import {
  readonly file: string;
  readonly specifier: string;
}

/** Lists what the files under a folder import. */
export function listImports(folder: string): Import[] {
  return listSources(folder).flatMap((file) =>
    findSpecifiers(readFileSync(join(root, file), "utf8")).map((specifier) => ({ file, specifier })),
  );
}

/** Lists the files with code under a folder, by their paths from the root. */
export function listSources(folder: string): string[] {
  return listCode(join(root, folder)).map((path) => `${folder}/${path}`);
}

/** The text of a file without its comments, which may speak of what the code does not do. */
export function readCode(file: string): string {
  return readFileSync(join(root, file), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}

/** Whether an import leads to a file of the project. */
export function isOurs({ specifier }: Import): boolean {
  return specifier.startsWith(".");
}

/** Resolves a relative import to the path of the file from the root. */
export function resolveImport({ file, specifier }: Import): string {
  return normalize(join(file, "..", specifier));
}

/** Finds the specifiers of all imports and re-exports in a text. A link or an example in a comment needs nothing. */
export function findSpecifiers(source: string): string[] {
  const code = source.replaceAll(/^ *\* .*$/gm, "");
  return [
    ...code.matchAll(/\bfrom\s+"([^"\n]+)"|(?<!\{@link )\bimport\s*\(\s*"([^"\n]+)"|^import\s+"([^"\n]+)"/gm),
  ].map(([, from, dynamic, effect]) => from ?? dynamic ?? effect ?? "");
}

/** Who leads to whom. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Finds the circles: largest sets in which each leads to each other. Members and circles are sorted. */
export function findCircles(graph: Graph): string[][] {
  const reach = new Map([...graph.keys()].map((start) => [start, reachFrom(graph, start)]));
  const inCircle = [...graph.keys()].filter((one) => reach.get(one)?.has(one)).toSorted();
  const together = (one: string, other: string): boolean =>
    (reach.get(one)?.has(other) ?? false) && (reach.get(other)?.has(one) ?? false);
  const circles = inCircle.map((one) => inCircle.filter((other) => together(one, other)));
  return circles.filter(([first], at) => first === inCircle[at]);
}

/** What can be reached in one step or more. */
function reachFrom(graph: Graph, start: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const waiting = [...(graph.get(start) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(graph.get(next) ?? []));
  }
  return seen;
}
