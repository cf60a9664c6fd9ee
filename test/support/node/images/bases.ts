import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { nodeProgram, nodeRoot } from "../root.ts";
import type { Build } from "./buildah.ts";

/** What Node loads. */
const libraries = /^(?:lib(?:c|m|dl|pthread|rt|stdc\+\+|gcc_s)\.so|ld-linux)/;

/** A base as the Dockerfile's second stage expects it: Node at /nodejs/bin/node, what it loads, and user 65532. */
export function runtimeBase(work: string, tag: string): Build {
  const context = join(work, "runtime");
  writeRoot(context);
  mkdirSync(join(context, "nodejs/bin"), { recursive: true });
  cpSync(nodeProgram(), join(context, "nodejs/bin/node"));
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY . /\n");
  writeFileSync(join(context, ".dockerignore"), "Dockerfile\n.dockerignore\n");
  return { tag, context };
}

/** A base as the Dockerfile's first stage expects it: the runtime base with a shell and npm. */
export function builderBase(work: string, tag: string, runtimeTag: string): Build {
  const context = join(work, "builder");
  mkdirSync(join(context, "local/etc"), { recursive: true });
  mkdirSync(join(context, "local/bin"), { recursive: true });
  cpSync(join(nodeRoot(), "usr/bin/busybox"), join(context, "busybox"));
  cpSync(npmFolder(), join(context, "local/lib/node_modules/npm"), { recursive: true, dereference: true });
  symlinkSync("/nodejs/bin/node", join(context, "local/bin/node"));
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(context, "local/bin/npm"));
  writeFileSync(join(context, "local/etc/npmrc"), `registry=${npm("config", "get", "registry")}\n`);
  const lines = [
    `FROM ${runtimeTag}`,
    "COPY busybox /usr/bin/busybox",
    "COPY local /usr/local",
    'RUN ["/usr/bin/busybox", "--install", "-s", "/usr/bin"]',
    "ENV PATH=/usr/local/bin:/usr/bin",
    `ENV NODE_EXTRA_CA_CERTS=${authorities} HOME=/root`,
  ];
  writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`);
  return { tag, context };
}

/** The machine's certificates and npm's sign-in, for RUN commands alone. */
export function machineMounts(): Record<string, string> {
  const home = process.env["HOME"] ?? "/root";
  const own = process.env["NODE_EXTRA_CA_CERTS"] ?? "/etc/ssl/certs/ca-certificates.crt";
  const mounts = { [own]: authorities, [join(home, ".npmrc")]: "/root/.npmrc" };
  return Object.fromEntries(Object.entries(mounts).filter(([from]) => existsSync(from)));
}

const authorities = "/etc/machine-authorities.pem";

function writeRoot(context: string): void {
  const root = nodeRoot();
  mkdirSync(join(context, "etc"), { recursive: true });
  writeFileSync(
    join(context, "etc/passwd"),
    "root:x:0:0::/root:/bin/sh\nnonroot:x:65532:65532::/home/nonroot:/bin/sh\n",
  );
  writeFileSync(join(context, "etc/group"), "root:x:0:\nnonroot:x:65532:\n");
  linkRoot(context);
  const folders = readdirSync(join(root, "usr/lib")).filter((name) => name.includes("-linux-"));
  for (const folder of [...folders.map((name) => `usr/lib/${name}`), "usr/lib64"]) {
    const files = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
    for (const file of files.filter((name) => libraries.test(name))) {
      cpSync(join(root, folder, file), join(context, folder, file), { verbatimSymlinks: true });
    }
  }
}

/** In Debian, what was at the root lies below usr. */
function linkRoot(context: string): void {
  for (const name of ["bin", "lib", "lib64", "sbin"]) {
    mkdirSync(join(context, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(context, name));
  }
}

/** Of the npm that runs this, or that is on the PATH. */
function npmFolder(): string {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "npm"));
  const programs = [process.env["npm_execpath"] ?? "", ...onPath].filter((path) => existsSync(path));
  const cli = programs.map((path) => realpathSync(path)).find((path) => path.endsWith("bin/npm-cli.js"));
  if (cli === undefined) throw new Error("npm is not on the PATH");
  return dirname(dirname(cli));
}

function npm(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("npm", args, { encoding: "utf8", timeout: 30_000 });
  if (status !== 0) throw new Error(`npm ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}
