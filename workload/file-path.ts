/**
 * An absolute path as the container runtime resolves it: without `.`, `..`, doubled or trailing slashes. A relative path
 * stays relative, and one that climbs above its start keeps its `..`. The root is the empty text, so that `${path}/` is
 * always the beginning of what lies in it.
 */
export function normalizePath(path: string): string {
  if (!/\/\/|\/$|(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) return path;
  const isAbsolute = path.startsWith("/");
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && (isAbsolute || (parts.length > 0 && parts.at(-1) !== ".."))) parts.pop();
    else parts.push(part);
  }
  return `${isAbsolute && parts.length > 0 ? "/" : ""}${parts.join("/")}`;
}

/** Both normalised. */
export function isWithin(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}

/** What stands behind the last slash. */
export function getBaseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
