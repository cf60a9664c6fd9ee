import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { pack } from "tar-stream";
import { ContentBudget, contentLimits } from "../../../../evidence/content-budget.ts";
import { bytesPerSkim } from "../../../../evidence/kinds/archive/skim-file.ts";
import { unpack } from "../../../../evidence/kinds/archive/unpack.ts";
import { limits } from "../../../../registry/limits.ts";
import { tarOf, type TarEntry } from "../../../support/tar.ts";

const mebibyte = 1024 * 1024;
const parts = [{ path: ["samples"], opens: "[" }] as const;

interface Unpacked {
  readonly texts: readonly string[];
  readonly spent: ContentBudget["spent"];
  /** The most bytes of large files that were gone through without a pause. */
  readonly longest: number;
}

async function unpackTar(tar: Buffer, budget = new ContentBudget()): Promise<Unpacked> {
  let [at, longest] = [0, 0];
  const turn = (): void => {
    longest = Math.max(longest, budget.spent.skimmed - at);
    at = budget.spent.skimmed;
  };
  const pause = async (): Promise<void> => turn();
  const files = await unpack(gzipSync(tar), { parts, budget, pause }, async () => {});
  turn();
  return { texts: files.map((file) => file.toString()), spent: budget.spent, longest };
}

const unpackFiles = (...entries: readonly TarEntry[]): Promise<Unpacked> => unpackTar(tarOf(entries));
const samples = (bytes: number): Buffer => Buffer.from(`{"samples":["${"x".repeat(bytes)}"],"status":"success"}`);
const left = '{"samples":null,"status":"success"}';

describe("a layer", () => {
  it("of small files is unpacked as it is", async () => {
    const { texts, spent } = await unpackFiles({ name: "a.json", content: samples(10) });
    expect(texts).toEqual([samples(10).toString()]);
    expect(spent.skimmed).toBe(0);
  });

  it.each([1, 3, 5, 50])("of %d MiB is unpacked without what nobody reads, in small steps", async (size) => {
    const small = { name: "b.json", content: Buffer.from('{"b":1}') };
    const { texts, spent, longest } = await unpackFiles({ name: "a.json", content: samples(size * mebibyte) }, small);
    expect(texts).toEqual([left, '{"b":1}']);
    expect(spent.skimmed).toBeGreaterThanOrEqual(size * mebibyte);
    expect(spent.bytes).toBeLessThan(limits.layerBytes);
    expect(longest).toBeLessThanOrEqual(bytesPerSkim);
  });

  it("of several large files is, too, and of folders and extensions around them", async () => {
    const archive = pack();
    archive.entry({ name: "logs", type: "directory" });
    archive.entry({ name: "logs/a.json" }, samples(3 * mebibyte).toString());
    archive.entry({ name: `${"x".repeat(200)}.json` }, samples(3 * mebibyte).toString());
    archive.finalize();
    expect((await unpackTar(await buffer(archive))).texts).toEqual([left, left]);
  });

  it.each<[string, Buffer, string]>([
    ["more is left of", Buffer.from(`{"a":"${"x".repeat(5 * mebibyte)}"}`), `more than ${limits.layerBytes} bytes`],
    ["is no JSON", Buffer.alloc(5 * mebibyte, "x"), `more than ${limits.layerBytes} bytes`],
    ["has brackets that do not match", Buffer.from(`{"samples":[${"1,".repeat(3 * mebibyte)}}`), "do not match"],
    [
      "is more than is gone through",
      samples(contentLimits.skimmed),
      `more than ${contentLimits.skimmed} bytes in large`,
    ],
  ])("with a large file that %s is refused", async (_, content, message) => {
    await expect(unpackFiles({ name: "a.json", content })).rejects.toThrow(message);
  });

  it.each<[string, (tar: Buffer) => Buffer]>([
    ["breaks off in a file", (tar) => tar.subarray(0, 4.5 * mebibyte)],
    ["breaks off in a head", (tar) => Buffer.concat([tar, Buffer.alloc(100, "x")])],
    ["has a head that is none", (tar) => Buffer.concat([tar, Buffer.alloc(512, "x")])],
  ])("with a large file that %s is refused", async (_, change) => {
    const tar = tarOf([{ name: "a.json", content: samples(5 * mebibyte) }]);
    const end = 512 + Math.ceil(samples(5 * mebibyte).length / 512) * 512;
    await expect(unpackTar(change(tar.subarray(0, end)))).rejects.toThrow("not a tar+gzip archive");
  });

  it("with a link beside a large file is refused", async () => {
    const large = { name: "a.json", content: samples(5 * mebibyte) };
    const link: TarEntry = { name: "b", content: Buffer.of(), type: "2", linkName: "a" };
    await expect(unpackFiles(large, link)).rejects.toThrow("holds a symlink");
  });

  it("with blanks without an end behind its archive is refused", async () => {
    const blanks = Buffer.concat([tarOf([{ name: "a.json", content: samples(10) }]), Buffer.alloc(5 * mebibyte)]);
    await expect(unpackTar(blanks)).rejects.toThrow("behind the end of its archive");
  });

  it("may leave nothing to the next one", async () => {
    const budget = new ContentBudget();
    budget.spend("bytes", contentLimits.bytes - 1024);
    const large = tarOf([{ name: "a.json", content: samples(5 * mebibyte) }]);
    await expect(unpackTar(large, budget)).rejects.toThrow("a layer unpacks to more than 1024 bytes");
  });
});
