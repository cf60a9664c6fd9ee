import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { catalogue, type ComponentName } from "./catalogue.ts";
import { getModuleFolder, getPinnedVersion, toGoFilesName } from "./go-module.ts";
import { renameUnlessThere } from "./rename.ts";

const downloadMs = 300_000;

/**
 * Copies a component's files out of the Go modules that its go.mod pins, into a folder that is whole when it exists. Go checks the
 * modules by its go.sum. Does nothing for other components, and without Go or a network.
 */
export function copyGoFiles(name: ComponentName, parent: string): void {
  const { source } = catalogue[name];
  if (!("goFiles" in source)) return;
  const folder = join(parent, toGoFilesName(source.goModule));
  if (existsSync(folder)) return;
  mkdirSync(parent, { recursive: true });
  const copying = mkdtempSync(`${folder}.copying-`);
  try {
    const isWhole = Object.entries(source.goFiles).every(([module, files]) => {
      const home = downloadModule(module, getPinnedVersion(source.goModule, module), getModuleFolder(source.goModule));
      if (home === undefined) return false;
      for (const file of files) copyFileSync(join(home, file), join(copying, basename(file)));
      return true;
    });
    if (isWhole) renameUnlessThere(copying, folder);
  } finally {
    rmSync(copying, { recursive: true, force: true });
  }
}

/** Where Go keeps the module; undefined where it cannot be had. Not its dependencies: nothing is built. */
function downloadModule(module: string, version: string, cwd: string): string | undefined {
  const { status, stdout } = spawnSync("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd,
    env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    timeout: downloadMs,
  });
  if (status !== 0) return undefined;
  const { Dir: home } = JSON.parse(stdout) as { readonly Dir?: string };
  return home;
}
