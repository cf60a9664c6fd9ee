import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * What a control group uses without the pages of files that nothing has used of late, in bytes: what `kubectl top` shows.
 * Of version 1, or of version 2. `memberships` is the text of /proc/PID/cgroup. Throws where the kernel's files lack a figure.
 * https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
 */
export function readWorkingSet(memberships: string, mountPoint = "/sys/fs/cgroup"): number {
  const entries = memberships
    .trimEnd()
    .split("\n")
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const old = entries.find(([, controllers]) => controllers?.split(",").includes("memory"));
  const [, , path] = old ?? entries.find(([, controllers]) => controllers === "") ?? [];
  if (path === undefined) throw new Error(`no control group counts memory: ${memberships}`);
  const folder = join(mountPoint, old === undefined ? "" : "memory", path);
  const used = readFileSync(join(folder, old === undefined ? "memory.current" : "memory.usage_in_bytes"), "utf8");
  // In version 1 the total includes the groups inside this one, as everything does in version 2.
  const name = old === undefined ? "inactive_file" : "total_inactive_file";
  const [, inactive] =
    new RegExp(`^${name} (\\d+)$`, "m").exec(readFileSync(join(folder, "memory.stat"), "utf8")) ?? [];
  if (!/^\d+\n$/.test(used) || inactive === undefined) throw new Error(`${folder} does not say what is used`);
  return Math.max(0, Number(used) - Number(inactive));
}
