import type { PolicyFile, Problem } from "../../policies/language/document.ts";
import { loadPolicySet } from "../../policies/language/load.ts";
import type { PolicySource } from "../../policies/language/source.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { watchContent } from "../../runtime/watch-content.ts";

/** The policy set in force, kept in step with its sources: a whole set, or the last good one. */
export interface LivePolicySet {
  /** Undefined until a first good set was loaded. */
  current(): PolicySet | undefined;
  /** What the set in force was made from. */
  inForce(): readonly PolicyFile[];
  /** What keeps the sources' present state from loading; empty when it is in force. */
  problems(): readonly Problem[];
  /** Looks at the sources at once, for those that know when they change. */
  refresh(): void;
  stop(): void;
}

/** Who is told of the set. */
export interface PolicySetObserver {
  loaded(set: PolicySet): void;
  failed(problems: readonly Problem[]): void;
}

/** Problems of a file that its documents alone do not show, such as kinds that the gate does not read. */
export type FileCheck = (file: PolicyFile) => readonly Problem[];

/** How a policy set is loaded. */
export interface PolicySetSettings {
  /** How often the sources are looked at for changes. */
  readonly reloadMs: number;
  /** Whether sources that hold no policy make a set, an empty one. What is not yet known never does. */
  readonly mayBeEmpty: boolean;
}

/**
 * Loads all sources together and looks at them again every `reloadMs`. It compares contents, not times, and does nothing
 * where they are what they were.
 */
export function createPolicySet(
  sources: readonly PolicySource[],
  { reloadMs, mayBeEmpty }: PolicySetSettings,
  check: FileCheck,
  observer: PolicySetObserver,
): LivePolicySet {
  let current: PolicySet | undefined;
  let inForce: readonly PolicyFile[] = [];
  const watch = watchContent(
    {
      read: () => readAll(sources),
      apply(files) {
        current = load(files, check, mayBeEmpty);
        inForce = files;
        observer.loaded(current);
      },
      refused: (cause) => observer.failed(listProblems(cause)),
    },
    reloadMs,
  );
  return {
    current: () => current,
    inForce: () => inForce,
    problems() {
      const problem = watch.problem();
      return problem === undefined ? [] : listProblems(problem);
    },
    refresh: watch.look,
    stop: watch.stop,
  };
}

/** The sources' present state is not a policy set. */
class PolicySetRefused extends Error {
  override readonly name = "PolicySetRefused";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ file, message }) => `${file}: ${message}`).join("; "));
    this.problems = problems;
  }
}

/** Throws what is not about the sources: a bug. */
function listProblems(cause: Error): readonly Problem[] {
  if (cause instanceof PolicySetRefused) return cause.problems;
  throw cause;
}

/** Undefined while one of them is not known yet. Throws PolicySetRefused where one cannot be read. */
function readAll(sources: readonly PolicySource[]): readonly PolicyFile[] | undefined {
  const files: PolicyFile[] = [];
  const problems: Problem[] = [];
  for (const source of sources) {
    const read = source();
    if (read === "not yet known") return undefined;
    if ("problems" in read) problems.push(...read.problems);
    else files.push(...read);
  }
  if (problems.length > 0) throw new PolicySetRefused(problems);
  return files;
}

/** Throws PolicySetRefused where they make no set. */
function load(files: readonly PolicyFile[], check: FileCheck, mayBeEmpty: boolean): PolicySet {
  const loaded = loadPolicySet(files, sha256, { mayBeEmpty });
  const problems = [...(loaded.ok ? [] : loaded.problems), ...files.flatMap(check)];
  if (loaded.ok && problems.length === 0) return loaded.set;
  throw new PolicySetRefused(problems);
}
