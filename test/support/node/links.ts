import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { nodes } from "./addresses.ts";
import { findApiServer } from "./processes.ts";
import { nodeRoot } from "./root.ts";
import type { NodeCluster } from "./start.ts";

/**
 * Takes the link between the second node and the first, where the control plane is, down or up again. Nothing that is sent
 * over a link that is down arrives, and nobody is told: as where a cable is cut.
 */
export function setLink({ groups }: NodeCluster, state: "down" | "up"): void {
  const [, second] = nodes;
  const command = [join(nodeRoot(), "usr/bin/busybox"), "ip", "link", "set", second.name, state];
  execFileSync("nsenter", ["-t", String(findApiServer(groups).pid), "-n", ...command]);
}
