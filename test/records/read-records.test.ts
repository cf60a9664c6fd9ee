import { describe, expect, it } from "@jest/globals";
import { readRecords } from "../../records/read-records.ts";

const mebibyte = 1024 * 1024;

async function countRecords(chunks: Iterable<string>): Promise<number> {
  let count = 0;
  for await (const _ of readRecords(chunks)) count += 1;
  return count;
}

describe("a log of records", () => {
  it("is read line by line, however long it is", async () => {
    const line = `${JSON.stringify({ level: "info", text: "x".repeat(4_000) })}\n`;
    const piece = line.repeat(256);
    let left = 600;
    function* log(): Generator<string> {
      while (left > 0) {
        left -= 1;
        yield piece;
      }
    }
    expect(600 * piece.length).toBeGreaterThan(2 ** 29);
    expect(await countRecords(log())).toBe(0);
  });

  it("is read no further than a line that no record takes, with or without an end", async () => {
    let pieces = 0;
    function* endless(): Generator<string> {
      yield "{}\n";
      for (;;) {
        pieces += 1;
        yield "x".repeat(mebibyte);
      }
    }
    await expect(countRecords(endless())).rejects.toThrow("line 2: it takes more than 16 MiB");
    expect(pieces).toBe(17);
  });

  it("that is one JSON value is read no further than its limit", async () => {
    const piece = `${JSON.stringify("x".repeat(mebibyte))},\n`;
    function* list(): Generator<string> {
      yield "[\n";
      for (;;) yield piece;
    }
    await expect(countRecords(list())).rejects.toThrow("give its records as JSON lines");
  });

  it("says of a broken line whether it is the last", async () => {
    await expect(countRecords(['{}\n{"a":\n{}\n'])).rejects.toThrow("line 2: it is not JSON");
    await expect(countRecords(['{}\n{"a":\n\n'])).rejects.toThrow("line 2: it is cut off, or it is not JSON");
  });
});
