import { createHash } from "node:crypto";
import type { PolicyFile, Problem } from "../../policies/language/document.ts";
import { loadPolicySet, type Loaded } from "../../policies/language/load.ts";
import type { PolicySet } from "../../policies/policy.ts";

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

/**
 * All that a folder or a cluster holds at this moment, why it cannot be read, or that it has not been seen yet. One that
 * is not known keeps the set as it is: part of a set is never in force.
 */
export type PolicySource = () => readonly PolicyFile[] | { readonly problems: readonly Problem[] } | "not yet known";

export interface PolicySetObserver {
  loaded(set: PolicySet): void;
  failed(problems: readonly Problem[]): void;
}

/** Problems of a file that its documents alone do not show, such as kinds that the gate does not read. */
export type FileCheck = (file: PolicyFile) => readonly Problem[];

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

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
  let problems: readonly Problem[] = [];
  let seen: string | undefined;
  const look = (): void => {
    const read = readAll(sources);
    if (read === "not yet known") return;
    const state = sha256(JSON.stringify(read));
    if (state === seen) return;
    seen = state;
    const loaded = load(read, check, mayBeEmpty);
    if (loaded.ok) {
      current = loaded.set;
      inForce = "problems" in read ? [] : read;
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
  return {
    current: () => current,
    inForce: () => inForce,
    problems: () => problems,
    refresh: look,
    stop: () => clearInterval(timer),
  };
}

type Read = readonly PolicyFile[] | { readonly problems: readonly Problem[] };

function readAll(sources: readonly PolicySource[]): Read | "not yet known" {
  const files: PolicyFile[] = [];
  const problems: Problem[] = [];
  for (const source of sources) {
    const read = source();
    if (read === "not yet known") return read;
    if ("problems" in read) problems.push(...read.problems);
    else files.push(...read);
  }
  return problems.length > 0 ? { problems } : files;
}

function load(read: Read, check: FileCheck, mayBeEmpty: boolean): Loaded {
  if ("problems" in read) return { ok: false, problems: read.problems };
  const loaded = loadPolicySet(read, sha256, { mayBeEmpty });
  const problems = [...(loaded.ok ? [] : loaded.problems), ...read.flatMap(check)];
  return problems.length > 0 ? { ok: false, problems } : loaded;
}
