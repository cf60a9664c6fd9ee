import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unpack, withPackages, type DebianPackage } from "./apt.ts";
import { catalogue, componentNames, type ComponentName } from "./catalogue.ts";
import type { GoModule } from "./go-module.ts";
import { copyGoFiles } from "./go-files.ts";
import { buildGoComponents } from "./go.ts";
import { answers, getComponentsFolder, locate, findProgram, type Located } from "./locate.ts";
import { unpackDebianRoot } from "./debian-root.ts";
import { installNpm } from "./npm.ts";
import { installPython } from "./python.ts";
import { renameUnlessThere } from "./rename.ts";

/**
 * Makes components available, every one by default, downloading or building those that `locate` does not find.
 *
 * Touches no network when all are there. May run in several processes at once. What cannot be had is reported as
 * missing, never thrown: tests without it still run.
 */
export function provideComponents(names: readonly ComponentName[] = componentNames): Map<ComponentName, Located> {
  const absent = names.filter((name) => "missing" in locate(name));
  for (const suite of ["trixie", "forky"]) {
    const packages = absent.filter((name) => suiteOf(name) === suite).flatMap((name) => debianPackageOf(name) ?? []);
    if (packages.length > 0) withPackages(packages, suite, keep);
  }
  for (const module of new Set(absent.flatMap((name) => goModuleOf(name) ?? []))) {
    buildGoComponents(module, getComponentsFolder());
  }
  for (const name of absent) copyGoFiles(name, getComponentsFolder());
  for (const name of absent) unpackDebianRoot(name, getComponentsFolder());
  for (const name of absent) installPython(name, getComponentsFolder());
  for (const name of absent) installNpm(name, getComponentsFolder());
  return new Map(names.map((name) => [name, locate(name)]));
}

/** One line for each component, and whether all are there. */
export function reportComponents(provided: ReadonlyMap<ComponentName, Located>): boolean {
  for (const [name, located] of provided) {
    console.log("path" in located ? `component ${name}: ${located.path}` : `component ${located.missing}`);
  }
  return [...provided.values()].every((located) => "path" in located);
}

function debianPackageOf(name: ComponentName): string | undefined {
  const { source } = catalogue[name];
  return "debianPackage" in source ? source.debianPackage : undefined;
}

function goModuleOf(name: ComponentName): GoModule | undefined {
  const { source } = catalogue[name];
  return "goPackage" in source ? source.goModule : undefined;
}

function suiteOf(name: ComponentName): string {
  const { source } = catalogue[name];
  return ("suite" in source ? source.suite : undefined) ?? "trixie";
}

/** Unpacks next to the final place and renames, so that a folder with the final name is always whole and runs here. */
function keep({ name: debianPackage, version, file }: DebianPackage): void {
  const name = componentNames.find((each) => debianPackageOf(each) === debianPackage);
  if (name === undefined) return;
  mkdirSync(getComponentsFolder(), { recursive: true });
  const unpacked = mkdtempSync(join(getComponentsFolder(), ".unpacking-"));
  try {
    if (unpack(file, unpacked) && answers(findProgram(unpacked, catalogue[name]), catalogue[name])) {
      renameUnlessThere(unpacked, join(getComponentsFolder(), `${name}-${version}`));
    }
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}
