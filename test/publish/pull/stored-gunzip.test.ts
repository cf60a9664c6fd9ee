import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { expect, it } from "@jest/globals";
import { createByteReader } from "../../../publish/pull/byte-reader.ts";
import { readStoredGzip } from "../../../publish/pull/stored-gunzip.ts";
import { storedHead } from "../../../publish/push/stored-gzip.ts";
import { storedIn } from "../../support/stored-gzip.ts";

/** In chunks of one size, each of which is its reader's own. */
async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.byteLength; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

async function unpacked(packed: Buffer, chunkSize: number): Promise<Buffer> {
  await using bytes = createByteReader(inChunks(packed, chunkSize));
  await bytes.exactly(storedHead.byteLength);
  const { firstBlock, rest } = await readStoredGzip(bytes);
  const pieces = [firstBlock];
  for await (const piece of rest) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const content = randomBytes(300);

it.each([
  ["blocks of one size", [50]],
  ["blocks of a byte", [1]],
  ["blocks of all sizes, none at all among them", [7, 0, 0, 100, 1, 0, 13]],
])("reads %s, however they are cut", async (_, sizes) => {
  const packed = storedIn(content, sizes);
  // What the test makes is what gzip says that it is.
  expect(gunzipSync(packed).equals(content)).toBe(true);
  for (let size = 1; size <= packed.byteLength; size++)
    expect((await unpacked(packed, size)).equals(content)).toBe(true);
});

it("refuses every shorter and every longer file, however it is cut", async () => {
  const packed = storedIn(content, [50]);
  const unsound = { failure: { reason: "invalid" } };
  for (const size of [1, 5, 64, 1000]) {
    for (let end = storedHead.byteLength; end < packed.byteLength; end++)
      await expect(unpacked(packed.subarray(0, end), size)).rejects.toMatchObject(unsound);
    await expect(unpacked(Buffer.concat([packed, Buffer.alloc(1)]), size)).rejects.toMatchObject(unsound);
  }
});
