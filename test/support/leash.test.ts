import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import { leash } from "./leash.ts";

test("a program that is asked to end ends in its own way", async () => {
  const program = leash(process.execPath, [
    "--eval",
    'process.on("SIGTERM", () => setTimeout(() => { console.log("tidied up"); process.exit(); }, 50));' +
      'console.log("up"); setInterval(() => undefined, 1000);',
  ]);
  program.stderr.resume();
  await new Promise((resolve) => program.stdout.once("readable", resolve));
  const said = text(program.stdout);
  await program.terminate();
  expect(await said).toBe("up\ntidied up\n");
});

test("a program that is stopped gets no chance", async () => {
  const program = leash("sh", ["-c", "trap 'echo no' TERM; echo up; while :; do sleep 1; done"]);
  program.stderr.resume();
  await new Promise((resolve) => program.stdout.once("readable", resolve));
  const said = text(program.stdout);
  await program.stop();
  await program.stop();
  expect(await said).toBe("up\n");
});
