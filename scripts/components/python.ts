import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { catalogue, type ComponentName, type PythonSource } from "./catalogue.ts";
import { answers, findProgram } from "./locate.ts";
import { renameUnlessThere } from "./rename.ts";

const installMs = 300_000;

/**
 * Installs a component from PyPI into `<parent>/<name>-<version>`, which is whole when it exists. Does nothing for other
 * components, and without Python or a network.
 */
export function installPython(name: ComponentName, parent: string): void {
  const { source } = catalogue[name];
  if (!("pythonPackages" in source)) return;
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, ".installing-"));
  try {
    const installed =
      succeeds("python3", ["-m", "venv", folder]) &&
      succeeds(join(folder, "bin", "python3"), ["-m", "pip", "install", "--quiet", ...listPackages(source)]);
    const version = source.pythonPackages[0].split("==")[1] ?? "any";
    if (installed && answers(findProgram(folder, catalogue[name]), catalogue[name])) {
      renameUnlessThere(folder, join(parent, `${name}-${version}`));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listPackages({ pythonPackages, lock }: PythonSource): readonly string[] {
  return lock === undefined
    ? pythonPackages
    : ["--no-deps", "--requirement", join(import.meta.dirname, "python-locks", lock)];
}

/** What goes wrong is said on standard error by the program itself. */
function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: ["ignore", "ignore", "inherit"], timeout: installMs }).status === 0;
}
