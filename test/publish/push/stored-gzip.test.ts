import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { streamStoredGzip } from "../../../publish/push/stored-gzip.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-stored-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const [head, tail] = [Buffer.from("head"), Buffer.from("tail")];

/** Every piece is copied before the next one is asked for, as its reader must. */
async function pack(content: Uint8Array, size = content.byteLength): Promise<{ packed: Buffer; told: Buffer }> {
  await writeFile(join(folder, "content"), content);
  const file = await open(join(folder, "content"));
  const [pieces, told]: [Buffer[], Buffer[]] = [[], []];
  try {
    for await (const piece of streamStoredGzip(head, file, size, tail, (bytes) => told.push(Buffer.from(bytes))))
      pieces.push(Buffer.from(piece));
  } finally {
    await file.close();
  }
  return { packed: Buffer.concat(pieces), told: Buffer.concat(told) };
}

it.each([0, 1, 65_535, 65_536, 16 * 65_535, 16 * 65_535 + 1, 3_500_000])(
  "is read by every gunzip: %d bytes",
  async (size) => {
    const content = randomBytes(size);
    const { packed, told } = await pack(content);
    const expected = Buffer.concat([head, content, tail]);
    expect([gunzipSync(packed).equals(expected), told.equals(expected)]).toEqual([true, true]);
  },
);

it("takes no more of the file than it is told, and complains where there is less", async () => {
  const content = randomBytes(200_000);
  const { packed } = await pack(content, 150_000);
  expect(gunzipSync(packed).equals(Buffer.concat([head, content.subarray(0, 150_000), tail]))).toBe(true);
  await expect(pack(content, 200_001)).rejects.toThrow("shorter than it was");
});

it("carries a sum that finds a changed byte", async () => {
  const { packed } = await pack(randomBytes(1000));
  packed[500] = (packed[500] ?? 0) ^ 1;
  expect(() => gunzipSync(packed)).toThrow("incorrect data check");
});
