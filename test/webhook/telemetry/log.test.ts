import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";

const logFile = join(import.meta.dirname, "../../../webhook/telemetry/log.ts");

/** A program that logs more than a pipe holds, and then goes on. */
function startProgram(then: string): ChildProcessByStdio<null, Readable, Readable> {
  const program = `
    import { createLog } from ${JSON.stringify(logFile)};
    const { logger, flush } = createLog("info", process.stdout);
    for (let at = 0; at < 200; at += 1) logger.info({ text: "x".repeat(4_096) }, "line");
    setImmediate(${then});
  `;
  const args = ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

const thenFlush = `async () => {
  const unwritten = await flush();
  logger.info("after the end");
  console.error(unwritten > 0 ? "not all" : "all");
  process.exitCode = 7;
}`;

describe("a program whose log", () => {
  test("nobody reads ends in time, with its own status, and says that not all was written", async () => {
    const child = startProgram(thenFlush);
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect({ said, code: code as unknown }).toEqual({ said: "not all\n", code: 7 });
  });

  test("nobody can read any more ends so, too", async () => {
    const child = startProgram(thenFlush);
    child.stdout.destroy();
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect({ said, code: code as unknown }).toEqual({ said: "not all\n", code: 7 });
  });

  test("nobody reads ends so without a last flush, too", async () => {
    const child = startProgram("() => process.exit(7)");
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect({ said, code: code as unknown }).toEqual({ said: "", code: 7 });
  });

  test("is read slowly has every line in it", async () => {
    const child = startProgram(thenFlush);
    const [said, read] = await Promise.all([
      text(child.stderr),
      once(child.stdout, "readable").then(() => text(child.stdout)),
    ]);
    expect({ said, lines: read.trimEnd().split("\n").length }).toEqual({ said: "all\n", lines: 200 });
  });
});
