import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { catalogue, type Component, type ComponentName } from "./catalogue.ts";
import { toGoBuildName, toGoFilesName } from "./go-module.ts";
import { debianRootName } from "./node-root.ts";

/** Where a component is, or how to get it. */
export type Located = { readonly path: string } | { readonly missing: string };

/** Where provided components live: a folder `<name>-<version>` for each, or for all that one build makes. It may not exist yet. */
export function getComponentsFolder(): string {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  return join(cache, "assaygate", "components");
}

/**
 * Finds a component without network: first among the reader's own envtest programs, then the one provided before, then
 * one on the PATH.
 *
 * `missing` is a sentence that names it and says how to get it.
 */
export function locate(name: ComponentName): Located {
  const path = inEnvtest(catalogue[name]) ?? inCache(name) ?? onPath(catalogue[name]);
  return path === undefined ? { missing: `${name} is missing: ${catalogue[name].install}` } : { path };
}

/** The component's path; throws the sentence that says how to get it. */
export function requirePath(name: ComponentName): string {
  const located = locate(name);
  if ("missing" in located) throw new Error(located.missing);
  return located.path;
}

/** Whether the file runs on this machine and is the program we mean. */
export function answers(path: string, { probe }: Component): boolean {
  const { status, stdout, stderr } = spawnSync(path, probe.args, { encoding: "utf8", timeout: 10_000 });
  return status === 0 && (probe.says.test(stdout) || probe.says.test(stderr));
}

/** Where a package's program is once the package is unpacked or installed in `folder`. */
export function findProgram(folder: string, { commands, source }: Component): string {
  if ("npmPackage" in source) return join(folder, "app", "node_modules", ".bin", commands[0]);
  return join(folder, ...("pythonPackages" in source ? [] : ["usr"]), "bin", commands[0]);
}

/** https://book.kubebuilder.io/reference/envtest.html: a folder that names itself so is what its owner wants used. */
function inEnvtest({ source, commands }: Component): string | undefined {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  if (!assets || !("envtest" in source && source.envtest)) return undefined;
  const path = join(assets, commands[0]);
  return isExecutable(path) ? path : undefined;
}

function inCache(name: ComponentName): string | undefined {
  const { source, commands } = catalogue[name];
  if ("goFiles" in source) {
    const path = join(getComponentsFolder(), toGoFilesName(source.goModule), commands[0]);
    return isThere(path) ? path : undefined;
  }
  if ("goPackage" in source) {
    const path = join(getComponentsFolder(), toGoBuildName(source.goModule), commands[0]);
    return isExecutable(path) ? path : undefined;
  }
  if ("debianRoot" in source) {
    const path = findProgram(join(getComponentsFolder(), debianRootName(name, source.debianRoot)), catalogue[name]);
    return isExecutable(path) ? path : undefined;
  }
  const versions = foldersIn(getComponentsFolder()).filter((folder) => folder.startsWith(`${name}-`));
  const newest = versions.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
  if (newest === undefined) return undefined;
  const path = findProgram(join(getComponentsFolder(), newest), catalogue[name]);
  return isExecutable(path) ? path : undefined;
}

function onPath(component: Component): string | undefined {
  const { source } = component;
  if ("debianRoot" in source || "npmPackage" in source || "goFiles" in source) return undefined;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = component.commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  return candidates.find((path) => isExecutable(path) && answers(path, component));
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  return isThere(path, constants.X_OK);
}

function isThere(path: string, mode: number = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
