import { join } from "node:path";

declare const ASSAYGATE_SCRIPT: string | undefined;

/** What the build leaves out of its script: servers, which run where no code is kept, and commands that need little of it. */
export const modulesOnly: readonly string[] = ["serve", "registry-proxy", "trusted-root", "explain", "version"];

/**
 * The script of the build that lies in `folder`, where these arguments of the program are for a command in it; undefined where
 * there is none, as in a checkout.
 */
export function locateScript(folder: string, [command = "", ...args]: readonly string[]): string | undefined {
  if (typeof ASSAYGATE_SCRIPT === "undefined" || modulesOnly.includes(command)) return undefined;
  // Help is about every command, and little of one runs for it.
  const isCommand = /^[a-z][a-z-]*$/.test(command) && command !== "help";
  return isCommand && !args.includes("--help") && !args.includes("-h") ? join(folder, ASSAYGATE_SCRIPT) : undefined;
}
