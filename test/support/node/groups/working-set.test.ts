import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readWorkingSet } from "./working-set.ts";

/*
 * Files as the kernel writes them, for both versions of control groups: no one machine has both.
 */

const pod = "kubepods/burstable/pod3c1a8d1e-6f0e-4c55-9a80-2f6f0a1f5d2b/7d2f";
const newer = { "memory.current": "157286400\n", "memory.max": "536870912\n" };
const newerStat = "anon 120586240\nfile 31457280\nkernel 5242880\ninactive_anon 120582144\ninactive_file 20971520\n";
const older = { "memory.usage_in_bytes": "157286400\n", "memory.limit_in_bytes": "536870912\n" };
const olderStat = "cache 10485760\ninactive_file 1048576\ntotal_cache 31457280\ntotal_inactive_file 20971520\n";

describe("the working set of a container", () => {
  let mountPoint: string;
  beforeEach(() => {
    mountPoint = mkdtempSync(join(tmpdir(), "assaygate-groups-"));
  });
  afterEach(() => rmSync(mountPoint, { recursive: true }));

  const write = (folder: string, files: Readonly<Record<string, string>>): void => {
    mkdirSync(join(mountPoint, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(mountPoint, folder, name), text);
  };

  it("is read from version 2, which has one hierarchy", () => {
    write(pod, { ...newer, "memory.stat": newerStat });
    expect(readWorkingSet(`0::/${pod}\n`, mountPoint)).toBe(136_314_880);
  });

  it("is read from version 1", () => {
    write(`memory/${pod}`, { ...older, "memory.stat": olderStat });
    const memberships = `12:cpu,cpuacct:/else\n4:memory:/${pod}\n1:name=systemd:/else\n`;
    expect(readWorkingSet(memberships, mountPoint)).toBe(136_314_880);
  });

  it("is read from version 1 where it counts memory and version 2 is there, too", () => {
    write(`memory/${pod}`, { ...older, "memory.stat": olderStat });
    write(pod, { "memory.current": "1\n", "memory.stat": newerStat });
    expect(readWorkingSet(`4:memory:/${pod}\n0::/${pod}\n`, mountPoint)).toBe(136_314_880);
  });

  it("is nothing where what is in use has been counted later than what is not", () => {
    write(pod, { "memory.current": "20971519\n", "memory.stat": newerStat });
    expect(readWorkingSet(`0::/${pod}\n`, mountPoint)).toBe(0);
  });

  it.each([
    ["no group", "3:pids:/else\n", newer],
    ["no figure of files", `0::/${pod}\n`, { ...newer, "memory.stat": "anon 120586240\n" }],
    ["no figure of use", `0::/${pod}\n`, { "memory.current": "", "memory.stat": newerStat }],
  ])("cannot be said with %s", (_, memberships, files) => {
    write(pod, files);
    expect(() => readWorkingSet(memberships, mountPoint)).toThrow();
  });
});
