import { opaque } from "../servers/expansion.ts";
import type { Change, Entry } from "./values.ts";

const name = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The variables that a program is given at one moment of a script. Made in one step, and asked for a name in few: commands and
 * variables must not multiply. Going through all of it copies it, once.
 */
export class Snapshot implements ReadonlyMap<string, string> {
  readonly #base: ReadonlyMap<string, string>;
  readonly #history: ReadonlyMap<string, readonly Change[]>;
  readonly #at: number;
  readonly #forgottenAt: number;
  #all: ReadonlyMap<string, string> | undefined;

  constructor(
    base: ReadonlyMap<string, string>,
    history: ReadonlyMap<string, readonly Change[]>,
    at: number,
    forgottenAt: number,
  ) {
    this.#base = base;
    this.#history = history;
    this.#at = at;
    this.#forgottenAt = forgottenAt;
  }

  get(key: string): string | undefined {
    const entry = this.#entryOf(key);
    if ((entry?.writtenAt ?? 0) < this.#forgottenAt)
      return this.#base.has(key) || entry !== undefined ? opaque(`$${key}`) : undefined;
    if (entry === undefined) return this.#base.get(key);
    const { value } = entry;
    if (value.kind === "unset") return undefined;
    // Without `export` it reaches the program only where the image sets it, too.
    return value.kind === "text" && value.isExported ? value.text : opaque(`$${key}`);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get size(): number {
    return this.#copy().size;
  }

  forEach(visit: (value: string, key: string, map: ReadonlyMap<string, string>) => void): void {
    for (const [key, value] of this.#copy()) visit(value, key, this);
  }

  entries(): MapIterator<[string, string]> {
    return this.#copy().entries();
  }

  keys(): MapIterator<string> {
    return this.#copy().keys();
  }

  values(): MapIterator<string> {
    return this.#copy().values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  #copy(): ReadonlyMap<string, string> {
    if (this.#all !== undefined) return this.#all;
    const all = new Map<string, string>();
    for (const key of new Set([...this.#base.keys(), ...this.#history.keys()])) {
      const value = this.#base.has(key) || name.test(key) ? this.get(key) : undefined;
      if (value !== undefined) all.set(key, value);
    }
    this.#all = all;
    return all;
  }

  /** The last change that was made by then. */
  #entryOf(key: string): Entry | undefined {
    const changes = this.#history.get(key) ?? [];
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
