import { sha256 } from "./sha256.ts";

/** What is watched, and what is done with it. */
export interface WatchedContent<T> {
  /** What is there now, as plain data. Undefined, where that is not known yet, leaves everything as it is. */
  read(): T | undefined;
  /** Puts it in force. Where it throws, what was in force before has to be so still. */
  apply(content: T): void;
  /**
   * `read` or `apply` threw: told once for each state that cannot be used. What it throws itself is thrown by the look:
   * for what is a bug, and not a problem of the content.
   */
  refused(cause: Error): void;
}

/** A watch of some content, such as files. */
export interface ContentWatch {
  /** What `read` or `apply` threw last; undefined where the newest content is in force. */
  problem(): Error | undefined;
  /** Looks at once, for those who know that there is something new. */
  look(): void;
  stop(): void;
}

/**
 * Looks at once, and then every `everyMs`, and applies what it finds where that differs from what it saw before: the newest
 * good content is in force. It compares contents, not times, so that the symbolic links that Kubernetes swaps under a mounted
 * volume are seen like any other change. The timer keeps no process alive.
 */
export function watchContent<T>({ read, apply, refused }: WatchedContent<T>, everyMs: number): ContentWatch {
  let seen: string | undefined;
  let problem: Error | undefined;
  const isNew = (state: unknown): boolean => {
    const before = seen;
    // A digest, because contents may be large, or secret.
    seen = sha256(JSON.stringify(state));
    return seen !== before;
  };
  const refuse = (cause: Error): void => {
    problem = cause;
    refused(cause);
  };
  const look = (): void => {
    const found = attempt(read);
    if ("cause" in found) {
      if (isNew({ unreadable: String(found.cause) })) refuse(found.cause);
      return;
    }
    const { value } = found;
    if (value === undefined || !isNew({ value })) return;
    const applied = attempt(() => apply(value));
    if ("cause" in applied) refuse(applied.cause);
    else problem = undefined;
  };
  look();
  const timer = setInterval(look, everyMs).unref();
  return { problem: () => problem, look, stop: () => clearInterval(timer) };
}

/** As {@link watchContent}, for what has to be usable from the start on: throws what the first look comes to where it is not. */
export function watchUsableContent<T>(content: WatchedContent<T>, everyMs: number): ContentWatch {
  const watch = watchContent(content, everyMs);
  const problem = watch.problem();
  if (problem === undefined) return watch;
  watch.stop();
  throw problem;
}

function attempt<T>(call: () => T): { readonly value: T } | { readonly cause: Error } {
  try {
    return { value: call() };
  } catch (cause) {
    return { cause: cause instanceof Error ? cause : new Error(String(cause)) };
  }
}
