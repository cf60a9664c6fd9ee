import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const script = join(import.meta.dirname, "../../scripts/require-node.mjs");

/** Runs the check under a Node that claims another version. */
function checkAs(version: string) {
  const lie = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"${version}"})`;
  return spawnSync(process.execPath, ["--import", lie, script], { encoding: "utf8" });
}

test.each(["24.0.0", "26.10.0"])("Node %s is fine", (version) => {
  expect(checkAs(version)).toMatchObject({ status: 0, stderr: "" });
});

test.each(["20.20.2", "9.0.0"])("Node %s is refused by name", (version) => {
  const { status, stderr } = checkAs(version);
  expect(status).toBe(1);
  expect(stderr).toContain(`needs Node 24 or later; this is Node ${version}`);
});
