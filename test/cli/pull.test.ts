import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { artifactOf } from "../support/artifacts.ts";
import { heldUntil } from "../support/hostile-registry/faults.ts";
import { startHostileRegistry, type HostileRegistry } from "../support/hostile-registry/server.ts";
import { expectSoon } from "../support/soon.ts";
import { createProgram, type Program } from "./program.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");

const results = artifactOf([
  {
    bytes: Buffer.from("{}"),
    mediaType: "application/json",
    annotations: { "org.opencontainers.image.title": "results.json" },
  },
]);

let program: Program;
let registry: HostileRegistry;
beforeEach(async () => {
  program = await createProgram();
  registry = await startHostileRegistry();
});
afterEach(async () => {
  await registry.close();
  await program.remove();
});

it.each(["SIGINT", "SIGTERM"] as const)("%s leaves nothing of a download, and ends the program", async (signal) => {
  const released = Promise.withResolvers<void>();
  registry.misbehave(heldUntil(released.promise), { kind: "blob" });
  const reference = `${registry.host}/acme/evals@${registry.push("acme/evals", results)}`;
  const child = spawn(process.execPath, [main, "pull", reference, "-o", "results", "--plain-http"], {
    cwd: program.folder,
  });
  const [ended, said] = [once(child, "exit"), text(child.stderr)];
  await expectSoon(async () => registry.asked("blob").length > 0 && (await readdir(program.folder)).length > 0);
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
  expect(await said).toBe(`assaygate: ${reference}: interrupted, nothing of it was kept\n`);
  expect(await readdir(program.folder)).toEqual([]);
  released.resolve();
});
