import { toOpaque, type Variables } from "../expansion.ts";
import type { Change, Entry } from "./values.ts";

/**
 * The variables that a program is given at one moment of a script. Made in one step, and asked for a name in few: commands and
 * variables must not multiply.
 */
export class Snapshot implements Variables {
  readonly #base: Variables;
  readonly #history: ReadonlyMap<string, readonly Change[]>;
  readonly #at: number;
  readonly #forgottenAt: number;

  constructor(base: Variables, history: ReadonlyMap<string, readonly Change[]>, at: number, forgottenAt: number) {
    this.#base = base;
    this.#history = history;
    this.#at = at;
    this.#forgottenAt = forgottenAt;
  }

  get(key: string): string | undefined {
    const entry = this.#findEntry(key);
    if ((entry?.writtenAt ?? 0) < this.#forgottenAt)
      return this.#base.has(key) || entry !== undefined ? toOpaque(`$${key}`) : undefined;
    if (entry === undefined) return this.#base.get(key);
    const { value } = entry;
    if (value.kind === "unset") return undefined;
    // Without `export` it reaches the program only where the image sets it, too.
    return value.kind === "text" && value.isExported ? value.text : toOpaque(`$${key}`);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** The last change that was made by then. */
  #findEntry(key: string): Entry | undefined {
    const changes = this.#history.get(key);
    if (changes === undefined) return undefined;
    let low = 0;
    let high = changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((changes[middle]?.at ?? 0) <= this.#at) low = middle + 1;
      else high = middle;
    }
    return changes[low - 1]?.entry;
  }
}
