import { describe, expect, it } from "@jest/globals";
import { collectChunks } from "../../runtime/collect-chunks.ts";

describe("collecting chunks", () => {
  it.each([
    ["nothing", [], ""],
    ["one chunk", ["abc"], "abc"],
    ["as much as the limit", ["ab", "cd"], "abcd"],
    ["more than the limit", ["ab", "cde", "f"], undefined],
  ])("%s", async (_, texts, expected) => {
    expect((await collectChunks(streamOf(texts), 4))?.toString()).toBe(expected);
  });

  it("reads nothing behind the chunk that goes beyond the limit, and leaves the stream", async () => {
    const stream = streamOf(["abcde", "f"]);
    await collectChunks(stream, 4);
    await expect(stream.next()).resolves.toEqual({ value: undefined, done: true });
  });

  it("rejects with what the chunks reject with", async () => {
    await expect(collectChunks(failing(), 4)).rejects.toThrow("broke off");
  });
});

// oxlint-disable-next-line typescript/require-await -- a stream that has everything
async function* streamOf(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("a");
  await Promise.reject(new Error("broke off"));
}
