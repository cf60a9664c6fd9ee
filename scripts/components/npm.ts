import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { catalogue, type ComponentName } from "./catalogue.ts";
import { renameUnlessThere } from "./rename.ts";

const installMs = 300_000;

/**
 * Installs a component from npm into `<parent>/<name>-<version>`, which is whole when it exists: the packages that the
 * lock files in its folder here name, and no script of theirs is run. Does nothing for other components, and without a network.
 */
export function installNpm(name: ComponentName, parent: string): void {
  const { source } = catalogue[name];
  if (!("npmPackage" in source)) return;
  const recipe = join(import.meta.dirname, source.npmPackage);
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, ".installing-"));
  try {
    cpSync(recipe, folder, { recursive: true });
    const installed = installLocked(folder) && installLocked(join(folder, "app"), "--omit=optional");
    if (installed) renameUnlessThere(folder, join(parent, `${name}-${readVersion(recipe, source.npmPackage)}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What goes wrong is said on standard error by npm itself. */
function installLocked(folder: string, ...options: string[]): boolean {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...options];
  const npm = spawnSync("npm", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"], timeout: installMs });
  return npm.status === 0;
}

function readVersion(recipe: string, npmPackage: string): string {
  const { dependencies } = JSON.parse(readFileSync(join(recipe, "app", "package.json"), "utf8"));
  return dependencies[npmPackage];
}
