import { resolve } from "node:path";
import type { PolicyFile } from "../policies/language/document.ts";
import { loadPolicySet, type LoadResult } from "../policies/language/load.ts";
import type { KindTable } from "../workload/kinds/kinds.ts";
import { readPolicyPaths } from "../webhook/policy-set/policy-folder.ts";
import { sha256 } from "../runtime/sha256.ts";
import { showProblem } from "../config/load-config.ts";
import { checkKinds } from "../webhook/policy-set/policy-kinds.ts";
import { checkSigners } from "../webhook/policy-set/policy-signers.ts";
import { CliError } from "./failure.ts";
import type { Io } from "./io.ts";
import { shortenPath } from "./paths.ts";

/** What came of loading, and the files that it came from. */
export type LoadedFiles = LoadResult & { readonly files: readonly PolicyFile[] };

/** The policies of files and folders, as a set or as problems; a kind that the gate does not read is one, too. */
export function loadPolicies(paths: readonly string[], kinds: KindTable, io: Pick<Io, "cwd">): LoadedFiles {
  const read = readPolicyPaths(paths.map((path) => resolve(io.cwd, path)));
  if ("problems" in read) {
    const problems = read.problems.map((problem) => ({ ...problem, file: shortenPath(problem.file, io) }));
    return { ok: false, problems, files: [] };
  }
  const files = read.map(({ path, text }) => ({ path: shortenPath(path, io), text }));
  const loaded = loadPolicySet(files, sha256);
  const problems = [
    ...(loaded.ok ? [] : loaded.problems),
    ...files.flatMap((file) => [...checkKinds(file, kinds), ...checkSigners(file)]),
  ];
  return problems.length > 0 || !loaded.ok ? { ok: false, problems, files } : { ...loaded, files };
}

/** The same for commands that can do nothing without a set: throws CliError with every problem. */
export function loadPoliciesOrFail(
  paths: readonly string[],
  kinds: KindTable,
  io: Pick<Io, "cwd">,
): LoadResult & { ok: true } {
  const loaded = loadPolicies(paths, kinds, io);
  if (loaded.ok) return loaded;
  throw new CliError(
    ["the policies cannot be used", ...loaded.problems.map((problem) => `  ${showProblem(problem)}`)].join("\n"),
  );
}
