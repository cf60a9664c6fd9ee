import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, it } from "@jest/globals";
import { storedGzip } from "../../../evidence/push/stored-gzip.ts";

async function* chunksOf(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

it.each([
  ["nothing", []],
  ["one byte", [1]],
  ["a block", [65_535]],
  ["a block and a byte", [65_536]],
  ["several pieces", [10, 0, 200_000, 65_535, 3]],
])("is read by every gunzip: %s", async (_, sizes) => {
  const pieces = sizes.map((size) => randomBytes(size));
  const packed = await buffer(storedGzip(chunksOf(...pieces)));
  expect(gunzipSync(packed).equals(Buffer.concat(pieces))).toBe(true);
});

it("carries a sum that finds a changed byte", async () => {
  const packed = await buffer(storedGzip(chunksOf(randomBytes(1000))));
  packed[500] = (packed[500] ?? 0) ^ 1;
  expect(() => gunzipSync(packed)).toThrow("incorrect data check");
});
