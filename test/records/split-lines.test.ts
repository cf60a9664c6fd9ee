import { describe, expect, it } from "@jest/globals";
import { splitLines, type Chunks } from "../../records/split-lines.ts";

async function split(chunks: Chunks, maxBytes = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunks, maxBytes, (at) => new RangeError(`line ${at}`))) lines.push(line);
  return lines;
}

describe("lines of a text that arrives in pieces", () => {
  it.each<[string, Chunks, string[]]>([
    ["of nothing", [], []],
    ["with a break at the end, and without one", ["a\nb\n", "c"], ["a", "b", "c"]],
    ["empty ones among them", ["\n\na\n"], ["", "", "a"]],
    ["one over several pieces", ["a", "b", "c\nd"], ["abc", "d"]],
    ["a character that is cut apart", [Buffer.from("é\n").subarray(0, 1), Buffer.from("é\n").subarray(1)], ["é"]],
  ])("%s", async (_, chunks, lines) => {
    expect(await split(chunks)).toEqual(lines);
  });

  it("too long for one", async () => {
    expect(await split(["x".repeat(100), "\n"])).toHaveLength(1);
    await expect(split(["a\n", "x".repeat(60), "x".repeat(41)])).rejects.toThrow("line 2");
  });

  it("without an end: no more is read than one line may take", async () => {
    let pieces = 0;
    function* endless(): Generator<string> {
      for (;;) {
        pieces += 1;
        yield "x".repeat(10);
      }
    }
    await expect(split(endless())).rejects.toThrow("line 1");
    expect(pieces).toBe(11);
  });
});
