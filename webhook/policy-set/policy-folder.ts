import { readdirSync } from "node:fs";
import { join } from "node:path";
import { getErrorCode } from "../../runtime/error-code.ts";
import { readBoundedText, sayWhyUnreadable } from "../../runtime/read-text-file.ts";
import type { PolicyFile, Problem } from "../../policies/language/document.ts";
import { loadPolicySet, type LoadResult } from "../../policies/language/load.ts";
import { sha256 } from "../../runtime/sha256.ts";

/** The policy files at several files and folders, for the command line, or why some cannot be read. */
export function readPolicyPaths(paths: readonly string[]): PolicyFile[] | { readonly problems: Problem[] } {
  const files: PolicyFile[] = [];
  const problems: Problem[] = [];
  for (const path of paths) {
    const read = readFolder(path);
    if ("problems" in read) problems.push(...read.problems);
    else files.push(...read);
  }
  return problems.length > 0 ? { problems } : files;
}

/** The policies, exceptions and tests of files and folders. */
export function loadPolicyPaths(paths: readonly string[]): LoadResult {
  const files = readPolicyPaths(paths);
  return "problems" in files ? { ok: false, problems: files.problems } : loadPolicySet(files, sha256);
}

/**
 * The folder's policy files, sorted by name; a path to one file is that file. Asked again and again, it sees the symbolic
 * links that Kubernetes swaps under a mounted ConfigMap like any other change.
 */
export function readFolder(path: string): PolicyFile[] | { readonly problems: Problem[] } {
  try {
    return listNames(path).map((file) => ({ path: file, text: readBoundedText(file) }));
  } catch (cause) {
    return { problems: [{ file: path, line: 1, column: 1, field: "", message: sayWhyUnreadable(cause) }] };
  }
}

/** Names that begin with a dot are Kubernetes' own links (`..data`) or an editor's files. */
function listNames(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith(".") && /\.(?:ya?ml|json)$/.test(name))
      .toSorted()
      .map((name) => join(path, name));
  } catch (cause) {
    if (getErrorCode(cause) === "ENOTDIR") return [path];
    throw cause;
  }
}
