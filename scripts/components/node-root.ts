import { createHash } from "node:crypto";

/** Static, so it runs anywhere: the shell, nsenter and the rest. */
const shell = "busybox-static";
/** Also all that Node needs. */
const libraries = "libc6 libgcc-s1 libstdc++6 tzdata";
const runc = "runc libseccomp2";
/** The kubelet uses options that busybox's mount does not have. */
const mount = "mount libmount1 libblkid1 libsmartcols1 libselinux1 libpcre2-8-0";
const nft =
  "nftables libnftables1 libnftnl11 libmnl0 libxtables12 libjansson4 libgmp10 libedit2 libtinfo6 libbsd0 libmd0";
const ip = "iproute2 libbpf1 libelf1t64 libcap2 zlib1g libzstd1";
const buildah =
  "buildah libgpgme11t64 libassuan9 libgpg-error0 libsqlite3-0 libsubid5 libpam0g libsemanage2 libsepol2 libbz2-1.0 libaudit1 libcap-ng0 libcrypt1 libacl1 libattr1";

/**
 * What the component `node-root` is unpacked from: programs that a node needs and that are not built with Go, and every
 * library that they load.
 */
export const nodeRootPackages: readonly string[] = [shell, libraries, runc, mount, nft, ip, buildah].flatMap((list) =>
  list.split(" "),
);

/** The folder, inside the components' own, of a root folder made of these packages. Another list has another one. */
export function debianRootName(name: string, packages: readonly string[]): string {
  const digest = createHash("sha256").update(packages.join("\n")).digest("hex");
  return `${name}-${digest.slice(0, 12)}`;
}
