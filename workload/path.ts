import { asFields, type Fields, join, type Place, WorkloadError } from "./shape.ts";

/** A compiled path, such as `spec.replicatedJobs[*].template`. The empty path is the object itself. */
export interface Path {
  readonly text: string;
  readonly steps: readonly Step[];
}

interface Step {
  readonly key: string;
  /** The value is a list, and the path goes on in each of its entries. */
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
      if (!Array.isArray(child)) throw new WorkloadError(childPath, "a list");
      child.forEach((item: unknown, at) => next.push({ path: `${childPath}[${at}]`, value: item }));
    }
    found = next;
  }
  return found;
}

export interface FoundValue {
  readonly path: string;
  readonly value: unknown;
}
