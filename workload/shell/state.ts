import { type Environment, toOpaque } from "../expansion.ts";
import { Snapshot } from "./snapshot.ts";
import { type Change, joinValues, type Entry, isNumber, unknown, type Value } from "./values.ts";

/** Set when everything before it was forgotten, or everything but functions. */
const forgotten = "*";
const forgottenVariables = "*variables";

/**
 * All that a shell remembers, with a journal: a branch is run, taken back, and joined with the others at the price of what it
 * changed, whatever the size of the rest.
 */
export class State {
  readonly #base: Environment;
  readonly #entries = new Map<string, Entry>();
  readonly #journal: { readonly key: string; readonly previous: Entry | undefined }[] = [];
  readonly #history = new Map<string, Change[]>();
  #clock = 0;

  constructor(base: Environment) {
    this.#base = base;
  }

  /** Undefined: the script has not touched it. */
  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return (entry?.writtenAt ?? 0) < this.#findBarrier(key) ? unknown : entry?.value;
  }

  /** A variable of the container, where the script has not touched it. */
  inherited(name: string): string | undefined {
    const text = this.#base.values.get(name);
    // Whoever names a variable chooses what its opaque text looks like.
    return text === undefined || !text.startsWith("\0") || !isNumber(text) ? text : toOpaque(`$${name}`);
  }

  /** Variables may also come from a config map or a secret as a whole. */
  get isOpen(): boolean {
    return this.#base.open;
  }

  set(key: string, value: Value): void {
    this.#clock += 1;
    this.#write(key, { value, writtenAt: this.#clock });
  }

  /** Several at once, such as the state at the head of a loop. */
  setAll(values: ReadonlyMap<string, Value>): void {
    for (const [key, value] of values) if (!key.startsWith(forgotten)) this.set(key, value);
    for (const key of [forgotten, forgottenVariables]) if (values.has(key)) this.set(key, unknown);
  }

  /** From here on nothing is known of anything that was known before. */
  forget(): void {
    this.set(forgotten, unknown);
  }

  /** The same, but functions stay what they are. */
  forgetVariables(): void {
    this.set(forgottenVariables, unknown);
  }

  /** To give a name back what it was, with {@link restore}. */
  save(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  restore(key: string, entry: Entry | undefined): void {
    this.#clock += 1;
    this.#write(key, entry);
  }

  /** A place in the journal to go back to. */
  mark(): number {
    return this.#journal.length;
  }

  /** What was written since, with its present value. */
  changedSince(mark: number): Map<string, Value | undefined> {
    const changed = new Map<string, Value | undefined>();
    for (const { key } of this.#journal.slice(mark)) changed.set(key, this.#present(key));
    return changed;
  }

  /** What was written since, as what it may have been at any time since. */
  rangeSince(mark: number): Map<string, Value> {
    const range = new Map<string, Value | undefined>();
    for (const { key, previous } of this.#journal.slice(mark)) {
      const before = this.#resolveValue(key, previous);
      range.set(key, range.has(key) ? joinValues(range.get(key), before) : before);
    }
    return new Map([...range].map(([key, value]) => [key, joinValues(value, this.#present(key))]));
  }

  /** What is not what it was then. */
  differingSince(mark: number): string[] {
    const before = new Map<string, Entry | undefined>();
    for (const { key, previous } of this.#journal.slice(mark)) if (!before.has(key)) before.set(key, previous);
    return [...before.keys()].filter((key) => before.get(key) !== this.#entries.get(key));
  }

  undo(mark: number): void {
    while (this.#journal.length > mark) {
      const last = this.#journal.pop();
      if (last === undefined) return;
      this.#clock += 1;
      this.#put(last.key, last.previous);
    }
  }

  /** What holds whichever of these changes was made. */
  join(branches: readonly ReadonlyMap<string, Value | undefined>[]): void {
    const joined = new Map<string, { value: Value | undefined; count: number }>();
    for (const branch of branches) {
      for (const [key, value] of branch) {
        const seen = joined.get(key);
        joined.set(key, {
          value: seen === undefined ? value : joinValues(seen.value, value),
          count: (seen?.count ?? 0) + 1,
        });
      }
    }
    const result = new Map<string, Value>();
    for (const [key, { value, count }] of joined) {
      const always = count === branches.length ? value : joinValues(value, this.#present(key));
      result.set(key, always ?? unknown);
    }
    this.setAll(result);
  }

  environment(): Environment {
    const barrier = this.#findBarrier("");
    const values = new Snapshot(this.#base.values, this.#history, this.#clock, barrier);
    return { values, open: this.#base.open || barrier > 0 };
  }

  #present(key: string): Value | undefined {
    return this.#resolveValue(key, this.#entries.get(key));
  }

  #resolveValue(key: string, entry: Entry | undefined): Value | undefined {
    if ((entry?.writtenAt ?? 0) < this.#findBarrier(key)) return unknown;
    return entry === undefined ? this.#inheritedValue(key) : entry.value;
  }

  /** When the last of what may stand under this key was forgotten. */
  #findBarrier(key: string): number {
    const all = this.#entries.get(forgotten)?.writtenAt ?? 0;
    const isVariable = !key.endsWith("()") && !key.startsWith(forgotten);
    return isVariable
      ? Math.max(all, this.#entries.get(forgottenVariables)?.writtenAt ?? 0)
      : key === forgotten
        ? 0
        : all;
  }

  #inheritedValue(key: string): Value | undefined {
    const text = this.inherited(key);
    return text === undefined ? undefined : { kind: "text", text, isExported: true };
  }

  #write(key: string, entry: Entry | undefined): void {
    this.#journal.push({ key, previous: this.#entries.get(key) });
    this.#put(key, entry);
  }

  #put(key: string, entry: Entry | undefined): void {
    if (entry === undefined) this.#entries.delete(key);
    else this.#entries.set(key, entry);
    const history = this.#history.get(key);
    if (history === undefined) this.#history.set(key, [{ at: this.#clock, entry }]);
    else history.push({ at: this.#clock, entry });
  }
}
