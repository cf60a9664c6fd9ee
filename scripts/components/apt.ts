import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** A package as Debian's archive has it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** The `.deb` file; it lasts as long as `withPackages` runs its callback. */
  readonly file: string;
}

/**
 * Downloads packages with apt and hands each one that could be had to `use`.
 *
 * apt runs on folders of its own, with the signatures checked as ever: nothing on the machine changes, no root is
 * needed, and the mirror is the one the machine already uses. Without apt, or without a network, `use` is not called.
 */
export function withPackages(names: readonly string[], suite: string, use: (downloaded: DebianPackage) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-apt-"));
  try {
    let wanted = [...names];
    for (const sources of [debianSources(folder, suite), machineSources(folder)]) {
      if (sources === undefined || wanted.length === 0) continue;
      const found = download(sources, wanted);
      found.forEach(use);
      wanted = wanted.filter((name) => !found.some((each) => each.name === name));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Unpacks a `.deb` into a folder: files only, none of the package's scripts run. */
export function unpack(deb: string, folder: string): boolean {
  return run("dpkg", ["-x", deb, folder]) !== undefined;
}

/** A folder of apt's own: the configuration in it keeps everything that apt writes inside. */
interface AptFolder {
  readonly folder: string;
  readonly config: string;
}

/** A suite of Debian's, from the mirrors this machine takes its own release from. */
function debianSources(parent: string, suite: string): AptFolder | undefined {
  if (!existsSync(debianKeyring)) return undefined;
  const apt = machineSources(parent);
  const lines = mirrors(apt).map((mirror) => `deb [signed-by=${debianKeyring}] ${mirror} ${suite} main\n`);
  if (lines.length === 0) return undefined;
  const list = join(apt.folder, "sources.list");
  writeFileSync(list, lines.join(""));
  return aptFolder(apt.folder, [
    `Dir::Etc::sourcelist "${list}";`,
    `Dir::Etc::sourceparts "${join(apt.folder, "none")}";`,
  ]);
}

/** Whatever this machine would install from. */
function machineSources(parent: string): AptFolder {
  return aptFolder(mkdtempSync(join(parent, "apt-")), []);
}

function aptFolder(folder: string, settings: readonly string[]): AptFolder {
  for (const path of ["state/lists/partial", "cache/archives/partial", "none", "downloads"]) {
    mkdirSync(join(folder, path), { recursive: true });
  }
  writeFileSync(join(folder, "status"), "");
  const config = join(folder, "apt.conf");
  const lines = [
    // A machine may have set commands to run after an update, such as emptying its own package cache.
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    `Dir::State "${folder}/state";`,
    `Dir::State::status "${folder}/status";`,
    `Dir::Cache "${folder}/cache";`,
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    'Acquire::Retries "3";',
    ...settings,
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  return { folder, config };
}

/** Base addresses from which this machine takes its own release, as apt itself reads its sources. */
function mirrors({ config }: AptFolder): string[] {
  const codename = /^VERSION_CODENAME=(\w+)/m.exec(read("/etc/os-release"))?.[1];
  if (codename === undefined) return [];
  const addresses = run("apt-get", ["-c", config, "--print-uris", "update"]) ?? "";
  const release = new RegExp(String.raw`^'(\S+)/dists/${codename}/main/binary-[^/]+/Packages\b`, "gm");
  return [...new Set([...addresses.matchAll(release)].flatMap((match) => match[1] ?? []))];
}

/** An update may fail for one source and still have brought the one that matters, so only downloads are judged. */
function download({ folder, config }: AptFolder, names: readonly string[]): DebianPackage[] {
  const downloads = join(folder, "downloads");
  run("apt-get", ["-c", config, "update"]);
  for (const name of names) run("apt-get", ["-c", config, "download", name], downloads);
  return readdirSync(downloads).flatMap((entry) => {
    const file = join(downloads, entry);
    const fields = run("dpkg-deb", ["-W", "--showformat=${Package}\t${Version}", file])?.split("\t");
    const [name, version] = fields ?? [];
    return name === undefined || version === undefined ? [] : [{ name, version, file }];
  });
}

/** Standard output, or undefined when the program is absent, fails or takes minutes. */
function run(command: string, args: readonly string[], cwd?: string): string | undefined {
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
    maxBuffer: 16 * 1024 * 1024,
    timeout: 300_000,
  });
  return status === 0 ? stdout : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
