import { type Environment, toOpaque } from "../expansion.ts";

const unlisted = toOpaque("$(variables in another spelling)");

/**
 * The environment as a program finds it that folds the case of variables, as pydantic's settings do: by names in capitals. A
 * variable with two values in two spellings has one that is not known, and so has every variable where spellings cannot be
 * listed, as in a script.
 */
export function toFoldedEnvironment({ values, prefixes, ...rest }: Environment): Environment {
  const folded = values instanceof Map ? foldMap(values) : { get: () => unlisted, has: () => true };
  return { ...rest, values: folded, ...(prefixes && { prefixes: prefixes.map((prefix) => prefix.toUpperCase()) }) };
}

function foldMap(values: ReadonlyMap<unknown, unknown>): ReadonlyMap<string, string> {
  const folded = new Map<string, string>();
  for (const [key, value] of values) {
    const name = String(key).toUpperCase();
    const before = folded.get(name);
    folded.set(name, before === undefined || before === value ? String(value) : toOpaque(`$(${name})`));
  }
  return folded;
}
