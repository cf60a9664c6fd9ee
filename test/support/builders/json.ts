/** A JSON object, for tests to build and change. */
export type Json = { [key: string]: unknown };

/** Changes a value as a JSON merge patch does: null takes a key away, lists are replaced. https://www.rfc-editor.org/rfc/rfc7386 */
export function merge(base: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Json = isObject(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
