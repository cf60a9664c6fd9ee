import { asFields, type Fields, isFields, join, type Place, WorkloadError } from "./shape.ts";

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

/** Every object that the path leads to. Where a part is absent there is none; a part of the wrong type throws. */
export function placesOf(object: Fields, path: Path, base = ""): Place[] {
  return valuesOf(object, path, base).map(({ path: at, value }) => ({ path: at, fields: asFields(value, at) }));
}

/** Every value that the path leads to, of any type. */
export function valuesOf(object: Fields, { steps }: Path, base = ""): FoundValue[] {
  let found: FoundValue[] = [{ path: base, value: object }];
  for (const { key, each } of steps) {
    const next: FoundValue[] = [];
    for (const { path, value } of found) {
      const parent = asFields(value, path);
      const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
      if (child === undefined || child === null) continue;
      const childPath = join(path, key);
      if (!each) {
        next.push({ path: childPath, value: child });
        continue;
      }
      for (const entry of entriesOf(child, childPath)) next.push(entry);
    }
    found = next;
  }
  return found;
}

/** The entries of a list, or the values of a map. */
function entriesOf(value: unknown, path: string): FoundValue[] {
  if (Array.isArray(value)) return value.map((item: unknown, at) => ({ path: `${path}[${at}]`, value: item }));
  if (!isFields(value)) throw new WorkloadError(path, "a list or a map");
  return Object.keys(value).map((key, at) => ({ path: `${path}${entryName(key, at)}`, value: value[key] }));
}

/** Short, whatever the key: paths are put together many times. */
function entryName(key: string, at: number): string {
  return /^[A-Za-z0-9_-]{1,63}$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 63))}#${at}]`;
}

export interface FoundValue {
  readonly path: string;
  readonly value: unknown;
}
