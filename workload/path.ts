import { asFields, type Fields, isFields, joinPath, type Place, refuseMoreThanRead, WorkloadError } from "./shape.ts";

/** A compiled path, such as `spec.replicatedJobs[*].template`. The empty path is the object itself. */
export interface Path {
  readonly text: string;
  readonly steps: readonly Step[];
}

interface Step {
  readonly key: string;
  /** The value is a list or a map, and the path goes on in each of its entries. */
  readonly each: boolean;
}

const step = /^([A-Za-z][A-Za-z0-9_-]*)(\[\*\])?$/;

/** Compiles a path once. Throws a plain error for one that is not well-formed: those come from code and from the gate's config. */
export function compilePath(text: string): Path {
  const parts = text === "" ? [] : text.split(".");
  const steps = parts.map((part) => {
    const [, key, each] = step.exec(part) ?? [];
    if (key === undefined) throw new Error(`"${text}" is not a path such as spec.template or spec.jobs[*].template`);
    return { key, each: each !== undefined };
  });
  return { text, steps };
}

/**
 * Every object that the path leads to. Where a part is absent there is none; a part of the wrong type throws, and so does a
 * list or map of more entries than are read (WorkloadTooLarge).
 */
export function findPlaces(object: Fields, path: Path, base = ""): Place[] {
  return findValues(object, path, base).map(({ path: at, value }) => ({ path: at, fields: asFields(value, at) }));
}

/** As {@link findPlaces}, one after the other and however many: for what has to be read of every object. */
export function visitPlaces(object: Fields, { steps }: Path, use: (place: Place) => void): void {
  const visit = ({ path, value }: FoundValue): void => use({ path, fields: asFields(value, path) });
  walk({ path: "", value: object }, 0, { steps, refuse: undefined, visit });
}

/** Every value that the path leads to, of any type. */
export function findValues(object: Fields, { steps }: Path, base = ""): FoundValue[] {
  const found: FoundValue[] = [];
  walk({ path: base, value: object }, 0, { steps, refuse: refuseMoreThanRead, visit: (one) => void found.push(one) });
  return found;
}

interface Walk {
  readonly steps: readonly Step[];
  /** Throws where there are too many entries. */
  readonly refuse: ((entries: number, path: string) => void) | undefined;
  readonly visit: (found: FoundValue) => void;
}

function walk(from: FoundValue, at: number, way: Walk): void {
  const here = way.steps[at];
  if (here === undefined) return way.visit(from);
  const child = getChild(asFields(from.value, from.path), here.key);
  if (child === undefined) return;
  const path = joinPath(from.path, here.key);
  if (!here.each) return walk({ path, value: child }, at + 1, way);
  const next = way.steps[at + 1];
  const { values, showName } = listEntries(child, path);
  way.refuse?.(values.length, path);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    // Paths are put together only for entries that lead on.
    if (next !== undefined && isFields(value) && getChild(value, next.key) === undefined) continue;
    walk({ path: path + showName(index), value }, at + 1, way);
  }
}

interface Entries {
  readonly values: readonly unknown[];
  showName(index: number): string;
}

/** The entries of a list, or the values of a map. */
function listEntries(value: unknown, path: string): Entries {
  if (Array.isArray(value)) return { values: value, showName: (index) => `[${index}]` };
  if (!isFields(value)) throw new WorkloadError(path, "a list or a map");
  const keys = Object.keys(value);
  return { values: keys.map((key) => value[key]), showName: (index) => entryName(keys[index] ?? "", index) };
}

/** Absent and `null` are the same. */
function getChild(parent: Fields, key: string): unknown {
  return Object.hasOwn(parent, key) ? (parent[key] ?? undefined) : undefined;
}

/** Short, whatever the key: paths are put together many times. */
function entryName(key: string, at: number): string {
  return /^[A-Za-z0-9_-]{1,63}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 63))}#${at}]`;
}

/** A value of the object, and where it stands. */
export interface FoundValue {
  readonly path: string;
  readonly value: unknown;
}
