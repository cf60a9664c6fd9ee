import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { catalogue, componentNames } from "./catalogue.ts";
import { withLock } from "./lock.ts";

/** The module whose go.mod and go.sum pin everything that is built. */
const moduleFolder = join(import.meta.dirname, "kubernetes");

/** A cold build of everything takes about six minutes on two cores: measured, with nothing in Go's caches but modules. */
const buildMs = 60 * 60_000;

/**
 * What `go build` names a program: the last element of its package path, or the one before a major version.
 * https://go.dev/ref/mod#major-version-suffixes
 */
function builtName(goPackage: string): string {
  return basename(goPackage.replace(/\/v\d+$/, ""));
}

/** The version of a module in go.mod, with its `v`. */
function pinned(module: string): string {
  const version = goMod()
    .split("\n")
    .map((line) => line.trim().split(" "))
    .find(([name, second]) => name === module && second?.startsWith("v"))?.[1];
  if (version === undefined) throw new Error(`${join(moduleFolder, "go.mod")} does not require ${module}`);
  return version;
}

function goMod(): string {
  return readFileSync(join(moduleFolder, "go.mod"), "utf8");
}

/** Without these the programs call themselves v0.0.0-master, and kubectl and helm compare versions. */
function linkerFlags(): string {
  const kubernetes = pinned("k8s.io/kubernetes");
  const [major = "", minor = ""] = kubernetes.slice(1).split(".");
  const set = {
    "k8s.io/component-base/version.gitVersion": kubernetes,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "helm.sh/helm/v4/internal/version.version": pinned("helm.sh/helm/v4"),
  };
  return ["-s", "-w", ...Object.entries(set).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** The folder, inside the components' own, where the programs of this go.mod are or will be. */
export function goBuildName(): string {
  const pins = goMod() + readFileSync(join(moduleFolder, "go.sum"), "utf8");
  const digest = createHash("sha256").update(pins).update(linkerFlags()).digest("hex");
  return `kubernetes-${pinned("k8s.io/kubernetes")}-${digest.slice(0, 12)}`;
}

/**
 * Builds every component that is made with Go, once: into `<parent>/<goBuildName()>`, which is whole when it exists.
 *
 * One build for all, because they share most of their packages. Says on standard output that it builds, and lets Go
 * say on standard error why it cannot. Without Go it does nothing.
 */
export function buildGoComponents(parent: string): void {
  const version = goVersion();
  if (version === undefined) return;
  mkdirSync(parent, { recursive: true });
  const folder = join(parent, goBuildName());
  withLock(`${folder}.lock`, () => {
    if (existsSync(folder)) return;
    const cores = availableParallelism();
    console.log(`building ${goBuildName()} with ${version} on ${cores} cores: about six minutes on two, and only once`);
    const started = Date.now();
    if (build(folder)) console.log(`built in ${Math.round((Date.now() - started) / 1000)} s: ${folder}`);
  });
}

/** Builds next to the final place and renames, so that a folder with the final name is always whole. */
function build(folder: string): boolean {
  const building = mkdtempSync(`${folder}.building-`);
  try {
    const programs = componentNames.flatMap((name) => {
      const { source, commands } = catalogue[name];
      return "goPackage" in source ? [{ goPackage: source.goPackage, command: commands[0] }] : [];
    });
    const args = ["-trimpath", "-buildvcs=false", "-mod=readonly", `-ldflags=${linkerFlags()}`, "-o", `${building}/`];
    const { status } = spawnSync("go", ["build", ...args, ...programs.map(({ goPackage }) => goPackage)], {
      cwd: moduleFolder,
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
