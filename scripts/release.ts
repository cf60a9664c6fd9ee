/**
 * `npm run release`: what is published of a version, in dist/release/: the command line as an npm package that needs nothing
 * but Node, a bill of what is inside it, and the checksums of both. `--out FOLDER` puts it elsewhere.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };

const root = join(import.meta.dirname, "..");
const { values } = parseArgs({ options: { out: { type: "string", default: join(root, "dist", "release") } } });
const out = resolve(values.out);

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "assaygate-release-"));
try {
  makePackage(folder);
  npm(["pack", folder, "--pack-destination", out, "--silent"]);
  writeFileSync(join(out, `${manifest.name}-${manifest.version}.cdx.json`), billOfMaterials(folder));
  writeChecksums(out);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Everything is in the bundle, so that the package has no dependencies and no install scripts. */
function makePackage(target: string): void {
  const outfile = join(target, "assaygate.mjs");
  execFileSync(process.execPath, [join(root, "scripts", "build.ts"), "--outfile", outfile], { stdio: "inherit" });
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) copyFileSync(join(root, file), join(target, file));
  const { name, version, description, license, type, engines } = manifest;
  const files = ["assaygate.mjs", "chunks/*.mjs", "chunks/*.cjs", "CHANGELOG.md"];
  const bin = { assaygate: "assaygate.mjs" };
  const published = { name, version, description, license, type, engines, bin, files };
  writeFileSync(join(target, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
}

interface Bill {
  readonly components: readonly { readonly "bom-ref": string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/**
 * CycloneDX, of the packages whose code is inside the bundle: npm's own list knows only what is installed.
 * https://cyclonedx.org/specification/overview/
 */
function billOfMaterials(bundle: string): string {
  const bill = JSON.parse(
    npm(["sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"]),
  ) as Bill;
  const inside = packagesIn(bundle);
  const refs = new Set([...inside, `${manifest.name}@${manifest.version}`]);
  const components = bill.components.filter((component) => inside.has(component["bom-ref"]));
  const dependencies = bill.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => refs.has(one)) }));
  const missing = inside.size - components.length;
  if (missing > 0) throw new Error(`npm's bill of materials lacks ${missing} packages that are in the bundle`);
  return `${JSON.stringify({ ...bill, components, dependencies }, undefined, 2)}\n`;
}

/** `name@version` of every package from which the bundle has code, by its source maps. */
function packagesIn(bundle: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const map of readdirSync(bundle, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".map"),
  )) {
    const { sources } = JSON.parse(readFileSync(join(bundle, map), "utf8")) as { readonly sources: readonly string[] };
    for (const source of sources) {
      const [, path] = /^.*?(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(source) ?? [];
      if (path !== undefined) found.add(toInstalled(path));
    }
  }
  return new Set([...found].map((path) => toNameAndVersion(join(root, path))));
}

/** The folder of the package that npm installed: some are published with the code of others inside, and their source maps say so. */
function toInstalled(path: string): string {
  const outer = path.lastIndexOf("/node_modules/");
  return outer === -1 || existsSync(join(root, path, "package.json")) ? path : toInstalled(path.slice(0, outer));
}

function toNameAndVersion(packageFolder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  return `${name}@${version}`;
}

/** As `sha256sum --check` reads them. */
function writeChecksums(target: string): void {
  const lines = readdirSync(target)
    .toSorted()
    .map(
      (name) =>
        `${createHash("sha256")
          .update(readFileSync(join(target, name)))
          .digest("hex")}  ${name}`,
    );
  writeFileSync(join(target, "SHA256SUMS"), `${lines.join("\n")}\n`);
  console.log([target, ...lines].join("\n"));
}

function npm(args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}
