import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { render } from "./server-flags/render.ts";
import { type Parsed, uniteTables } from "./server-flags/union.ts";

interface Source {
  /** The function in parsers.py, and which of its parsers. */
  readonly server: string;
  readonly parser: string;
  readonly package: string;
  readonly underscores: boolean;
  /** Oldest first. */
  readonly versions: readonly string[];
}

// Renews the tables in workload/flags/tables/ that packages.json names, or only those given as arguments.
// It needs python3 (3.12 or newer) with pip, the package registry, and 2 GB of disk for a while; each wheel is deleted as
// soon as its Python files are out of it. `ASSAYGATE_FLAGS_CACHE` keeps those files between runs.
const here = fileURLToPath(new URL("server-flags/", import.meta.url));
const tables = fileURLToPath(new URL("../workload/flags/tables/", import.meta.url));
const cache = process.env.ASSAYGATE_FLAGS_CACHE;
const work = cache ?? mkdtempSync(join(tmpdir(), "server-flags-"));
const sources = JSON.parse(readFileSync(join(here, "packages.json"), "utf8")) as Record<string, Source>;
const wanted = process.argv.slice(2);
try {
  mkdirSync(work, { recursive: true });
  const python = environment();
  for (const [constant, source] of Object.entries(sources)) {
    if (wanted.length === 0 || wanted.includes(constant)) renew(constant, source, python);
  }
} finally {
  if (cache === undefined) rmSync(work, { recursive: true });
}

function environment(): string {
  const folder = join(work, "venv");
  const python = join(folder, "bin/python");
  if (!existsSync(python)) {
    execFileSync(process.env.PYTHON ?? "python3", ["-m", "venv", folder]);
    execFileSync(python, ["-m", "pip", "install", "--quiet", "-r", join(here, "requirements.txt")], {
      stdio: "inherit",
    });
  }
  return python;
}

function renew(constant: string, source: Source, python: string): void {
  const versions = source.versions.map((version) => parse(source, unpack(source.package, version, python), python));
  const [oldest = "", version = ""] = [source.versions[0], source.versions.at(-1)];
  const { package: name, underscores } = source;
  const text = render(constant, { package: name, version, oldest, underscores, ...uniteTables(versions) });
  writeFileSync(join(tables, `${constant}.ts`), text);
  console.log(`workload/flags/tables/${constant}.ts: ${name} ${oldest} to ${version}`);
}

/** The Python files of one wheel, for Linux on x86-64. */
function unpack(name: string, version: string, python: string): string {
  const folder = join(work, `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const wheels = mkdtempSync(join(work, "wheel-"));
  const platforms = ["2_39", "2_35", "2_34", "2_31", "2_28", "2_24", "2014", "1"].flatMap((glibc) => [
    "--platform",
    `manylinux${glibc.includes("_") ? "_" : ""}${glibc}_x86_64`,
  ]);
  const options = ["--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:", "--python-version", "3.12"];
  execFileSync(python, ["-m", "pip", "download", ...options, ...platforms, "-d", wheels, `${name}==${version}`]);
  const [wheel = ""] = readdirSync(wheels);
  execFileSync(python, [join(here, "unpack.py"), join(wheels, wheel), folder]);
  rmSync(wheels, { recursive: true });
  return folder;
}

function parse({ server, parser }: Source, folder: string, python: string): Parsed {
  const output = execFileSync(python, [join(here, "parsers.py"), server, folder], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 64 * 1024 * 1024,
  });
  const parsed = JSON.parse(output.trim().split("\n").at(-1) ?? "") as Record<string, Parsed>;
  const found = parsed[parser];
  if (found === undefined) throw new Error(`parsers.py has no parser ${parser} of ${server}`);
  return found;
}
