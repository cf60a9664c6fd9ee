/**
 * A part of an object as JSON, as its API server would send it. Undefined: it is nested so deep that the runtime cannot write
 * it, which the API server lets through (up to 10,000 levels), and no real object comes near.
 */
export function writeJson(part: object | string | number | boolean | null): string | undefined {
  try {
    return JSON.stringify(part);
  } catch (cause) {
    // The stack is spent, or the text would be longer than any text may be.
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
