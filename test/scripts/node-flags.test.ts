import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { nodeFlags } from "../../scripts/node-flags.ts";

test("the image runs the gate with the flags that the bench measures with", () => {
  const dockerfile = readFileSync(join(import.meta.dirname, "../../Dockerfile"), "utf8");
  const [, entrypoint = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  expect(JSON.parse(entrypoint)).toEqual(["/nodejs/bin/node", ...nodeFlags, "/app/assaygate.mjs"]);
});
