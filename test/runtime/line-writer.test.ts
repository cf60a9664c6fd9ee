import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

  it("holds so much and no more, and says how many lines were lost", async () => {
    const line = `${"x".repeat(1024 * 1024 - 1)}\n`;
    const { text, ...rest } = await writeWith((writer) => {
      for (let at = 0; at < 35; at += 1) writer.write(line);
    });
    expect(rest).toEqual({ unwritten: 0, lost: [3] });
    expect(text.length).toBe(32 * line.length);
  });
});
