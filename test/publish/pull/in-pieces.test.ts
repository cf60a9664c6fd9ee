import { expect, it } from "@jest/globals";
import { splitIntoPieces } from "../../../publish/pull/in-pieces.ts";

async function* of(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

const own = (text: string): Buffer => {
  const bytes = Buffer.allocUnsafeSlow(text.length);
  bytes.write(text);
  return bytes;
};

it("cuts the same bytes into pieces of one size", async () => {
  const pieces: string[] = [];
  for await (const piece of splitIntoPieces(of(own("a"), own("bcdefgh"), own(""), own("ij")), 3))
    pieces.push(Buffer.from(piece).toString());
  expect(pieces).toEqual(["abc", "def", "ghi", "j"]);
});

it("gives a chunk's memory back, and leaves memory alone that is not the chunk's alone", async () => {
  const whole = own("abc");
  const shared = own("defghi");
  for await (const piece of splitIntoPieces(of(whole, shared.subarray(0, 3)), 4))
    expect(piece.byteLength).toBeGreaterThan(0);
  expect(whole.byteLength).toBe(0);
  expect(shared.toString()).toBe("defghi");
});
