import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { listOldGroups } from "./control-groups.ts";

describe("control groups", () => {
  let mountPoint: string;
  beforeEach(() => {
    mountPoint = mkdtempSync(join(tmpdir(), "assaygate-groups-"));
    for (const name of ["memory", "cpu,cpuacct", "systemd"]) mkdirSync(join(mountPoint, name));
  });
  afterEach(() => rmSync(mountPoint, { recursive: true }));

  it("are those of version 1 that are mounted, by the names of their folders", () => {
    const memberships = "9:memory:/a:b\n5:cpu,cpuacct:/\n4:pids:/not-mounted\n1:name=systemd:/own\n0::/newer\n";
    const found = ["memory/a:b", "cpu,cpuacct/", "systemd/own"].map((path) => join(mountPoint, path));
    expect(listOldGroups(memberships, mountPoint)).toEqual(found);
  });

  it("are none where the machine has version 2 alone", () => {
    expect(listOldGroups("0::/user.slice/session-1.scope\n", mountPoint)).toEqual([]);
  });
});
