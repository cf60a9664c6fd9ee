import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../evidence/error-code.ts";
import type { PolicyFile, Problem } from "../policies/document.ts";
import { loadPolicySet, type Loaded } from "../policies/load.ts";
import type { PolicySet } from "../policies/policy.ts";

/** The policy set in force, kept in step with a folder: a whole set, or the last good one. */
export interface PolicyFolder {
  /** Undefined until a first good set was loaded. */
  current(): PolicySet | undefined;
  /** What keeps the folder's present state from loading; empty when it is in force. */
  problems(): readonly Problem[];
  stop(): void;
}

export interface PolicyFolderObserver {
  loaded(set: PolicySet): void;
  failed(problems: readonly Problem[]): void;
}

/** Problems of a file that its documents alone do not show, such as kinds that the gate does not read. */
export type FileCheck = (file: PolicyFile) => readonly Problem[];

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * Loads the folder and looks at it again every `reloadMs`. It compares contents, not times, so that the symbolic links
 * that Kubernetes swaps under a mounted ConfigMap are seen like any other change.
 */
export function watchPolicyFolder(
  directory: string,
  reloadMs: number,
  check: FileCheck,
  observer: PolicyFolderObserver,
): PolicyFolder {
  let current: PolicySet | undefined;
  let problems: readonly Problem[] = [];
  let seen: string | undefined;
  const look = (): void => {
    const files = readFolder(directory);
    const state = sha256(JSON.stringify(files));
    if (state === seen) return;
    seen = state;
    const loaded = load(files, check);
    if (loaded.ok) {
      current = loaded.set;
      problems = [];
      observer.loaded(current);
    } else {
      problems = loaded.problems;
      observer.failed(problems);
    }
  };
  look();
  const timer = setInterval(look, reloadMs);
  timer.unref();
  return { current: () => current, problems: () => problems, stop: () => clearInterval(timer) };
}

function load(files: ReturnType<typeof readFolder>, check: FileCheck): Loaded {
  if ("problems" in files) return { ok: false, problems: files.problems };
  const loaded = loadPolicySet(files, sha256);
  const further = files.flatMap(check);
  return loaded.ok && further.length > 0 ? { ok: false, problems: further } : loaded;
}

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
export function loadPolicyPaths(paths: readonly string[]): Loaded {
  const files = readPolicyPaths(paths);
  return "problems" in files ? { ok: false, problems: files.problems } : loadPolicySet(files, sha256);
}

/** The folder's policy files, sorted by name; a path to one file is that file. */
function readFolder(path: string): PolicyFile[] | { readonly problems: Problem[] } {
  try {
    return namesIn(path).map((file) => ({ path: file, text: readFileSync(file, "utf8") }));
  } catch (cause) {
    return {
      problems: [
        { file: path, line: 1, column: 1, field: "", message: `cannot be read (${codeOf(cause) ?? "unknown error"})` },
      ],
    };
  }
}

/** Names that begin with a dot are Kubernetes' own links (`..data`) or an editor's files. */
function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((name) => !name.startsWith(".") && /\.(?:ya?ml|json)$/.test(name))
      .toSorted()
      .map((name) => join(path, name));
  } catch (cause) {
    if (codeOf(cause) === "ENOTDIR") return [path];
    throw cause;
  }
}
