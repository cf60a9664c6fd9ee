/** True for an error of Node.js with this code. https://nodejs.org/api/errors.html#nodejs-error-codes */
export function isErrorCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}

/** The code of an error of Node.js, such as ENOENT; `unknown error` for anything else. Looks, and asks for no class: tests have their own. */
export function errorCodeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error";
}
