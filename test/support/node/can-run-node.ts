import { spawnSync } from "node:child_process";
import { rmdirSync } from "node:fs";
import { makeControlGroups } from "./groups/control-groups.ts";

/** Why no node can run on this machine, in words; undefined where one can. */
export function whyNoNode(): string | undefined {
  if (process.platform !== "linux") return "a node needs Linux";
  if (process.getuid?.() !== 0) return "a node needs root";
  const tried = [
    "--mount",
    "--net",
    "--pid",
    "--ipc",
    "--uts",
    "--cgroup",
    "--fork",
    "mount",
    "-t",
    "tmpfs",
    "t",
    "/mnt",
  ];
  if (spawnSync("unshare", tried, { timeout: 10_000 }).status !== 0)
    return "a node needs namespaces and mounts of its own";
  try {
    for (const group of makeControlGroups()) rmdirSync(group);
    return undefined;
  } catch (error) {
    return `a node needs control groups of version 1: ${error instanceof Error ? error.message : String(error)}`;
  }
}
