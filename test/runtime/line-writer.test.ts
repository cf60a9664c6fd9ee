import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterAll, describe, expect, it } from "@jest/globals";
import { openLineWriter, type LineWriter } from "../../runtime/line-writer.ts";

const folder = mkdtempSync(join(tmpdir(), "assaygate-lines-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the file holds after some lines, how many bytes were not written, and what was said of lost lines. */
async function writeWith(write: (writer: LineWriter) => void) {
  const file = join(folder, "lines");
  const fd = openSync(file, "w");
  const lost: number[] = [];
  const writer = openLineWriter(fd, (lines) => lost.push(lines));
  write(writer);
  const unwritten = await writer.end();
  writer.write("after the end\n");
  closeSync(fd);
  return { unwritten, lost, text: readFileSync(file, "utf8") };
}

describe("a writer of lines", () => {
  it("writes all of them in their order, those that are held when it ends too", async () => {
    const lines = Array.from({ length: 2_000 }, (_, at) => `${at} ${"é".repeat(at % 100)}\n`);
    const { text, ...rest } = await writeWith((writer) => lines.forEach(writer.write));
    expect(rest).toEqual({ unwritten: 0, lost: [] });
    expect(text).toBe(lines.join(""));
  });

  it("writes nothing where there was nothing to write", async () => {
    expect(await writeWith(() => undefined)).toEqual({ unwritten: 0, lost: [], text: "" });
  });

  it("writes lines that come while others are written", async () => {
    const file = join(folder, "meanwhile");
    const fd = openSync(file, "w");
    const writer = openLineWriter(fd, () => undefined);
    const lines = Array.from({ length: 200 }, (_, at) => `${at} ${"x".repeat(20_000)}\n`);
    for (const one of lines) {
      writer.write(one);
      await setImmediate();
    }
    expect(await writer.end()).toBe(0);
    closeSync(fd);
    expect(readFileSync(file, "utf8")).toBe(lines.join(""));
  });

  it("takes little more memory than the lines that it holds", async () => {
    const line = `${"x".repeat(60 * 1024 - 1)}\n`;
    const before = process.memoryUsage().arrayBuffers;
    let held = 0;
    await writeWith((writer) => {
      for (let at = 0; at < 400; at += 1) writer.write(line);
      held = process.memoryUsage().arrayBuffers - before;
    });
    expect(held).toBeLessThan(1.25 * 400 * line.length);
  });

  it("holds so much and no more, and says how many lines were lost", async () => {
    const line = `${"x".repeat(1024 * 1024 - 1)}\n`;
    const { text, ...rest } = await writeWith((writer) => {
      for (let at = 0; at < 35; at += 1) writer.write(line);
    });
    expect(rest).toEqual({ unwritten: 0, lost: [3] });
    expect(text.length).toBe(32 * line.length);
  });

  it("writes each line once when the reader comes back, and then how many were lost", async () => {
    expect(await writeTooMuch((writer, told) => told.then(() => writer.write("last\n")))).toEqual([
      ...Array.from({ length: 32 }, (_, at) => `${at}`),
      "lost 3",
      "last",
      "",
    ]);
  });

  it("writes how many were lost when it ends meanwhile, too", async () => {
    expect((await writeTooMuch(() => Promise.resolve())).slice(31)).toEqual(["31", "lost 3", ""]);
  });
});

describe("a writer of lines into a pipe", () => {
  /** Some are longer than what is written at once. */
  const line = (at: number): string => `${at} ${"€".repeat(at % 1_000 === 0 ? 100_000 : at % 100)}\n`;

  it("loses, doubles and cuts nothing where the reader is slow", async () => {
    const writer = JSON.stringify(join(import.meta.dirname, "../../runtime/line-writer.ts"));
    const program = `import(${writer}).then(async ({ openLineWriter }) => {
      const writer = openLineWriter(1, () => {});
      for (let at = 0; at < 5000; at += 1) writer.write((${line.toString()})(at));
      process.exitCode = await writer.end();
    })`;
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    let text = "";
    child.stdout.setEncoding("utf8");
    for await (const part of child.stdout) {
      text += String(part);
      await setImmediate();
    }
    expect(text).toBe(Array.from({ length: 5_000 }, (_, at) => line(at)).join(""));
    expect(await ended).toEqual([0, null]);
  });
});

/** The first words of what the file holds, where lines of a mebibyte were too many and that is a line of its own. */
async function writeTooMuch(more: (writer: LineWriter, told: Promise<void>) => Promise<void>): Promise<string[]> {
  const file = join(folder, "too-much");
  const fd = openSync(file, "w");
  const told = Promise.withResolvers<void>();
  const writer = openLineWriter(fd, (lines) => {
    writer.write(`lost ${lines}\n`);
    told.resolve();
  });
  for (let at = 0; at < 35; at += 1) writer.write(`${at}\t`.padEnd(1024 * 1024 - 1, "x") + "\n");
  await more(writer, told.promise);
  await writer.end();
  closeSync(fd);
  return readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.replace(/\tx*$/, ""));
}
