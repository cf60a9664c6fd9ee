import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { catalogue, componentNames, type GoSource } from "./catalogue.ts";
import { buildTakes, toGoBuildName, toLinkerFlags, getModuleFolder, type GoModule } from "./go-module.ts";
import { withLock } from "./lock.ts";

/** Ten times what the largest takes on two cores. */
const buildMs = 60 * 60_000;

/**
 * What `go build` names a program: the last element of its package path, or the one before a major version.
 * https://go.dev/ref/mod#major-version-suffixes
 */
function builtName(goPackage: string): string {
  return basename(goPackage.replace(/\/v\d+$/, ""));
}

function buildsHere({ linuxOnly = false }: GoSource): boolean {
  return !linuxOnly || process.platform === "linux";
}

/**
 * Builds every component that comes from one go.mod, once: into `<parent>/<toGoBuildName()>`, which is whole when it exists.
 *
 * One build for all of them, because they share most of their packages. Says on standard output that it builds, and lets Go
 * say on standard error why it cannot. Without Go it does nothing.
 */
export function buildGoComponents(name: GoModule, parent: string): void {
  const version = goVersion();
  if (version === undefined) return;
  mkdirSync(parent, { recursive: true });
  const folder = join(parent, toGoBuildName(name));
  withLock(`${folder}.lock`, () => {
    if (existsSync(folder)) return;
    const cores = availableParallelism();
    const takes = `${buildTakes(name)} on two, and only once`;
    console.log(`building ${toGoBuildName(name)} with ${version} on ${cores} cores: ${takes}`);
    const started = Date.now();
    if (build(name, folder)) console.log(`built in ${Math.round((Date.now() - started) / 1000)} s: ${folder}`);
  });
}

/** Builds next to the final place and renames, so that a folder with the final name is always whole. */
function build(name: GoModule, folder: string): boolean {
  const building = mkdtempSync(`${folder}.building-`);
  try {
    const programs = componentNames.flatMap((component) => {
      const { source, commands } = catalogue[component];
      return "goPackage" in source && source.goModule === name && buildsHere(source)
        ? [{ goPackage: source.goPackage, command: commands[0] }]
        : [];
    });
    if (programs.length === 0) return false;
    const args = [
      "-trimpath",
      "-buildvcs=false",
      "-mod=readonly",
      `-ldflags=${toLinkerFlags(name)}`,
      "-o",
      `${building}/`,
    ];
    const { status } = spawnSync("go", ["build", ...args, ...programs.map(({ goPackage }) => goPackage)], {
      cwd: getModuleFolder(name),
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
      stdio: ["ignore", "ignore", "inherit"],
      timeout: buildMs,
    });
    if (status !== 0) return false;
    for (const { goPackage, command } of programs) {
      renameSync(join(building, builtName(goPackage)), join(building, command));
    }
    renameSync(building, folder);
    return true;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** As Go says it, such as `go1.26.8`; undefined without Go. */
function goVersion(): string | undefined {
  const { status, stdout } = spawnSync("go", ["env", "GOVERSION"], { encoding: "utf8", timeout: 10_000 });
  return status === 0 ? stdout.trim() : undefined;
}
