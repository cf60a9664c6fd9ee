import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { SourceFile } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

/** One file of code, parsed. */
export interface SyntaxTree {
  /** From the root of the checkout, with slashes. */
  readonly path: string;
  readonly source: SourceFile;
}

/** Nothing is looked up but the files themselves: no libraries, no imports, no types. */
const parseOnly = { noEmit: true, noLib: true, noResolve: true, types: [], module: "nodenext", allowJs: true };

/**
 * Lists the files with code of a checkout, by their paths from its root, sorted. Dependencies, builds and folders whose
 * names start with a dot do not count.
 */
export function listCode(root: string): string[] {
  return listFiles(root).filter((path) => /\.m?[jt]s$/.test(path));
}

/** Lists all files of a checkout, as `listCode` does. */
export function listFiles(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !/^(?:\.|node_modules$|dist$|coverage$)/.test(name))
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return listFiles(root, path);
      return entry.isFile() ? [path] : [];
    })
    .toSorted();
}

/**
 * Parses files of a checkout and hands their trees to `use`. The trees live in another process, and only as long as
 * `use` runs: return what was found in them, not nodes.
 */
export function withSyntaxTrees<T>(root: string, paths: readonly string[], use: (trees: SyntaxTree[]) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-trees-"));
  const api = new API();
  try {
    const config = join(folder, "tsconfig.json");
    const files = paths.map((path) => resolve(root, path));
    writeFileSync(config, JSON.stringify({ compilerOptions: parseOnly, files }));
    const program = api.updateSnapshot({ openProjects: [config] }).getProjects()[0]?.program;
    return use(
      paths.map((path) => {
        const source = program?.getSourceFile(resolve(root, path));
        if (source === undefined) throw new Error(`${path} cannot be parsed`);
        return { path, source };
      }),
    );
  } finally {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
