/** True for an error of Node.js with this code. https://nodejs.org/api/errors.html#nodejs-error-codes */
export function isErrorCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
