import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { nodeEnvironment, nodeFlags } from "../../scripts/node-flags.ts";

const dockerfile = readFileSync(join(import.meta.dirname, "../../Dockerfile"), "utf8");

test("the image runs the gate with the flags that the bench measures with", () => {
  const [, entrypoint = "[]"] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  expect(JSON.parse(entrypoint)).toEqual(["/nodejs/bin/node", ...nodeFlags, "/app/assaygate.mjs"]);
});

test("and in the environment that it measures with", () => {
  const [, variables = ""] = /^ENV (.*)$/m.exec(dockerfile) ?? [];
  const set = Object.fromEntries(variables.split(" ").map((one) => one.split("=")));
  expect(set).toEqual({ NODE_ENV: "production", ...nodeEnvironment });
});
