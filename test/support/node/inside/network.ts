import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { nodePrefix, type NodeAddresses } from "../addresses.ts";

const ip = (...args: readonly string[]): void =>
  void execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });

/** The network between nodes, a bridge, which is the first node's interface, too. No way leads out of it. */
export function makeNetwork({ ip: address }: NodeAddresses): void {
  ip("link", "set", "lo", "up");
  ip("link", "add", "node0", "type", "bridge");
  ip("address", "add", `${address}/${nodePrefix}`, "dev", "node0");
  ip("link", "set", "node0", "up");
  ip("route", "add", "default", "dev", "node0");
  forward();
}

/** Connects the network namespace of the process `pid` with that of the first node. */
export function joinNetwork(first: NodeAddresses, second: NodeAddresses, pid: number): void {
  const inSecond = (...args: readonly string[]): void => {
    execFileSync("nsenter", ["-t", String(pid), "-n", "ip", ...args], { stdio: ["ignore", "ignore", "inherit"] });
  };
  ip("link", "add", second.name, "type", "veth", "peer", "name", "eth0", "netns", String(pid));
  ip("link", "set", second.name, "master", "node0", "up");
  inSecond("address", "add", `${second.ip}/${nodePrefix}`, "dev", "eth0");
  inSecond("link", "set", "eth0", "up");
  inSecond("route", "add", "default", "via", first.ip);
  inSecond("route", "add", first.podRange, "via", first.ip);
  ip("route", "add", second.podRange, "via", second.ip);
}

/** In the network namespace of the calling process. Between two pods of a node a Service's answers go the way they came. */
function forward(): void {
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  writeFileSync("/proc/sys/net/bridge/bridge-nf-call-iptables", "1");
}
