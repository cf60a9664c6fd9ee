/**
 * `ENOENT` and the like, of an error that Node.js made; undefined for any other.
 * https://nodejs.org/api/errors.html#nodejs-error-codes
 */
export function getErrorCode(error: unknown): string | undefined {
  const hasCode = typeof error === "object" && error !== null && "code" in error;
  return hasCode && typeof error.code === "string" ? error.code : undefined;
}
