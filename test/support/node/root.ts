import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { getComponentsFolder, requirePath } from "../../../scripts/components/locate.ts";

/** The checkout. */
export const checkout = join(import.meta.dirname, "../../..");

/** The Node that npm brings: it needs nothing but what is in the root folder. */
export function nodeProgram(): string {
  const manifest = `node-linux-${process.arch}/package.json`;
  return join(dirname(createRequire(import.meta.url).resolve(manifest)), "bin", "node");
}

/** The folder of the component `node-root`. */
export function nodeRoot(): string {
  return join(requirePath("node-root"), "../../..");
}

export interface RootOptions {
  /** An empty folder, where the root folder is put together. Outside the mount namespace it stays empty. */
  readonly stage: string;
  /** Paths that are there inside as outside, besides the checkout and the components. */
  readonly paths: readonly string[];
  /** Whether the command has a network namespace of its own. */
  readonly newNetwork: boolean;
}

/** A command line that runs `command` in a root folder of its own, with PATH set. Needs a new mount namespace. */
export function inRoot({ stage, paths, newNetwork }: RootOptions, command: readonly string[]): string[] {
  const lower = nodeRoot();
  const shell = join(lower, "usr/bin/busybox");
  const shared = [checkout, getComponentsFolder(), ...paths].filter((path) => existsSync(path));
  const script = join(import.meta.dirname, "inside/enter-root.sh");
  const environment = newNetwork ? ["NEW_NETWORK=yes"] : [];
  return [shell, "env", ...environment, shell, "sh", script, lower, stage, ...shared, "--", ...command];
}
