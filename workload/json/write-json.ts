import { isObject } from "../../policies/is-object.ts";

/** No real object comes near: the pods of operators have some fifteen levels. */
const mostLevels = 64;

/**
 * A part of an object as JSON. Undefined: it is nested deeper than is written. The API server lets 10,000 levels through, and
 * JSON.stringify looks at all levels above a value for a circle, so that the time it takes grows with their square.
 */
export function writeJson(part: unknown): string | undefined {
  return isDeeper(part, mostLevels) ? undefined : JSON.stringify(part);
}

/** Whether a value has more levels of lists and maps than these. Looks no deeper. */
function isDeeper(value: unknown, levels: number): boolean {
  if (Array.isArray(value)) return levels === 0 || value.some((inner) => isDeeper(inner, levels - 1));
  if (!isObject(value)) return false;
  if (levels === 0) return true;
  // JSON has own keys alone. A list of all values would take twice as long as their keys.
  for (const key in value) if (isDeeper(value[key], levels - 1)) return true;
  return false;
}
