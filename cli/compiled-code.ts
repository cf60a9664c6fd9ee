import { existsSync, mkdirSync, statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Lets Node keep the code that it compiles of what is imported from now on, so that the next command need not compile it again:
 * in `$XDG_CACHE_HOME/assaygate/compiled`, by default under `~/.cache`. What is in there is run, so that nobody else may own the
 * folder or write to it, and it is never taken from where the command happens to run. Otherwise, and where the folder cannot be written,
 * each start compiles anew. `NODE_COMPILE_CACHE` names another, as for every program, and `NODE_DISABLE_COMPILE_CACHE` turns it
 * off. https://nodejs.org/api/module.html#module-compile-cache
 *
 * Returns the folder, undefined where this keeps nothing.
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv, ownId = process.getuid?.()): string | undefined {
  // Node has read both by itself, before any code ran.
  if ((env["NODE_DISABLE_COMPILE_CACHE"] ?? env["NODE_COMPILE_CACHE"]) !== undefined) return undefined;
  const folder = locateCompiledCode(env);
  if (folder === undefined || !isOwn(folder, ownId) || !make(folder)) return undefined;
  enableCompileCache(folder);
  return folder;
}

/** Undefined without an absolute path: https://specifications.freedesktop.org/basedir-spec/latest/. */
function locateCompiledCode({ XDG_CACHE_HOME: caches = "", HOME: home = "" }: NodeJS.ProcessEnv): string | undefined {
  if (isAbsolute(caches)) return join(caches, "assaygate", "compiled");
  return isAbsolute(home) ? join(home, ".cache", "assaygate", "compiled") : undefined;
}

/** The group's and everybody's. A folder such as /tmp is its owner's and full of other people's files. */
const writableByOthers = 0o022;

/** By the folder or, where it is yet to be made, by the one that it would be made in: with `sudo` that may be another user's. */
function isOwn(folder: string, ownId: number | undefined): boolean {
  try {
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found !== undefined) return found.uid === ownId && (found.mode & writableByOthers) === 0;
    return dirname(folder) !== folder && isOwn(dirname(folder), ownId);
  } catch {
    return false;
  }
}

/** One level at a time: where no folder can be made and the system says that there is none, as in /proc, Node tries for ever. */
function make(folder: string): boolean {
  if (existsSync(folder)) return true;
  if (!make(dirname(folder))) return false;
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch {
    // Another command may have been first.
    return existsSync(folder);
  }
}
