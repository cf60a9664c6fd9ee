import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { inRoot } from "../root.ts";

const buildMs = 600_000;

/** One `buildah build`. */
export interface Build {
  readonly tag: string;
  readonly context: string;
  readonly arguments?: Readonly<Record<string, string>>;
  /** Files of the machine that RUN commands see at these paths, read-only, and that are not in the image. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/**
 * Every image is trusted: none comes from a registry. buildah wants to find a network program that it does not use. It would
 * raise limits, which is not allowed everywhere, were it not told the ones that hold.
 */
const preparation = `
mkdir -p /etc/containers /usr/libexec/podman
ln -s /bin/busybox /usr/libexec/podman/netavark
limit() { echo "--ulimit=$1=$(ulimit -S$2):$(ulimit -H$2)" | sed s/unlimited/-1/g; }
limits="$(limit nofile n) $(limit nproc u)"
echo '{"default":[{"type":"insecureAcceptAnything"}]}' >/etc/containers/policy.json
`;

/**
 * Builds images one after the other, each of which may start from those before it, and writes the last one to `archive`.
 * Images from elsewhere are not pulled. The machine's network is there for what RUN commands download.
 */
export function buildImages(builds: readonly Build[], archive: string, work: string): void {
  const program = `buildah --root ${quote(join(work, "storage"))} --runroot /run/buildah`;
  const commands = builds.map((build) => `${program} build $limits ${argumentsOf(build).map(quote).join(" ")}`);
  const tag = builds.at(-1)?.tag ?? "";
  const push = `${program} push ${tag} ${quote(`docker-archive:${archive}:${tag}`)}`;
  const script = ["set -e", preparation, ...commands, push].join("\n");
  const stage = join(work, "stage");
  mkdirSync(stage);
  const used = builds.flatMap(({ context, mounts = {} }) => [context, ...Object.keys(mounts)]);
  const paths = [work, "/etc/resolv.conf", "/etc/hosts", ...used].filter((path) => existsSync(path));
  const command = inRoot({ stage, paths: [...new Set(paths)], newNetwork: false }, [
    "/bin/busybox",
    "sh",
    "-c",
    script,
  ]);
  const namespaces = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"];
  const { status, stdout, stderr } = spawnSync("unshare", [...namespaces, ...command], {
    encoding: "utf8",
    env: { BUILDAH_ISOLATION: "chroot", STORAGE_DRIVER: "overlay", HOME: "/root", ...proxies() },
    maxBuffer: 64 * 1024 * 1024,
    timeout: buildMs,
  });
  if (status !== 0) throw new Error(`${tag} cannot be built:\n${stdout.slice(-2_000)}\n${stderr.slice(-4_000)}`);
}

function argumentsOf({ tag, context, arguments: given = {}, mounts = {} }: Build): string[] {
  return [
    "--pull=never",
    "--network=host",
    `--tag=${tag}`,
    ...Object.entries(given).map(([name, value]) => `--build-arg=${name}=${value}`),
    ...Object.entries(mounts).map(([from, to]) => `--volume=${from}:${to}:ro`),
    context,
  ];
}

/** buildah hands them to RUN commands and leaves them out of the image. */
function proxies(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(?:https?|no)_proxy$/i.test(name)));
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
