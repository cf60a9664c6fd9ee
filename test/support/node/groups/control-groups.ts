import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getErrorCode } from "../../../../runtime/error-code.ts";
import { eventually } from "../../cluster/eventually.ts";
import { isAlive } from "../leftovers.ts";

const prefix = "assaygate-node-";

/** Far above what two nodes with their pods take, images included: about 2 GiB. */
const maxBytes = 6 * 2 ** 30;

const ownGroups = (): string[] => listOldGroups(readFileSync("/proc/self/cgroup", "utf8"), "/sys/fs/cgroup");

/**
 * A process's group in every hierarchy of version 1 that is mounted; none where the machine has version 2 alone.
 * `memberships` is the text of /proc/PID/cgroup.
 */
export function listOldGroups(memberships: string, mountPoint: string): string[] {
  const lines = memberships.trimEnd().split("\n");
  return lines.flatMap((line) => {
    const [, names = "", ...path] = line.split(":");
    const hierarchy = join(mountPoint, names.replace(/^name=/, ""));
    return names === "" || !existsSync(hierarchy) ? [] : [join(hierarchy, path.join(":"))];
  });
}

/**
 * Makes an empty group below this process's own in every hierarchy, for the processes of one run, and returns their paths.
 * Throws where that is not allowed.
 */
export function makeControlGroups(): string[] {
  const parents = ownGroups();
  if (parents.length === 0) throw new Error("there are no control groups of version 1");
  const name = `${prefix}${process.pid}-${Date.now()}`;
  const groups: string[] = [];
  try {
    for (const parent of parents) groups.push(makeGroup(parent, name));
  } catch (error) {
    for (const group of groups) rmdirSync(group);
    throw error;
  }
  return groups;
}

/** A group of version 1 inside another, with the same processors and a bound for its memory. Returns its path. */
export function makeGroup(parent: string, name: string): string {
  const group = join(parent, name);
  mkdirSync(group);
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (existsSync(join(group, file))) writeFileSync(join(group, file), readFileSync(join(parent, file)));
  }
  const limit = join(group, "memory.limit_in_bytes");
  if (existsSync(limit)) writeFileSync(limit, String(maxBytes));
  return group;
}

/** Removes groups with all that is in them, once their processes have ended. */
export async function removeControlGroups(groups: readonly string[]): Promise<void> {
  await eventually("the control groups are empty", () => groups.map(removeGroup).every(Boolean));
}

/** Those that a run left whose process was killed. */
export function removeLeftControlGroups(): void {
  for (const parent of ownGroups()) {
    const left = readdirSync(parent).filter((name) => name.startsWith(prefix) && !isAlive(name.slice(prefix.length)));
    for (const name of left) removeGroup(join(parent, name));
  }
}

/** Deepest first; false while a process is in one. */
function removeGroup(group: string): boolean {
  try {
    const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    if (!inner.map(({ name }) => removeGroup(join(group, name))).every(Boolean)) return false;
    rmdirSync(group);
    return true;
  } catch (error) {
    return getErrorCode(error) === "ENOENT";
  }
}
