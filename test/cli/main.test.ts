import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { deployment } from "../support/builders/workload.ts";
import { writeLayout } from "../support/artifacts.ts";
import { createProgram, type Program } from "./program.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");
const library = join(import.meta.dirname, "../../policies/library");
const run = promisify(execFile);

let program: Program;
beforeAll(async () => {
  program = await createProgram();
  const good = evaluation();
  await writeLayout(join(program.folder, "layout"), [good]);
  await program.write("p/policy.yaml", policy({ maxAge: "30d" }));
  await program.write("good.yaml", deployment(referenceTo(good)));
  await program.write("bad.yaml", deployment(undefined));
});
afterAll(() => program.remove());

const checking = ["--policies", "p/policy.yaml", "--evidence", "oci-layout:layout", "--now", "2026-11-20T12:00:00Z"];

/** The real program: `node cli/main.ts`. */
function assaygate(...args: readonly string[]) {
  return run(process.execPath, [main, ...args], { cwd: program.folder });
}

test.each<[string, readonly string[]]>([
  ["1 judged: 1 admitted", ["check", "-f", "good.yaml", ...checking]],
  ["5 policies, 0 exceptions, 6 tests: ok", ["lint", library]],
  ["passed, 0 failed", ["test", library]],
  ["How to fix it", ["explain", "EVIDENCE_MISSING"]],
  ["assaygate ", ["version"]],
  ["Usage: assaygate", ["--help"]],
])(
  "%s",
  async (says, args) => {
    const { stdout, stderr } = await assaygate(...args);
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining(says), stderr: "" });
  },
  20_000,
);

test.each<[number, readonly string[]]>([
  [1, ["check", "-f", "bad.yaml", ...checking]],
  [2, ["chekc"]],
  [3, ["check", "-f", "good.yaml", ...checking, "--evidence", "oci-layout:nowhere"]],
])(
  "exits with %i",
  async (code, args) => {
    await expect(assaygate(...args)).rejects.toMatchObject({ code });
  },
  20_000,
);

test("reads standard input, and does not mind a reader who leaves", async () => {
  const child = spawn(process.execPath, [main, "check", "-f", "-", ...checking, "-o", "json"], { cwd: program.folder });
  child.stdin.end(JSON.stringify(deployment(undefined)));
  expect(JSON.parse(await text(child.stdout))).toMatchObject([{ decision: "deny" }]);
  const leaving = spawn(process.execPath, [main, "check", "-f", "bad.yaml", ...checking], { cwd: program.folder });
  leaving.stdout.destroy();
  const complaints = text(leaving.stderr);
  const [code] = await once(leaving, "exit");
  expect({ code, complaints: await complaints }).toEqual({ code: 1, complaints: "" });
}, 20_000);

test("serve stops on SIGTERM", async () => {
  const child = spawn(process.execPath, [main, "serve", "--port", "0", "--health-port", "0"], { cwd: program.folder });
  const exited = once(child, "exit");
  for await (const chunk of child.stderr) {
    if (String(chunk).includes("ready: ")) break;
  }
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
}, 20_000);
