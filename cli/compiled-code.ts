import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Lets Node keep the code that it compiles of what is imported from now on, so that the next command need not compile it again:
 * in `$XDG_CACHE_HOME/assaygate/compiled`, by default under `~/.cache`, which nobody else can write. Where the folder cannot be
 * written, each start compiles anew. `NODE_COMPILE_CACHE` names another, as for every program, and `NODE_DISABLE_COMPILE_CACHE`
 * turns it off. https://nodejs.org/api/module.html#module-compile-cache
 */
export function keepCompiledCode({ XDG_CACHE_HOME: configured = "" }: NodeJS.ProcessEnv): void {
  // https://specifications.freedesktop.org/basedir-spec/latest/: what is not absolute is not valid.
  const caches = isAbsolute(configured) ? configured : join(homedir(), ".cache");
  enableCompileCache(join(caches, "assaygate", "compiled"));
}
