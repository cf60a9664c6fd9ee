import { BlockList, isIPv4 } from "node:net";

/**
 * How far an IP address reaches. `link-local` also covers the metadata services of the clouds, wherever they listen;
 * `private` is everything else that the public internet does not route.
 */
export type AddressKind = "public" | "private" | "link-local";

/** The kind of a textual IPv4 or IPv6 address, as a socket or the resolver spells it. */
export function classifyAddress(address: string): AddressKind {
  if (isIPv4(address)) return kindOfV4(address);
  const plain = address.split("%", 1)[0] ?? "";
  const groups = parseGroups(plain);
  const embedded = embeddedV4(groups);
  if (embedded !== undefined) return kindOfV4(embedded);
  if (linkLocal.check(plain, "ipv6")) return "link-local";
  return globalV6.check(plain, "ipv6") && !reservedV6.check(plain, "ipv6") ? "public" : "private";
}

/**
 * The kind of the address that a name must be taken to have where a proxy resolves it: by what the name itself says. It does not
 * say much: any name may lead inside, and who runs the proxy keeps it from that.
 * https://www.iana.org/assignments/special-use-domain-names, and ICANN's `.internal`
 */
export function classifyName(name: string): AddressKind {
  const plain = name.toLowerCase().replace(/(?<!\.)\.+$/, "");
  if (metadataNames.has(plain)) return "link-local";
  return !plain.includes(".") || insideNames.test(plain) ? "private" : "public";
}

/** Of Google Cloud, AWS and Tencent Cloud. */
const metadataNames: ReadonlySet<string> = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.tencentyun.com",
]);

const insideNames = /\.(?:localhost|local|internal|home\.arpa|svc)$/;

function kindOfV4(address: string): AddressKind {
  if (linkLocal.check(address)) return "link-local";
  return reservedV4.check(address) ? "private" : "public";
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry */
const reservedV4 = subnets("ipv4", [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
]);

/** All of the public internet, and what is reserved inside it: https://www.iana.org/assignments/iana-ipv6-special-registry */
const globalV6 = subnets("ipv6", ["2000::/3"]);
const reservedV6 = subnets("ipv6", ["2001::/23", "2001:db8::/32", "3fff::/20"]);

const linkLocal = subnets("ipv4", ["169.254.0.0/16"]);
linkLocal.addSubnet("fe80::", 10, "ipv6");
linkLocal.addAddress("100.100.100.200"); // Alibaba Cloud's metadata
linkLocal.addAddress("168.63.129.16"); // Azure's host agent
linkLocal.addAddress("192.0.0.192"); // Oracle Cloud's metadata
linkLocal.addAddress("fd00:ec2::254", "ipv6"); // AWS's metadata
linkLocal.addAddress("fd20:ce::254", "ipv6"); // Google Cloud's metadata

function subnets(family: "ipv4" | "ipv6", cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [net = "", bits] = cidr.split("/");
    list.addSubnet(net, Number(bits), family);
  }
  return list;
}

/** The IPv4 address that an IPv6 one leads to: mapped, compatible, NAT64 (RFC 6052) or 6to4 (RFC 3056). */
function embeddedV4(groups: readonly number[]): string | undefined {
  const starts = (...prefix: number[]): boolean => prefix.every((group, at) => groups[at] === group);
  const dotted = (at: number): string =>
    [groups[at], groups[at + 1]].flatMap((group = 0) => [group >> 8, group & 0xff]).join(".");
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0x64, 0xff9b, 0, 0, 0, 0)) return dotted(6);
  if (starts(0x2002)) return dotted(1);
  if (starts(0, 0, 0, 0, 0, 0)) return dotted(6);
  return undefined;
}

/** The eight groups of an IPv6 address, whatever its spelling: URL makes it canonical. */
function parseGroups(address: string): number[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [left = [], right = []] = canonical
    .split("::")
    .map((half) => (half === "" ? [] : half.split(":").map((group) => Number.parseInt(group, 16))));
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}
