import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const runtime = pathToFileURL(join(import.meta.dirname, "runtime.ts")).href;

/**
 * Node names modules by URL; jest shows paths, and finds the line of a failure by them. What loads the suites is left out.
 *
 * jest puts its own formatter in its place before each suite, so that this one never wraps itself.
 */
export function showPathsInStacks(): void {
  const format = Error.prepareStackTrace;
  Error.prepareStackTrace = (error, frames) =>
    String(format?.(error, frames) ?? error)
      .split("\n")
      .filter((line) => !line.includes(`${runtime}:`))
      .map((line) => line.replace(/(?<=^ +at .*)file:\/\/\S+(?=:\d+:\d+\)?$)/, (url) => fileURLToPath(url)))
      .join("\n");
}
